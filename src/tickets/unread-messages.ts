import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import { type Audience, COLUMNS } from './audience.ts'

/** A count that stops at a cap. */
export interface CappedCount {
  /** The count, at most the cap. */
  readonly count: number
  /** There are more than `count` says. */
  readonly isCapped: boolean
}

/** A count that was taken up to one more than a cap. */
export function capped(count: number, cap: number): CappedCount {
  return { count: Math.min(count, cap), isCapped: count > cap }
}

/** Messages that one statement looks at. SQLite reads the text of a large one before it finds whether it was deleted. */
const LOOKED_AT = 500

/** SQL for a column of the statement around, or for a value. */
type Part = RawBuilder<unknown>

/** SQL that says whose unread messages to count, in which ticket, and in which numbering. */
interface Reader {
  readonly ticketId: Part
  readonly userId: Part
  readonly audience: Audience
}

/** SQL for the number up to which the reader has read, 0 when nothing. */
export function readMarkOf({ ticketId, userId, audience }: Reader): RawBuilder<number> {
  return sql`coalesce((
  SELECT r.number FROM ticket_reads r
  WHERE r.ticket_id = ${ticketId} AND r.user_id = ${userId} AND r.audience = ${audience}
), 0)`
}

/** SQL for the newest number of a ticket, 0 when it has no message. */
export function newestOf({ ticketId, audience }: Omit<Reader, 'userId'>): RawBuilder<number> {
  return sql`coalesce((SELECT max(x.${sql.ref(COLUMNS[audience].number)}) FROM messages x WHERE x.ticket_id = ${ticketId}), 0)`
}

/**
 * SQL that counts messages of others which were not deleted, among the next `lookedAt` behind the number `after`, at most `max`. Numbers
 * have no holes, so it is known how many it looks at. They are sorted, or else Postgres may read a whole table in the hope of finding so
 * many soon.
 */
export function countAmong(
  { ticketId, userId, audience }: Reader,
  { after, lookedAt, max }: { readonly after: Part; readonly lookedAt: number; readonly max: number },
): RawBuilder<number> {
  const number = sql.ref(`u.${COLUMNS[audience].number}`)
  return sql`(
    SELECT count(*) FROM (
      SELECT 1 FROM messages u
      WHERE u.ticket_id = ${ticketId} AND ${number} > ${after} AND ${number} <= ${after} + ${sql.lit(lookedAt)}
        AND u.author_id <> ${userId} AND u.deleted_at IS NULL
      ORDER BY ${number} LIMIT ${max}
    ) few
  )`
}

/** The messages of a ticket among which those of others are counted. */
interface Stretch {
  readonly ticketId: string
  readonly userId: string
  readonly audience: Audience
  /** Messages have a number behind this one, and up to `upTo`. */
  readonly after: number
  readonly upTo: number
}

/**
 * Counts messages of others that were not deleted, at most `max`. It takes several statements when there are many of the reader's own or
 * deleted ones, so that none takes long.
 */
export async function countStanding(tx: Tx, { after, upTo, ...whose }: Stretch, max: number): Promise<number> {
  const reader = { ...whose, ticketId: sql`${whose.ticketId}`, userId: sql`${whose.userId}` }
  let count = 0
  for (let from = after; from < upTo && count < max; from += LOOKED_AT) {
    const part = { after: sql`CAST(${from} AS bigint)`, lookedAt: LOOKED_AT, max: max - count }
    const { rows } = await sql<{ readonly count: number }>`SELECT ${countAmong(reader, part)} AS count`.execute(tx)
    count += rows[0]?.count ?? 0
  }
  return count
}

/** A count of which the first messages behind the reader's mark were looked at. */
export interface CountBegun {
  readonly ticketId: string
  readonly userId: string
  readonly mark: number
  readonly newest: number
  /** How many were counted among these. */
  readonly count: number
}

/** Goes on with a count behind the first `lookedAt` messages. Resolves to the whole count, at most `max`. */
export async function countOn(
  tx: Tx,
  { ticketId, userId, mark, newest, count }: CountBegun,
  audience: Audience,
  { lookedAt, max }: { readonly lookedAt: number; readonly max: number },
): Promise<number> {
  const rest = { ticketId, userId, audience, after: mark + lookedAt, upTo: newest }
  return count + (await countStanding(tx, rest, max - count))
}
