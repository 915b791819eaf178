export {
  createHeraldClient,
  type Document,
  type HeraldClient,
  type HeraldClientOptions,
  type VariableValues,
} from './client.ts'
export type { LoadState } from './client-store.ts'
export type { ConnectionReason, ConnectionState } from './connection.ts'
export type {
  Actor,
  ListedTicket,
  Notification,
  NotificationFilter,
  Presence,
  Priority,
  Ticket,
  TicketCounts,
  TicketFilter,
  TicketMessage,
  TicketOrder,
  TicketReads,
  Typing,
  UnreadCount,
  Visibility,
} from './document-types.ts'
export { HeraldError } from './errors.ts'
export { createInbox, type Inbox, type InboxOptions, type MarkAllOptions } from './inbox.ts'
export {
  appendPage,
  type InboxEvent,
  type InboxTruth,
  loadInbox,
  matchesFilter,
  type PendingMark,
  reduceInbox,
  viewInbox,
} from './inbox-reducer.ts'
export type { InboxState } from './inbox-state.ts'
export type { OperationSink, Result } from './operation.ts'
export { createPresence, type PresenceState, reducePresence } from './presence.ts'
export type { NewMessage, OutgoingMessage } from './send-queue.ts'
export type { Store } from './store.ts'
export { createTicket, type TicketOptions, type TicketStore } from './ticket.ts'
export { createTicketList, type TicketListOptions, type TicketListStore } from './ticket-list.ts'
export type { TicketListChange, TicketListState } from './ticket-list-feed.ts'
export {
  appendTickets,
  type LoadedTickets,
  type PendingAssignee,
  reduceTicketList,
  type TicketListEvent,
  type TicketListTruth,
  takeTicket,
  viewTickets,
} from './ticket-list-reducer.ts'
export {
  type ConversationTruth,
  type LoadedMessages,
  loadConversation,
  type PendingChange,
  prependPage,
  reduceMessage,
  viewMessages,
  viewOutgoing,
} from './ticket-reducer.ts'
export type { TicketState } from './ticket-state.ts'
export type { TokenOption } from './tokens.ts'
export { expireTyping, reduceTyping, type TypingUser } from './typing.ts'
export {
  createUnreadCount,
  formatCount,
  newerCount,
  type UnreadCountOptions,
  type UnreadCountState,
} from './unread-count.ts'
export type { ClientTimes, WakeEvents } from './waiting.ts'
export type { WebSocketConstructor } from './web-socket.ts'
