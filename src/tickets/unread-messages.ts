import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import { type Audience, COLUMNS } from './audience.ts'

/** Messages that one statement looks at: of a large one SQLite reads the text before it finds whether it was deleted. */
const LOOKED_AT = 500

/** A column of the statement around, or a value. */
type Part = RawBuilder<unknown>

/** Whose unread messages, where, and in which numbering, as parts of a statement. */
interface Reader {
  readonly ticketId: Part
  readonly userId: Part
  readonly audience: Audience
}

/** How far the reader has read, as a part of a statement. */
export function readMarkOf({ ticketId, userId, audience }: Reader): RawBuilder<number> {
  return sql`coalesce((
  SELECT r.number FROM ticket_reads r
  WHERE r.ticket_id = ${ticketId} AND r.user_id = ${userId} AND r.audience = ${audience}
), 0)`
}

/** The newest number of a ticket, 0 when nothing was said, as a part of a statement. */
export function newestOf({ ticketId, audience }: Omit<Reader, 'userId'>): RawBuilder<number> {
  return sql`coalesce((SELECT max(x.${sql.ref(COLUMNS[audience].number)}) FROM messages x WHERE x.ticket_id = ${ticketId}), 0)`
}

/**
 * Messages of others that still stand, of the `lookedAt` behind a number, as a part of a statement: no more than `max` are counted.
 * Numbers have no holes, so it is known how many there are to look at. In their order: else Postgres may read a whole table in the hope
 * of finding so many soon.
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

/** Of which messages to count those of others. */
interface Stretch {
  readonly ticketId: string
  readonly userId: string
  readonly audience: Audience
  /** The numbers behind this one, and up to `upTo`. */
  readonly after: number
  readonly upTo: number
}

/** Messages of others that still stand, at most `max`: however many there are of the reader's own or deleted ones, no statement takes long. */
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

/** A ticket of which the first messages behind the reader's mark were looked at. */
export interface CountBegun {
  readonly ticketId: string
  readonly userId: string
  readonly mark: number
  readonly newest: number
  /** Found there. */
  readonly count: number
}

/** Counts on where the first `lookedAt` messages behind a mark were not all; at most `max`. */
export async function countOn(
  tx: Tx,
  { ticketId, userId, mark, newest, count }: CountBegun,
  audience: Audience,
  { lookedAt, max }: { readonly lookedAt: number; readonly max: number },
): Promise<number> {
  const rest = { ticketId, userId, audience, after: mark + lookedAt, upTo: newest }
  return count + (await countStanding(tx, rest, max - count))
}
