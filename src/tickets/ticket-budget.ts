import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'
import { createRates, type Rates } from '../lib/rates.ts'

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

const bytesOf = ({ body, data }: MessageText): number =>
  ROW_BYTES + Buffer.byteLength(body) + (data == null ? 0 : Buffer.byteLength(data))

const requireRoom = (rates: Rates, ticketId: string, cost: number, advice: string): void => {
  const retryAfterMs = rates.take(ticketId, cost)
  if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', 'Too much in this ticket.', { retryAfterMs }, { advice })
}

/** Starts with every ticket's budget full. */
export const createSpendOnTicket = (limits: Limits, clock: Pick<Clock, 'now'>): SpendOnTicket => {
  const { ticketMessagesPerMinute, ticketBytesPerMinute, messageBytes, dataBytes } = limits
  const messages = createRates({
    clock,
    perSecond: ticketMessagesPerMinute / SECONDS_PER_MINUTE,
    burst: ticketMessagesPerMinute,
  })
  const bytes = createRates({
    clock,
    perSecond: ticketBytesPerMinute / SECONDS_PER_MINUTE,
    // What one message may have must fit, however little may follow.
    burst: Math.max(ticketBytesPerMinute * STORED_MINUTES, ROW_BYTES + messageBytes + dataBytes),
  })

  return ({ role }, ticketId, text) => {
    if (role !== 'CUSTOMER') return
    requireRoom(messages, ticketId, 1, 'One ticket needs more? Raise MAX_TICKET_MESSAGES_PER_MINUTE.')
    requireRoom(bytes, ticketId, bytesOf(text), 'One ticket needs more? Raise MAX_TICKET_BYTES_PER_MINUTE.')
  }
}
