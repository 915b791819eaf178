/** Every subscription that a customer may have, by its field, with all that could tell of what staff does. */
export const SUBSCRIPTIONS: Readonly<Record<string, string>> = {
  notificationAdded: '{ notificationAdded { id revision } }',
  notificationEvents: '{ notificationEvents { __typename ... on NotificationAdded { notification { id } } } }',
  unreadCount: '{ unreadCount { count revision } }',
  ticketMessage:
    '{ ticketMessage(ticketId: "42") { id number revision body reactions { emoji count userIds } replyTo { id } edits { body } } }',
  ticketChanged: '{ ticketChanged(ticketId: "42") { id status updatedAt unreadCount isMuted mutedUntil } }',
  supportMessage:
    '{ supportMessage { ticketId change number at unread { count isCapped } ticket { status updatedAt } snapshot { place } } }',
  ticketList:
    '{ ticketList { __typename counts { byStatus { tickets { count } } unread { count } } ... on TicketListSnapshot { tickets { nodes { id } } } ... on TicketListEntered { ticket { ...Line } reasons } ... on TicketListChanged { ticket { ...Line } reasons } ... on TicketListLeft { ticketId reasons } } } fragment Line on Ticket { id revision status updatedAt assignee { id } unread { count } lastReadNumber lastMessage { number excerpt } isMuted }',
  ticketPresence: '{ ticketPresence(ticketId: "42") { change viewers { id } isCapped } }',
  ticketReads:
    '{ ticketReads(ticketId: "42") { readers { user { userId } lastReadNumber lastDeliveredNumber } staffReadNumber } }',
  userTyping: '{ userTyping(ticketId: "42") { user { id } isTyping visibility } }',
  presenceChanged: '{ presenceChanged(userIds: ["alice", "carol"]) { userId isOnline } }',
  customEvent: '{ customEvent(ticketId: "42") { name data } }',
}

/** Everything that a customer can ask about a ticket. */
export const LOOK = /* GraphQL */ `{
  ticket(id: "42") { ...Seen }
  tickets(first: 5) {
    nodes { ...Seen } edges { cursor } pageInfo { hasNextPage startCursor endCursor }
    counts { byStatus { status tickets { count isCapped } } unread { count isCapped } }
  }
  unread: tickets(first: 2, filter: { unread: true }, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { ...Seen } }
  ofNotes: searchTickets(query: "note") { ...Found }
  ofMessages: searchTickets(query: "hello", first: 3) { ...Found }
  notifications { nodes { id } unread { count revision } resumeCursor }
  isUserOnline(userId: "carol")
}

fragment Found on TicketSearchConnection {
  nodes { ticket { id } message { id } excerpt }
  edges { cursor }
  pageInfo { hasNextPage endCursor }
}

fragment Seen on Ticket {
  id revision subject status updatedAt createdAt unreadCount unread { count isCapped } assignee { id } lastReadNumber isMuted mutedUntil
  lastMessage { id number revision excerpt body }
  participants { user { id } lastReadNumber lastDeliveredNumber }
  reads { readers { user { userId } lastReadNumber lastDeliveredNumber } staffReadNumber }
  messages { nodes { id number revision visibility body editedAt deletedAt reactions { emoji count } replyTo { id } edits { body } } edges { cursor } resumeCursor }
}`
