import { sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import type { Tx } from '../storage/storage.ts'
import { type Audience, COLUMNS } from './audience.ts'
import { countAmong, countOn, newestOf, readMarkOf } from './unread-messages.ts'

/** A ticket, and a user in whose list it is. */
export interface PlaceOf {
  readonly ticketId: string
  readonly userId: string
}

/** Places, or tickets, of one statement: so few that it holds up nobody. */
const PER_STATEMENT = 100
/** Messages of each ticket that one statement looks at. */
const LOOKED_AT = 100

/** A text for a ticket and a user. Two places have the same only when they are the same. */
export function keyOf(ticketId: string, userId: string): string {
  return JSON.stringify([ticketId, userId])
}

/** SQL for the common table expression `asked`: tickets of users. */
export function asked(places: readonly PlaceOf[]) {
  return sql`asked (ticket_id, user_id) AS (VALUES ${sql.join(
    places.map(({ ticketId, userId }) => sql`(${ticketId}, ${userId})`),
  )})`
}

/** Finds which of the users take part in which of the tickets, as `keyOf`. */
export async function readParticipations(tx: Tx, places: readonly PlaceOf[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  await inTurns(places, PER_STATEMENT, async (some) => {
    const { rows } = await sql<{ readonly ticket_id: string; readonly user_id: string }>`
      WITH ${asked(some)}
      SELECT p.ticket_id, p.user_id
      FROM asked JOIN participants p ON p.ticket_id = asked.ticket_id AND p.user_id = asked.user_id
    `.execute(tx)
    for (const { ticket_id, user_id } of rows) found.add(keyOf(ticket_id, user_id))
  })
  return found
}

/** The newest message of a ticket, as far as a list without texts needs it. */
export interface NewestMessage {
  readonly ticket_id: string
  readonly number: number
  readonly author: string
  readonly created_at: number
}

/** Reads the newest message of each ticket that an audience sees. Tickets without one are left out. */
export async function readNewestMessages(
  tx: Tx,
  audience: Audience,
  ids: readonly string[],
): Promise<ReadonlyMap<string, NewestMessage>> {
  const newest = new Map<string, NewestMessage>()
  const number = sql.ref(COLUMNS[audience].number)
  await inTurns(ids, PER_STATEMENT, async (some) => {
    const { rows } = await sql<NewestMessage>`
      SELECT m.ticket_id, m.${number} AS number, m.author, m.created_at
      FROM tickets t
      JOIN messages m ON m.ticket_id = t.id AND m.${number} = (SELECT max(x.${number}) FROM messages x WHERE x.ticket_id = t.id)
      WHERE t.id IN (${sql.join(some)})
    `.execute(tx)
    for (const row of rows) newest.set(row.ticket_id, row)
  })
  return newest
}

/** Reads the read mark of each user in each ticket, in the numbering of an audience, by `keyOf`. Those who read nothing are left out. */
export async function readMarks(
  tx: Tx,
  audience: Audience,
  places: readonly PlaceOf[],
): Promise<ReadonlyMap<string, number>> {
  const marks = new Map<string, number>()
  await inTurns(places, PER_STATEMENT, async (some) => {
    const { rows } = await sql<{ readonly ticket_id: string; readonly user_id: string; readonly number: number }>`
      WITH ${asked(some)}
      SELECT r.ticket_id, r.user_id, r.number FROM asked
      JOIN ticket_reads r ON r.ticket_id = asked.ticket_id AND r.user_id = asked.user_id AND r.audience = ${audience}
    `.execute(tx)
    for (const { ticket_id, user_id, number } of rows) marks.set(keyOf(ticket_id, user_id), number)
  })
  return marks
}

interface Unread {
  readonly ticket_id: string
  readonly user_id: string
  readonly mark: number
  readonly newest: number
  readonly count: number
}

/** Counts messages of others behind the mark of each user that were not deleted, at most `max`, by `keyOf`. */
export async function readUnread(
  tx: Tx,
  audience: Audience,
  places: readonly PlaceOf[],
  max: number,
): Promise<ReadonlyMap<string, number>> {
  const unread = new Map<string, number>()
  const reader = { ticketId: sql.ref('a.ticket_id'), userId: sql.ref('a.user_id'), audience }
  const among = { after: sql.ref('a.mark'), lookedAt: LOOKED_AT, max }
  await inTurns(places, PER_STATEMENT, async (some) => {
    const { rows } = await sql<Unread>`
      WITH ${asked(some)}
      SELECT a.ticket_id, a.user_id, a.mark, a.newest, ${countAmong(reader, among)} AS count
      FROM (SELECT a.ticket_id, a.user_id, ${readMarkOf(reader)} AS mark, ${newestOf(reader)} AS newest FROM asked a) a
    `.execute(tx)
    for (const { ticket_id: ticketId, user_id: userId, mark, newest, count } of rows) {
      const begun = { ticketId, userId, mark, newest, count }
      unread.set(keyOf(ticketId, userId), await countOn(tx, begun, audience, { lookedAt: LOOKED_AT, max }))
    }
  })
  return unread
}
