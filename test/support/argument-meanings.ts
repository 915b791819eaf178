/** The kinds of things that an argument can name. */
export const KINDS = [
  'ticket',
  'message',
  'notification',
  'user',
  'inbox cursor',
  'inbox page',
  'conversation cursor',
  'conversation page',
  'ticket page',
  'client message id',
  'device',
  'key',
] as const

/** A kind of thing that has a name. */
export type Kind = (typeof KINDS)[number]

/** What an argument or a field of an input means: the name of something, or a value like any other. */
export type Meaning = ({ readonly names: Kind } | { readonly value: unknown }) & {
  /** It is not given along with others, with which it would be refused. */
  readonly isRare?: boolean
}

function names(kind: Kind): Meaning {
  return { names: kind }
}

function value(plain: unknown): Meaning {
  return { value: plain }
}

function rare(meaning: Meaning): Meaning {
  return { ...meaning, isRare: true }
}

/**
 * What every argument and input field of the schema means, by its coordinate. Whoever adds one says here whether it names something
 * that somebody else may have: then it is tried with what is not the caller's.
 */
export const MEANINGS: Readonly<Record<string, Meaning>> = {
  'Query.notifications(first:)': value(5),
  'Query.notifications(after:)': names('inbox page'),
  'Query.notification(id:)': names('notification'),
  'Query.notificationsByIds(ids:)': names('notification'),
  'NotificationFilter.read': value(false),
  'NotificationFilter.seen': value(false),
  'NotificationFilter.archived': value(false),
  'NotificationFilter.categories': value('a'),
  'NotificationFilter.types': value('a.b'),
  'NotificationFilter.priorities': value('NORMAL'),
  'Query.isUserOnline(userId:)': names('user'),
  'Query.connectionCount(userId:)': names('user'),
  'Query.presence(userIds:)': names('user'),
  'Query.ticket(id:)': names('ticket'),
  'Ticket.messages(first:)': value(5),
  'Ticket.messages(after:)': names('conversation page'),
  'Ticket.messages(last:)': rare(value(5)),
  'Ticket.messages(before:)': rare(names('conversation page')),
  'Query.tickets(first:)': value(5),
  'Query.tickets(after:)': names('ticket page'),
  'Query.tickets(status:)': rare(value('OPEN')),
  'TicketFilter.status': value('OPEN'),
  'TicketFilter.assigned': rare(value('ME')),
  'TicketFilter.assigneeIds': rare(names('user')),
  'TicketFilter.unread': rare(value(true)),
  'TicketFilter.updatedSince': value('2020-01-01T00:00:00.000Z'),
  'TicketOrder.field': value('UPDATED_AT'),
  'TicketOrder.direction': value('ASC'),

  'Mutation.eraseUser(userId:)': names('user'),
  'Mutation.sendToUser(userId:)': names('user'),
  'Mutation.sendToUser(event:)': value('probe'),
  'Mutation.sendToUser(data:)': value({ a: 1 }),
  'Mutation.sendToMultipleUsers(userIds:)': names('user'),
  'Mutation.sendToMultipleUsers(event:)': value('probe'),
  'Mutation.sendToMultipleUsers(data:)': value({ a: 1 }),
  'Mutation.sendToTicket(ticketId:)': names('ticket'),
  'Mutation.sendToTicket(event:)': value('probe'),
  'Mutation.sendToTicket(data:)': value({ a: 1 }),
  'Mutation.sendToTicket(excludeUserId:)': names('user'),
  'Mutation.broadcast(event:)': value('probe'),
  'Mutation.broadcast(data:)': value({ a: 1 }),
  'Mutation.broadcast(excludeUserId:)': names('user'),
  'Mutation.markAsRead(ids:)': names('notification'),
  'Mutation.markAsUnread(ids:)': names('notification'),
  'Mutation.markAsSeen(ids:)': names('notification'),
  'Mutation.archiveNotifications(ids:)': names('notification'),
  'Mutation.unarchiveNotifications(ids:)': names('notification'),
  'Mutation.markAllAsRead(upToRevision:)': value(0),
  'Mutation.markAllAsRead(category:)': value('a'),
  'Mutation.markAllAsSeen(upToRevision:)': value(0),
  'Mutation.markAllAsSeen(category:)': value('a'),
  'Mutation.archiveAllNotifications(upToRevision:)': value(0),
  'Mutation.archiveAllNotifications(category:)': value('a'),
  'Mutation.archiveAllNotifications(onlyRead:)': value(true),
  'NotifyInput.userIds': names('user'),
  'NotifyInput.idempotencyKey': names('key'),
  'NotificationInput.type': value('a.b'),
  'NotificationInput.category': value('a'),
  'NotificationInput.title': value('Probe'),
  'NotificationInput.body': value('Probe'),
  'NotificationInput.data': value({ a: 1 }),
  'NotificationInput.actionUrl': value('/a'),
  'NotificationInput.imageUrl': value('/a.png'),
  'NotificationInput.priority': value('LOW'),
  'NotificationInput.expiresAt': value('9000-01-01T00:00:00.000Z'),
  'ActorInput.id': names('user'),
  'ActorInput.role': value('CUSTOMER'),
  'ActorInput.name': value('Probe'),
  'ActorInput.avatarUrl': value('/a.png'),
  'AnnounceInput.excludeUserId': names('user'),
  'AnnounceInput.includeNewUsers': value(false),
  'AnnounceInput.idempotencyKey': names('key'),
  'Mutation.retractNotifications(ids:)': names('notification'),
  'Mutation.updateNotification(id:)': names('notification'),
  'UpdateNotificationInput.title': value('Probe'),
  'UpdateNotificationInput.body': value('Probe'),
  'UpdateNotificationInput.data': value({ a: 1 }),
  'UpdateNotificationInput.actionUrl': value('/a'),
  'UpdateNotificationInput.imageUrl': value('/a.png'),
  'UpdateNotificationInput.priority': value('LOW'),
  'UpdateNotificationInput.expiresAt': value('9000-01-01T00:00:00.000Z'),
  'Mutation.revokeTokens(userId:)': names('user'),
  'Mutation.revokeTokens(issuedBefore:)': value('2020-01-01T00:00:00.000Z'),
  'Mutation.revokeToken(jti:)': names('key'),
  'Mutation.revokeToken(expiresAt:)': value('2020-01-01T00:00:00.000Z'),
  'Mutation.disconnectUser(userId:)': names('user'),
  'Mutation.disconnectUser(reason:)': value('Probe'),
  'SendTicketMessageInput.ticketId': names('ticket'),
  'SendTicketMessageInput.body': value('Probe'),
  'SendTicketMessageInput.visibility': value('PUBLIC'),
  'SendTicketMessageInput.data': value({ a: 1 }),
  'AttachmentInput.fileId': value('probe-1'),
  'AttachmentInput.name': value('a.png'),
  'AttachmentInput.mediaType': value('image/png'),
  'AttachmentInput.bytes': value(1),
  'AttachmentInput.url': value('/a.png'),
  'SendTicketMessageInput.replyToId': rare(names('message')),
  'SendTicketMessageInput.clientMessageId': names('client message id'),
  'SendTicketMessageInput.expectedNumber': value(1_000),
  // An input object: its fields have their own meanings.
  'SendTicketMessageInput.author': rare(value(undefined)),
  'Mutation.editTicketMessage(id:)': names('message'),
  'Mutation.editTicketMessage(body:)': value('Probe'),
  'Mutation.addReaction(messageId:)': names('message'),
  'Mutation.addReaction(emoji:)': value('👍'),
  'Mutation.removeReaction(messageId:)': names('message'),
  'Mutation.removeReaction(emoji:)': value('👍'),
  'Mutation.deleteTicketMessage(id:)': names('message'),
  'Mutation.markTicketAsRead(ticketId:)': names('ticket'),
  'Mutation.markTicketAsRead(upToNumber:)': value(1),
  'Mutation.setTyping(ticketId:)': names('ticket'),
  'Mutation.setTyping(isTyping:)': value(true),
  'Mutation.setTyping(visibility:)': value('PUBLIC'),
  'Mutation.setTyping(deviceId:)': names('device'),
  'UpsertTicketInput.id': names('ticket'),
  'UpsertTicketInput.subject': value('Probe'),
  'UpsertTicketInput.status': value('OPEN'),

  'Subscription.customEvent(names:)': value('never sent'),
  'Subscription.customEvent(ticketId:)': names('ticket'),
  'Subscription.notificationAdded(after:)': names('inbox cursor'),
  'Subscription.notificationEvents(after:)': names('inbox cursor'),
  'Subscription.presenceChanged(userIds:)': names('user'),
  'Subscription.ticketMessage(ticketId:)': names('ticket'),
  'Subscription.ticketMessage(after:)': names('conversation cursor'),
  'Subscription.ticketChanged(ticketId:)': names('ticket'),
  'Subscription.supportMessage(assignedToMe:)': value(false),
  'Subscription.ticketPresence(ticketId:)': names('ticket'),
  'Subscription.ticketReads(ticketId:)': names('ticket'),
  'Subscription.userTyping(ticketId:)': names('ticket'),
}
