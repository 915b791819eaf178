import { sql } from 'kysely'
import type { Actor } from '../auth/viewer.ts'
import type { Clock } from '../lib/clock.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Limits } from '../lib/limits.ts'
import { writeTime } from '../lib/time.ts'
import type { Tx } from '../storage/storage.ts'
import { type Audience, audienceOf, COLUMNS } from './audience.ts'
import { toEventActor } from './hand-off.ts'
import { type MessageRow, toMessage } from './ticket-message.ts'
import { capped, countStanding } from './unread-messages.ts'

/** A ticket that a user may have left unread. */
interface Item {
  readonly userId: string
  /** The id of the ticket. */
  readonly item: string
}

/** What a user has not read in a ticket: everything behind the number `mark` of the audience. */
interface Unread extends Item {
  readonly audience: Audience
  readonly subject: string | null
  readonly status: string
  readonly mark: number
  readonly newest: number
}

const UNREAD = { isDelivered: false, isSeen: false, isRead: false }
/** The most messages of one event. */
const MAX_MESSAGES = 20

/** The audience of a user in a ticket, by the role that is stored with it. Undefined: the user has no part in it any more. */
async function audienceIn(tx: Tx, { userId, item }: Item, assignee: string | null): Promise<Audience | undefined> {
  const actor: Actor | null = assignee === null ? null : JSON.parse(assignee)
  if (actor?.id === userId) return audienceOf(actor)
  const row = await tx
    .selectFrom('participants')
    .select('actor')
    .where('ticket_id', '=', item)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row && audienceOf(JSON.parse(row.actor) as Actor)
}

/** The number up to which a user has read, in the numbering of an audience. A mark in the other numbering stands for what it covers. */
async function readMark(tx: Tx, { userId, item }: Item, audience: Audience): Promise<number> {
  const { number } = COLUMNS[audience]
  const other = COLUMNS[audience === 'public' ? 'staff' : 'public'].number
  const marks = await tx
    .selectFrom('ticket_reads')
    .select(['audience', 'number'])
    .where('ticket_id', '=', item)
    .where('user_id', '=', userId)
    .execute()
  let mark = 0
  for (const read of marks) {
    if (read.audience === audience) mark = Math.max(mark, read.number)
    else {
      const { rows } = await sql<{ readonly last: number | null }>`
        SELECT max(${sql.ref(number)}) AS last FROM messages WHERE ticket_id = ${item} AND ${sql.ref(other)} <= ${read.number}
      `.execute(tx)
      mark = Math.max(mark, rows[0]?.last ?? 0)
    }
  }
  return mark
}

/** Reads what a user has not read in a ticket. Undefined when the user has no part in it any more, or has muted it. */
async function readUnread(tx: Tx, item: Item, now: number): Promise<Unread | undefined> {
  const ticket = await tx
    .selectFrom('tickets')
    .select(['subject', 'status', 'assignee'])
    .where('id', '=', item.item)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('ticket_mutes')
            .select('until')
            .whereRef('ticket_id', '=', 'tickets.id')
            .where('user_id', '=', item.userId)
            .where((eb) => eb.or([eb('until', 'is', null), eb('until', '>', now)])),
        ),
      ),
    )
    .executeTakeFirst()
  const audience = ticket && (await audienceIn(tx, item, ticket.assignee))
  if (!audience) return undefined
  const { rows } = await sql<{ readonly newest: number | null }>`
    SELECT max(${sql.ref(COLUMNS[audience].number)}) AS newest FROM messages WHERE ticket_id = ${item.item}
  `.execute(tx)
  const mark = await readMark(tx, item, audience)
  return { ...item, audience, subject: ticket.subject, status: ticket.status, mark, newest: rows[0]?.newest ?? 0 }
}

function countUnreadIn(tx: Tx, { userId, item: ticketId, audience, mark: after, newest: upTo }: Unread, max: number) {
  return countStanding(tx, { ticketId, userId, audience, after, upTo }, max)
}

/** When the oldest message came that the user has not read. Undefined: nothing is unread. */
async function readSince(tx: Tx, unread: Unread): Promise<number | undefined> {
  if ((await countUnreadIn(tx, unread, 1)) === 0) return undefined
  const row = await selectUnread(tx, unread)
    .select('created_at')
    .orderBy(COLUMNS[unread.audience].number)
    .limit(1)
    .executeTakeFirst()
  return row?.created_at
}

/** Selects the messages that a user has not read. For customers no note is among them. */
function selectUnread(tx: Tx, { userId, item, audience, mark }: Unread) {
  return tx
    .selectFrom('messages')
    .where('ticket_id', '=', item)
    .where(COLUMNS[audience].number, '>', mark)
    .where('author_id', '<>', userId)
    .where('deleted_at', 'is', null)
}

/** The newest messages that the user has not read, oldest first. For customers no note is among them. */
function readMessages(tx: Tx, unread: Unread): Promise<readonly MessageRow[]> {
  const { number } = COLUMNS[unread.audience]
  return selectUnread(tx, unread).selectAll().orderBy(number, 'desc').limit(MAX_MESSAGES).execute()
}

function toJson(row: MessageRow, audience: Audience): JsonObject {
  const message = toMessage(row, audience)
  const { id, number, visibility, body, data, replyToId } = message
  return {
    ...{ id, number, visibility, author: toEventActor(message.author), body, data },
    attachments: message.attachments.map((attachment) => ({ ...attachment })),
    replyToId,
    createdAt: writeTime(message.createdAt),
  }
}

/** The last of some values that take at most `max` bytes as JSON, and at least one. */
function withinBytes(values: readonly JsonObject[], max: number): readonly JsonObject[] {
  let bytes = 0
  const count = values.findIndex((value) => {
    bytes += Buffer.byteLength(JSON.stringify(value))
    return bytes > max
  })
  return values.slice(0, count === -1 ? values.length : Math.max(count, 1)).reverse()
}

/** Creates what hand-off asks of tickets: whether users have left something unread, and the event that says so. */
export function createUnreadItems({ clock, limits }: { readonly clock: Clock; readonly limits: Limits }) {
  return {
    /**
     * Reads which of these tickets their users have not read. The others, those in which they
     * have no part any more, and muted ones are left out.
     */
    readStates: async (tx: Tx, items: readonly Item[]) => {
      const states: (Item & typeof UNREAD & { readonly since: number })[] = []
      for (const item of items) {
        const unread = await readUnread(tx, item, clock.now())
        const since = unread && (await readSince(tx, unread))
        if (since !== undefined) states.push({ ...item, ...UNREAD, since })
      }
      return states
    },
    /** Makes one event `ticket.unseen` for each ticket of each user, with the newest messages that the user has not read. */
    toEvents: async (tx: Tx, items: readonly Item[]) => {
      const events: { type: string; subject: string; userId: string; data: JsonObject }[] = []
      for (const item of items) {
        const unread = await readUnread(tx, item, clock.now())
        if (!unread) continue
        const { userId, subject, status, audience } = unread
        const count = await countUnreadIn(tx, unread, limits.unreadCap + 1)
        const rows = await readMessages(tx, unread)
        const messages = withinBytes(
          rows.map((row) => toJson(row, audience)),
          limits.eventBytes,
        )
        const ticket = { id: item.item, subject, status }
        const data = { userId, ticket, unread: { ...capped(count, limits.unreadCap) }, messages }
        events.push({ type: 'ticket.unseen', subject: `user:${userId}`, userId, data })
      }
      return events
    },
  }
}
