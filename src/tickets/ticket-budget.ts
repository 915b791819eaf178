import type { Viewer } from '../auth/viewer.ts'
import { createBudget } from '../lib/budget.ts'
import type { Clock } from '../lib/clock.ts'
import type { LimitKey, Limits } from '../lib/limits.ts'
import { MAX_ATTACHMENT_BYTES } from './attachments.ts'

/**
 * Counts what a customer writes into a ticket, together with the other customers of it. Throws RATE_LIMITED when that is too much. Staff is
 * not counted: customers must not be able to keep it from answering, nor sense by what is left that it writes internal notes.
 */
export type SpendOnTicket = (viewer: Viewer, ticketId: string, text: MessageText) => void

interface MessageText {
  readonly body: string
  /** The data as JSON text. */
  readonly data?: string | null
  /** The attachments as JSON text. */
  readonly attachments?: string | null
}

const SECONDS_PER_MINUTE = 60
/** Bytes that a message takes beside its text. */
const ROW_BYTES = 256
/** The minutes whose bytes a ticket can save up. */
const STORED_MINUTES = 4

function bytesOf({ body, data, attachments }: MessageText): number {
  return ROW_BYTES + Buffer.byteLength(body) + Buffer.byteLength(data ?? '') + Buffer.byteLength(attachments ?? '')
}

function refusing(key: LimitKey) {
  return {
    message: 'Too much in this ticket.',
    advice: `One ticket needs more? Raise ${key}.`,
  }
}

/** Creates the budgets of tickets, each of which begins full. */
export function createSpendOnTicket(limits: Limits, clock: Pick<Clock, 'now'>): SpendOnTicket {
  const { ticketMessagesPerMinute, ticketBytesPerMinute, messageBytes, dataBytes, attachments } = limits
  const largest = ROW_BYTES + messageBytes + dataBytes + attachments * MAX_ATTACHMENT_BYTES
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
    // The largest message must fit, however little may follow it.
    burst: Math.max(ticketBytesPerMinute * STORED_MINUTES, largest),
  })

  return ({ role }, ticketId, text) => {
    if (role !== 'CUSTOMER') return
    messages.take(ticketId)
    bytes.take(ticketId, bytesOf(text))
  }
}
