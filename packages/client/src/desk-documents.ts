import { ACTOR } from './documents.ts'

// The documents of tickets and of lists of tickets. `npm run codegen` makes their types.

const TICKET = `fragment Ticket on Ticket {
  id subject status assignee { ...Actor } participants { user { ...Actor } } createdAt updatedAt revision
}`

const TICKET_MESSAGE = `fragment TicketMessage on TicketMessage {
  id ticketId number revision visibility author { ...Actor } body data
  attachments { fileId name mediaType bytes url }
  replyTo { id number author { ...Actor } excerpt }
  reactions { emoji count userIds }
  clientMessageId createdAt editedAt deletedAt
}
${ACTOR}`

/** A page of a conversation, with what its ticket is. */
export const TICKET_PAGE = `query TicketPage($ticketId: ID!, $last: Int!, $before: Cursor) {
  ticket(id: $ticketId) {
    ...Ticket
    messages(last: $last, before: $before) {
      nodes { ...TicketMessage } pageInfo { hasPreviousPage startCursor } resumeCursor
    }
  }
  realtimeConfig { typingIdleStopMs typingExpiryMs }
}
${TICKET}
${TICKET_MESSAGE}`

/** Each message, and again when it changes. */
export const TICKET_MESSAGES = `subscription TicketMessages($ticketId: ID!, $after: Cursor) {
  ticketMessage(ticketId: $ticketId, after: $after) { ...TicketMessage }
}
${TICKET_MESSAGE}`

/** What a ticket is, always. */
export const TICKET_CHANGED = `subscription TicketChanges($ticketId: ID!) { ticketChanged(ticketId: $ticketId) { ...Ticket } }
${TICKET}
${ACTOR}`

/** How far everybody has read, always. */
export const TICKET_READS = `subscription ReadsOfTicket($ticketId: ID!) { ticketReads(ticketId: $ticketId) { ...TicketReads } }
fragment TicketReads on TicketReads {
  readers { user { ...Actor } lastReadNumber lastDeliveredNumber } staffReadNumber
}
${ACTOR}`

/** Who is here. */
export const TICKET_PRESENCE = `subscription ViewersOfTicket($ticketId: ID!) {
  ticketPresence(ticketId: $ticketId) { viewers { ...Actor } isCapped }
}
${ACTOR}`

/** Who else is typing. */
export const USER_TYPING = `subscription TypingInTicket($ticketId: ID!) { userTyping(ticketId: $ticketId) { ...Typing } }
fragment Typing on Typing { user { ...Actor } isTyping visibility }
${ACTOR}`

export const SEND_MESSAGE = `mutation SendMessage($input: SendTicketMessageInput!) {
  sendTicketMessage(input: $input) { message { ...TicketMessage } }
}
${TICKET_MESSAGE}`
export const EDIT_MESSAGE = `mutation EditMessage($id: ID!, $body: String!) {
  message: editTicketMessage(id: $id, body: $body) { ...TicketMessage }
}
${TICKET_MESSAGE}`
export const DELETE_MESSAGE = `mutation DeleteMessage($id: ID!) { message: deleteTicketMessage(id: $id) { ...TicketMessage } }
${TICKET_MESSAGE}`
export const ADD_REACTION = `mutation AddReaction($id: ID!, $emoji: String!) {
  done: addReaction(messageId: $id, emoji: $emoji) { message { ...TicketMessage } }
}
${TICKET_MESSAGE}`
export const REMOVE_REACTION = `mutation RemoveReaction($id: ID!, $emoji: String!) {
  done: removeReaction(messageId: $id, emoji: $emoji) { message { ...TicketMessage } }
}
${TICKET_MESSAGE}`
export const MARK_TICKET_AS_READ = `mutation MarkTicketAsRead($ticketId: ID!, $upToNumber: Int!) {
  markTicketAsRead(ticketId: $ticketId, upToNumber: $upToNumber) { lastReadNumber }
}`
export const SET_TYPING = `mutation SetTyping($ticketId: ID!, $isTyping: Boolean!, $visibility: Visibility!, $deviceId: ID) {
  setTyping(ticketId: $ticketId, isTyping: $isTyping, visibility: $visibility, deviceId: $deviceId) { resendAfterMs }
}`

const LISTED_TICKET = `fragment ListedTicket on Ticket {
  id subject status assignee { ...Actor } createdAt updatedAt revision unread { count isCapped } lastReadNumber isMuted
  lastMessage { id number visibility author { ...Actor } excerpt createdAt }
}
${ACTOR}`

const TICKET_COUNTS = `fragment TicketCounts on TicketCounts {
  byStatus { status tickets { count isCapped } } unread { count isCapped }
}`

/** A list of tickets, always. */
export const TICKET_LIST = `subscription TicketLists($filter: TicketFilter, $orderBy: TicketOrder, $first: Int!, $counts: Boolean!) {
  ticketList(filter: $filter, orderBy: $orderBy, first: $first) {
    __typename
    counts @include(if: $counts) { ...TicketCounts }
    ... on TicketListSnapshot { tickets { nodes { ...ListedTicket } pageInfo { hasNextPage endCursor } } }
    ... on TicketListEntered { reasons ticket { ...ListedTicket } }
    ... on TicketListChanged { reasons ticket { ...ListedTicket } }
    ... on TicketListLeft { reasons ticketId }
  }
}
${LISTED_TICKET}
${TICKET_COUNTS}`

/** The next page of a list of tickets. */
export const TICKET_LIST_PAGE = `query TicketListPage($filter: TicketFilter, $orderBy: TicketOrder, $first: Int!, $after: Cursor) {
  tickets(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    nodes { ...ListedTicket } pageInfo { hasNextPage endCursor }
  }
}
${LISTED_TICKET}`

export const CLAIM_TICKET = `mutation ClaimTicket($ticketId: ID!, $expectedAssigneeId: ID) {
  done: claimTicket(ticketId: $ticketId, expectedAssigneeId: $expectedAssigneeId) { ticket { ...ListedTicket } }
}
${LISTED_TICKET}`
export const RELEASE_TICKET = `mutation ReleaseTicket($ticketId: ID!) { done: releaseTicket(ticketId: $ticketId) { ticket { ...ListedTicket } } }
${LISTED_TICKET}`
