import type { Viewer } from '../auth/viewer.ts'
import { createBudget } from '../lib/budget.ts'
import type { Clock } from '../lib/clock.ts'
import type { LimitKey, Limits } from '../lib/limits.ts'

/**
 * Counts what a customer writes into a ticket that is theirs, together with its other customers. Throws RATE_LIMITED. The staff is not
 * counted: customers must not be able to keep it from answering, nor sense by what is left that it writes notes.
 */
export type SpendOnTicket = (viewer: Viewer, ticketId: string, text: MessageText) => void

interface MessageText {
  readonly body: string
  /** JSON text. */
  readonly data?: string | null
}

const SECONDS_PER_MINUTE = 60
/** What a message takes beside its text. */
const ROW_BYTES = 256
/** Minutes that a ticket can have saved up. */
const STORED_MINUTES = 4

function bytesOf({ body, data }: MessageText): number {
  return ROW_BYTES + Buffer.byteLength(body) + (data == null ? 0 : Buffer.byteLength(data))
}

function refusing(key: LimitKey) {
  return {
    message: 'Too much in this ticket.',
    advice: `One ticket needs more? Raise ${key}.`,
  }
}

/** Starts with every ticket's budget full. */
export function createSpendOnTicket(limits: Limits, clock: Pick<Clock, 'now'>): SpendOnTicket {
  const { ticketMessagesPerMinute, ticketBytesPerMinute, messageBytes, dataBytes } = limits
  const messages = createBudget({
    clock,
    ...refusing('MAX_TICKET_MESSAGES_PER_MINUTE'),
    perSecond: ticketMessagesPerMinute / SECONDS_PER_MINUTE,
    burst: ticketMessagesPerMinute,
  })
  const bytes = createBudget({
    clock,
    ...refusing('MAX_TICKET_BYTES_PER_MINUTE'),
    perSecond: ticketBytesPerMinute / SECONDS_PER_MINUTE,
    // What one message may have must fit, however little may follow.
    burst: Math.max(ticketBytesPerMinute * STORED_MINUTES, ROW_BYTES + messageBytes + dataBytes),
  })

  return ({ role }, ticketId, text) => {
    if (role !== 'CUSTOMER') return
    messages.take(ticketId)
    bytes.take(ticketId, bytesOf(text))
  }
}
