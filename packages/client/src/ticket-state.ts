import type { LoadState } from './client-store.ts'
import type { Actor, Ticket, TicketMessage, TicketReads } from './document-types.ts'
import type { OutgoingMessage } from './send-queue.ts'
import type { TypingUser } from './typing.ts'

/** What a ticket shows. */
export interface TicketState extends LoadState {
  /** The ticket itself; null until it is known. */
  readonly ticket: Ticket | null
  /** Oldest first, each once. */
  readonly messages: readonly TicketMessage[]
  /** What was sent here and is not among `messages` yet: show it behind them. */
  readonly outgoing: readonly OutgoingMessage[]
  /** There are older ones: `loadMore()`. */
  readonly hasMore: boolean
  readonly isLoadingMore: boolean
  /** Who else is typing. */
  readonly typing: readonly TypingUser[]
  /** Who looks at the ticket now. */
  readonly viewers: readonly Actor[]
  /** More look at it than `viewers` names. */
  readonly isViewersCapped: boolean
  /** How far everybody has read, and how far messages have reached them; null until it is known. */
  readonly reads: TicketReads | null
  /** How many changes of messages that were made here are not confirmed yet. */
  readonly pending: number
}

/** The state of a ticket before anything is known. */
export const EMPTY_TICKET: TicketState = {
  status: 'loading',
  error: null,
  ticket: null,
  messages: [],
  outgoing: [],
  hasMore: false,
  isLoadingMore: false,
  typing: [],
  viewers: [],
  isViewersCapped: false,
  reads: null,
  pending: 0,
}

/** Returns the newer of two versions of a ticket. */
export function newerTicket<Version extends { readonly revision: number }>(
  held: Version | null,
  came: Version,
): Version {
  return held && held.revision >= came.revision ? held : Object.freeze(came)
}
