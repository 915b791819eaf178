import { isDeepStrictEqual } from 'node:util'
import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { Limits } from '../lib/limits.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { ONE_ENTRY } from '../storage/streams.ts'
import { lockTicketFor, requireTicket } from './access.ts'
import { AUDIENCES, audienceOf } from './audience.ts'
import { requireOpen } from './closed-ticket.ts'
import { scheduleMessage, type TicketHandOff } from './hand-off.ts'
import { type MessageDraft, requireMessageDraft, type SendInput } from './message-input.ts'
import { publishActivity, publishMessage } from './publish-message.ts'
import { markReplied } from './read-marks.ts'
import { requireReplyTo } from './replies.ts'
import { addMessageText } from './search-texts.ts'
import type { TicketRow } from './ticket.ts'
import type { SpendOnTicket } from './ticket-budget.ts'
import { type MessageRow, type TicketMessage, toMessage, visibilityOf } from './ticket-message.ts'
import { advanceTicket, streamOf, type TicketStreams } from './ticket-streams.ts'
import { liveTopic } from './topics.ts'
import { touchTicket } from './touch-ticket.ts'
import { countStanding } from './unread-messages.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
  readonly spendOnTicket: SpendOnTicket
  readonly handOff?: TicketHandOff | undefined
  /** Whether a customer's message opens a resolved ticket again. Left out: it does. */
  readonly reopenResolved?: boolean | undefined
}

/** The result of sending a message. */
export interface SendResult {
  readonly message: TicketMessage
  /** The message was stored before, and was not published again. */
  readonly isDuplicate: boolean
}

/** A message that is stored now, or was before. */
interface Outcome {
  readonly row: MessageRow
  /** Publishes the message, for after the commit. Undefined when it was stored before. */
  readonly tell?: () => void
}

async function findSent(tx: Tx, { ticketId, author, clientMessageId }: MessageDraft): Promise<MessageRow | undefined> {
  return clientMessageId === null
    ? undefined
    : tx
        .selectFrom('messages')
        .selectAll()
        .where('ticket_id', '=', ticketId)
        .where('author_id', '=', author.id)
        .where('client_message_id', '=', clientMessageId)
        .executeTakeFirst()
}

function isSameJson(one: string | null, other: string | null): boolean {
  return isDeepStrictEqual(JSON.parse(one ?? 'null'), JSON.parse(other ?? 'null'))
}

function requireSame(row: MessageRow, { visibility, body, data, attachments, replyToId }: MessageDraft): MessageRow {
  // A message that was edited or deleted since no longer shows what was sent first.
  const isUntouched = row.edited_at === null && row.deleted_at === null
  const isSame = row.body === body && isSameJson(row.data, data) && isSameJson(row.attachments, attachments)
  const isSamePlace = visibilityOf(row) === visibility && row.reply_to_id === replyToId
  if (isSamePlace && (isSame || !isUntouched)) return row
  throw new AppError('CONFLICT', 'This clientMessageId was used for another message.', { reason: 'KEY_REUSED' })
}

/**
 * Throws CONFLICT when others have written something that is not on the writer's screen yet. Its details count the messages, up to `max`.
 */
async function requireNothingMissed(
  tx: Tx,
  viewer: Viewer,
  draft: MessageDraft,
  { streams, max }: { readonly streams: TicketStreams; readonly max: number },
): Promise<void> {
  const audience = audienceOf(viewer)
  const newest = streams[audience]?.entries ?? 0
  if (draft.expectedNumber === null || newest <= draft.expectedNumber) return
  const { ticketId, author, expectedNumber: after } = draft
  const missed = await countStanding(tx, { ticketId, userId: author.id, audience, after, upTo: newest }, max)
  if (missed > 0)
    throw new AppError('CONFLICT', 'Others have written in this ticket meanwhile.', {
      reason: 'CONVERSATION_MOVED_ON',
      missed,
    })
}

function newRow(draft: MessageDraft, streams: TicketStreams, now: number): MessageRow {
  return {
    id: newId(),
    ticket_id: draft.ticketId,
    author_id: draft.author.id,
    author: JSON.stringify(draft.author),
    body: draft.body,
    data: draft.data,
    attachments: draft.attachments,
    reply_to_id: draft.replyToId,
    reactions: null,
    client_message_id: draft.clientMessageId,
    created_at: now,
    edited_at: null,
    deleted_at: null,
    public_number: streams.public?.entries ?? null,
    public_revision: streams.public?.revision ?? null,
    staff_number: streams.staff.entries,
    staff_revision: streams.staff.revision,
  }
}

/** Creates `Tickets.send`, which stores a message once and publishes it. */
export function createSend({ storage, bus, clock, limits, spendOnTicket, handOff, reopenResolved = true }: Deps) {
  const reopens = ({ status }: TicketRow, { author, visibility }: MessageDraft): boolean =>
    reopenResolved && status === 'RESOLVED' && author.role === 'CUSTOMER' && visibility === 'PUBLIC'

  const store = async (tx: Tx, viewer: Viewer, draft: MessageDraft): Promise<Outcome> => {
    const { ticketId, visibility } = draft
    const before = await lockTicketFor(tx, viewer, ticketId, visibility)
    const ticket = await requireTicket(tx, viewer, ticketId)
    const sent = await findSent(tx, draft)
    if (sent) return { row: requireSame(sent, draft) }
    requireOpen(ticket, viewer, 'send', visibility)
    await requireReplyTo(tx, viewer, draft)
    await requireNothingMissed(tx, viewer, draft, { streams: before, max: limits.unreadCap })
    spendOnTicket(viewer, ticketId, draft)
    const now = clock.now()
    const streams = await advanceTicket(tx, ticketId, visibility, ONE_ENTRY)
    const row = newRow(draft, streams, now)
    await tx.insertInto('messages').values(row).execute()
    await addMessageText(tx, row)
    await markReplied(tx, viewer, row)
    const status = reopens(ticket, draft) ? 'OPEN' : ticket.status
    const targets = await touchTicket(tx, ticket, visibility, now, status)
    if (handOff) await scheduleMessage(handOff, tx, ticket, { ...row, visibility })
    return {
      row,
      tell: () => {
        publishMessage(bus, streams, row)
        if (targets.previousStatus !== undefined) {
          for (const audience of AUDIENCES) bus.publish(liveTopic(ticketId, audience), { type: 'changed' })
        }
        publishActivity(bus, targets)
      },
    }
  }

  return async (viewer: Viewer, input: SendInput): Promise<SendResult> => {
    const draft = requireMessageDraft(viewer, input, limits)
    const { row, tell } = await storage.write((tx) => store(tx, viewer, draft), streamOf(draft.ticketId, 'staff'))
    tell?.()
    return { message: toMessage(row, audienceOf(viewer)), isDuplicate: tell === undefined }
  }
}
