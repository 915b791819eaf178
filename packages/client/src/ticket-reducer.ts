import type { TicketMessage, TicketPageResult } from './document-types.ts'

/** What is known of a conversation, from Herald alone. */
export interface ConversationTruth {
  /** Oldest first, each once: all from the oldest that was loaded. */
  readonly messages: readonly TicketMessage[]
  /** There are older ones. */
  readonly hasMore: boolean
  /** Where the page of older ones ends. */
  readonly startCursor: string | null
}

/** A page of a conversation, as Herald answers it. */
export type LoadedMessages = Pick<NonNullable<TicketPageResult['ticket']>['messages'], 'nodes' | 'pageInfo'>

/** A change of a message that was made here and is not known to Herald yet. */
export interface PendingChange {
  readonly id: string
  readonly change: Partial<Pick<TicketMessage, 'body' | 'editedAt' | 'deletedAt'>>
}

/** A conversation of which nothing is known. */
export const UNKNOWN_CONVERSATION: ConversationTruth = { messages: [], hasMore: false, startCursor: null }

/** What is known after the newest page was loaded. Nothing of before counts any more. */
export function loadConversation({ nodes, pageInfo }: LoadedMessages): ConversationTruth {
  return {
    messages: nodes.map((message) => Object.freeze(message)),
    hasMore: pageInfo.hasPreviousPage,
    startCursor: pageInfo.startCursor,
  }
}

/** Puts a message in its place by its number, in the place of the one that is there. One that is not newer changes nothing. */
export function reduceMessage(truth: ConversationTruth, message: TicketMessage): ConversationTruth {
  const { messages, hasMore } = truth
  const held = messages.find(({ id }) => id === message.id)
  if (held && held.revision >= message.revision) return truth
  if (held) {
    return { ...truth, messages: messages.map((other) => (other === held ? Object.freeze(message) : other)) }
  }
  // An older one comes with its page.
  if (hasMore && message.number < (messages[0]?.number ?? 0)) return truth
  const above = messages.findIndex(({ number }) => number > message.number)
  const at = above === -1 ? messages.length : above
  return { ...truth, messages: [...messages.slice(0, at), Object.freeze(message), ...messages.slice(at)] }
}

/** Puts the page of older ones before. `since` are messages that came after it was asked for: what they say of it is not lost. */
export function prependPage(
  truth: ConversationTruth,
  { nodes, pageInfo }: LoadedMessages,
  since: readonly TicketMessage[],
): ConversationTruth {
  const all: ConversationTruth = { ...truth, hasMore: false }
  const longer = [...nodes, ...since].reduce(reduceMessage, all)
  const first = nodes[0]?.number ?? 0
  return {
    messages: longer.messages.filter(({ number }) => number >= first),
    hasMore: pageInfo.hasPreviousPage,
    startCursor: pageInfo.startCursor ?? truth.startCursor,
  }
}

/** What is shown: what Herald said, with the changes that it does not know yet. */
export function viewMessages(
  { messages }: Pick<ConversationTruth, 'messages'>,
  pending: readonly PendingChange[],
): readonly TicketMessage[] {
  return pending.reduce(
    (shown, { id, change }) =>
      shown.map((message) => (message.id === id ? Object.freeze({ ...message, ...change }) : message)),
    messages,
  )
}

/** Of what was sent here, what is not among the messages yet: it is shown behind them. The same array when that is all. */
export function viewOutgoing<Sent extends { readonly clientMessageId: string }>(
  outgoing: readonly Sent[],
  messages: readonly TicketMessage[],
): readonly Sent[] {
  if (outgoing.length === 0) return outgoing
  const known = new Set(messages.map(({ clientMessageId }) => clientMessageId))
  const left = outgoing.filter(({ clientMessageId }) => !known.has(clientMessageId))
  return left.length === outgoing.length ? outgoing : left
}
