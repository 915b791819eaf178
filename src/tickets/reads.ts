import { type RawBuilder, sql } from 'kysely'
import { type Actor, isStaff } from '../auth/viewer.ts'
import type { Tx } from '../storage/storage.ts'
import { type Audience, COLUMNS } from './audience.ts'
import type { Participant } from './ticket.ts'

/** How far one user has got in a ticket, in the numbering of the audience that is told so. */
export interface TicketReader {
  readonly user: Actor
  readonly lastReadNumber: number | null
  /** Up to which message a device of theirs has acknowledged; at least `lastReadNumber`. */
  readonly lastDeliveredNumber: number | null
}

/** How far everybody has read a ticket, as one audience may know it. */
export interface TicketReads {
  readonly ticketId: string
  /** The participants in their order. For staff also those of the staff who have read something, those who are furthest first. */
  readonly readers: readonly TicketReader[]
  /** At least one of the staff has read up to this message. */
  readonly staffReadNumber: number | null
}

/** The reads of a ticket, and the ids of all participants, of which customers are not told some. */
export interface ReadsFound {
  readonly reads: TicketReads
  readonly participants: ReadonlySet<string>
}

/** The user id in the row of staff whose users were erased. No user has it. */
export const NOBODY = ''

/** How many of the staff are named beside the participants. */
const MAX_STAFF_READERS = 100

function otherOf(audience: Audience): Audience {
  return audience === 'public' ? 'staff' : 'public'
}

/** SQL for a mark in the numbering of the other audience: the newest message up to it that `audience` sees, too; null if there is none. */
function converted(ticketId: RawBuilder<unknown>, mark: RawBuilder<unknown>, audience: Audience) {
  const { number } = COLUMNS[audience]
  const there = sql.ref(`c.${COLUMNS[otherOf(audience)].number}`)
  return sql<number | null>`(
    SELECT c.${sql.ref(number)} FROM messages c
    WHERE c.ticket_id = ${ticketId} AND ${there} <= ${mark} AND c.${sql.ref(number)} IS NOT NULL
    ORDER BY ${there} DESC LIMIT 1
  )`
}

interface ParticipantRow extends TicketReader {
  readonly userId: string
}

interface MarkRow {
  readonly user_id: string
  readonly actor: string
  readonly mark: number | null
  readonly converted: number | null
  readonly delivered: number | null
  readonly converted_delivered: number | null
}

/** The larger of two marks; null when neither is there. A mark of 0 is none. */
function further(one: number | null, other: number | null): number | null {
  return Math.max(one ?? 0, other ?? 0) || null
}

async function selectParticipants(
  tx: Tx,
  ticketId: string,
  audience: Audience,
  withDelivered: boolean,
): Promise<readonly ParticipantRow[]> {
  const delivered = withDelivered
    ? sql`own.delivered, ${converted(sql`p.ticket_id`, sql`other.delivered`, audience)}`
    : sql`CAST(NULL AS bigint) AS delivered, CAST(NULL AS bigint)`
  const { rows } = await sql<MarkRow>`
    SELECT p.user_id, p.actor, own.number AS mark,
      ${converted(sql`p.ticket_id`, sql`other.number`, audience)} AS converted, ${delivered} AS converted_delivered
    FROM participants p
    LEFT JOIN ticket_reads own ON own.ticket_id = p.ticket_id AND own.user_id = p.user_id AND own.audience = ${audience}
    LEFT JOIN ticket_reads other
      ON other.ticket_id = p.ticket_id AND other.user_id = p.user_id AND other.audience = ${otherOf(audience)}
    WHERE p.ticket_id = ${ticketId}
    ORDER BY p.place
  `.execute(tx)
  return rows.map((row) => {
    const lastReadNumber = further(row.mark, row.converted)
    const lastDeliveredNumber = further(lastReadNumber, further(row.delivered, row.converted_delivered))
    return { userId: row.user_id, user: JSON.parse(row.actor), lastReadNumber, lastDeliveredNumber }
  })
}

/**
 * Reads the participants of a ticket with their marks, in the numbering of `audience`. Customers get no marks of the staff. Without
 * `withDelivered`, how far messages were delivered is not read, and wrong.
 */
export async function readParticipants(
  tx: Tx,
  ticketId: string,
  audience: Audience,
  withDelivered: boolean,
): Promise<readonly Participant[]> {
  const rows = await selectParticipants(tx, ticketId, audience, withDelivered)
  return rows.map(({ user, lastReadNumber, lastDeliveredNumber }) =>
    audience === 'public' && isStaff(user)
      ? { user, lastReadNumber: null, lastDeliveredNumber: null }
      : { user, lastReadNumber, lastDeliveredNumber },
  )
}

/** Who read, when a row of an earlier version does not say it: somebody of the staff. */
function unnamed(id: string): Actor {
  return { id, role: 'AGENT', name: null, avatarUrl: null }
}

async function selectStaffReaders(
  tx: Tx,
  ticketId: string,
  participants: ReadonlySet<string>,
): Promise<readonly TicketReader[]> {
  const rows = await tx
    .selectFrom('ticket_reads')
    .select(['user_id', 'number', 'actor', 'delivered'])
    .where('ticket_id', '=', ticketId)
    .where('audience', '=', 'staff')
    .where('user_id', '<>', NOBODY)
    .where('number', '>', 0)
    .orderBy('number', 'desc')
    .orderBy('user_id')
    .limit(MAX_STAFF_READERS + participants.size)
    .execute()
  return rows
    .filter(({ user_id }) => !participants.has(user_id))
    .slice(0, MAX_STAFF_READERS)
    .map(({ user_id, number, actor, delivered }) => ({
      user: actor === null ? unnamed(user_id) : JSON.parse(actor),
      lastReadNumber: number,
      lastDeliveredNumber: Math.max(number, delivered),
    }))
}

/** SQL for the number up to which at least one of the staff has read a ticket, in the numbering of the staff; 0 when nobody has. */
function staffMark(ticketId: string) {
  return sql<number>`coalesce((SELECT max(r.number) FROM ticket_reads r WHERE r.ticket_id = ${ticketId} AND r.audience = 'staff'), 0)`
}

async function readStaffNumber(tx: Tx, ticketId: string, audience: Audience): Promise<number | null> {
  const { rows } = await sql<{ mark: number; converted: number | null }>`
    SELECT place.mark, ${audience === 'staff' ? sql`NULL` : converted(sql`place.ticket_id`, sql`place.mark`, audience)} AS converted
    FROM (SELECT CAST(${ticketId} AS text) AS ticket_id, ${staffMark(ticketId)} AS mark) place
  `.execute(tx)
  const [row] = rows
  return (audience === 'staff' ? row?.mark : row?.converted) || null
}

/** Reads how far everybody has read a ticket. Of the staff, customers get one number and no names. */
export async function readReads(tx: Tx, ticketId: string, audience: Audience): Promise<ReadsFound> {
  const rows = await selectParticipants(tx, ticketId, audience, true)
  const participants = new Set(rows.map(({ userId }) => userId))
  const shown = audience === 'staff' ? rows : rows.filter(({ user }) => !isStaff(user))
  const readers = shown.map(({ userId: _, ...reader }) => reader)
  const others = audience === 'staff' ? await selectStaffReaders(tx, ticketId, participants) : []
  const staffReadNumber = await readStaffNumber(tx, ticketId, audience)
  return { reads: { ticketId, readers: [...readers, ...others], staffReadNumber }, participants }
}

/**
 * Reads up to which number something is read already, so that customers are told nothing new of it: by any of the staff, and if the user is
 * a participant with a token of the staff, by that user. In the numbering of the staff.
 */
export async function readMarkBefore(tx: Tx, ticketId: string, userId: string): Promise<number> {
  const { rows } = await sql<{ staff: number; own: number | null }>`
    SELECT ${staffMark(ticketId)} AS staff, (
      SELECT coalesce(r.number, 0) FROM participants p
      LEFT JOIN ticket_reads r ON r.ticket_id = p.ticket_id AND r.user_id = p.user_id AND r.audience = 'staff'
      WHERE p.ticket_id = ${ticketId} AND p.user_id = ${userId}
    ) AS own
  `.execute(tx)
  const { staff = 0, own = null } = rows[0] ?? {}
  return own === null ? staff : Math.min(own, staff)
}

/** Whether customers see one more public message behind `after`, up to `upTo`: both are numbers of the staff. */
export async function passesPublic(tx: Tx, ticketId: string, after: number, upTo: number): Promise<boolean> {
  const found = await tx
    .selectFrom('messages')
    .select('id')
    .where('ticket_id', '=', ticketId)
    .where('staff_number', '>', after)
    .where('staff_number', '<=', upTo)
    .where('public_number', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}
