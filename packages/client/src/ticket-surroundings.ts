import type { HeraldClient } from './client.ts'
import { TICKET_CHANGED, TICKET_PRESENCE, TICKET_READS, USER_TYPING } from './desk-documents.ts'
import type {
  ReadsOfTicketResult,
  TicketChangesResult,
  TypingInTicketResult,
  ViewersOfTicketResult,
} from './document-types.ts'
import { type HeraldError, isPassing } from './errors.ts'
import { follow } from './follow.ts'
import { newerTicket, type TicketState } from './ticket-state.ts'
import { expireTyping, reduceTyping } from './typing.ts'

/** What a ticket is, who is here, who is typing and how far everybody has read. */
export type Surroundings = Pick<TicketState, 'ticket' | 'typing' | 'viewers' | 'isViewersCapped' | 'reads'>

/** Keeps what is around a conversation. */
export interface SurroundingsOptions {
  readonly client: HeraldClient
  readonly ticketId: string
  readonly now: () => Surroundings
  readonly change: (change: Partial<Surroundings>) => void
  /** Something cannot be followed, and trying again would not help. */
  readonly failed: (error: HeraldError) => void
  /** How long an indicator of typing is shown at most, in milliseconds. */
  readonly typingExpiryMs: () => number
}

/** Follows what is around a conversation, until what it returns is called. Nobody is here or typing then. */
export function followSurroundings(options: SurroundingsOptions): () => void {
  const { client, ticketId, now, change } = options
  const failed = (error: HeraldError): void => {
    if (!isPassing(error)) options.failed(error)
  }
  const clock = client.internals.now
  const of = (query: string) => () => ({ query, variables: { ticketId } })
  const expiring = new Set<ReturnType<typeof setTimeout>>()
  const stops = [
    follow<TicketChangesResult>(client, of(TICKET_CHANGED), {
      // The first of a connection replaces all: after a restored backup, revisions begin lower.
      next: ({ ticketChanged }, { isFirst }) =>
        change({ ticket: newerTicket(isFirst ? null : now().ticket, ticketChanged) }),
      failed,
    }),
    follow<ReadsOfTicketResult>(client, of(TICKET_READS), {
      next: ({ ticketReads }) => change({ reads: Object.freeze(ticketReads) }),
      failed,
    }),
    follow<ViewersOfTicketResult>(client, of(TICKET_PRESENCE), {
      next: ({ ticketPresence: { viewers, isCapped } }) => change({ viewers, isViewersCapped: isCapped }),
      failed,
    }),
    follow<TypingInTicketResult>(client, of(USER_TYPING), {
      next: ({ userTyping }) => {
        const expiryMs = options.typingExpiryMs()
        change({ typing: reduceTyping(now().typing, userTyping, clock() + expiryMs) })
        if (!userTyping.isTyping) return
        const timer = setTimeout(() => {
          expiring.delete(timer)
          change({ typing: expireTyping(now().typing, clock()) })
          // Timers may fire a little early.
        }, expiryMs + 5)
        expiring.add(timer)
      },
      failed,
    }),
  ]
  return () => {
    for (const stop of stops) stop()
    for (const timer of expiring) clearTimeout(timer)
    change({ typing: [], viewers: [], isViewersCapped: false })
  }
}
