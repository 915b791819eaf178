import { type RawBuilder, sql } from 'kysely'
import type { Bus } from '../bus/bus.ts'
import type { Confirmed } from '../delivery/description.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { createNoted, type Noted } from '../lib/noted.ts'
import { HISTORY } from '../storage/incarnation.ts'
import { elementsOf } from '../storage/json-elements.ts'
import { prepare } from '../storage/prepare.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { endOfTerms } from '../storage/stream-terms.ts'
import { AUDIENCES, type Audience, COLUMNS } from './audience.ts'
import { streamOf } from './ticket-streams.ts'
import { DELIVERIES } from './topics.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
}

/** How far a device of a user has acknowledged the stream of an audience of a ticket. */
export interface Delivered extends Pick<Confirmed, 'revision' | 'term'> {
  readonly ticketId: string
  readonly userId: string
  readonly audience: Audience
  readonly epoch: string
}

interface MovedRow {
  readonly ticket_id: string
  /** 1 when the user is a participant. */
  readonly takes_part: number
}

/** How many numbers behind the least possible one are looked at; further on it is only exact when the client has everything. */
const LOOKED_AT = 100

/**
 * SQL for the number of the newest message that there was at a revision. Each revision after it added one message at most, so it is at least
 * `least`. It is more when messages were edited since; then those that were not tell how much.
 */
function numberAt(audience: Audience, revision: RawBuilder<unknown>): RawBuilder<number> {
  const columns = COLUMNS[audience]
  const [number, changed] = [sql.ref(`m.${columns.number}`), sql.ref(`m.${columns.revision}`)]
  return sql`coalesce((
    SELECT max(near.number) FROM (
      SELECT ${number} AS number, ${changed} AS revision FROM messages m
      WHERE m.ticket_id = d.ticket_id AND ${number} > d.least AND ${number} <= d.least + ${sql.lit(LOOKED_AT)}
    ) near WHERE near.revision <= ${revision}
  ), d.least)`
}

/**
 * Moves marks. All is looked up row by row: joined, Postgres would rather read whole tables. It inserts rows of participants only, and otherwise goes on with rows that there are, so that a user who was erased
 * meanwhile stays erased. What is acknowledged of a history or a term that is over is left out: its revisions may be others now.
 */
function moveFor(audience: Audience) {
  return prepare<{ list: string }, MovedRow>((db, { list }) =>
    sql<MovedRow>`
      INSERT INTO ticket_reads (ticket_id, user_id, audience, number, delivered)
      SELECT found.ticket_id, found.user_id, ${sql.lit(audience)}, 0, found.number FROM (
        SELECT d.ticket_id, d.user_id, ${numberAt(audience, sql`d.revision`)} AS number FROM (
          SELECT a.ticket_id, a.user_id, a.revision, (
            SELECT CASE WHEN s.entries + a.revision > s.revision THEN s.entries + a.revision - s.revision ELSE 0 END FROM streams s
            WHERE s.stream = a.stream AND ${HISTORY} || s.epoch = a.epoch AND ${endOfTerms(sql.ref('s.terms'))} = a.term
              AND a.revision <= s.revision
          ) AS least
          FROM (
            SELECT value ->> 0 AS ticket_id, value ->> 1 AS user_id, value ->> 2 AS stream, value ->> 3 AS epoch, value ->> 4 AS term,
              CAST(value ->> 5 AS bigint) AS revision
            FROM ${elementsOf(db, list)}
          ) a
        ) d
      ) found
      WHERE found.number > 0 AND coalesce(
        (SELECT 1 FROM participants p WHERE p.ticket_id = found.ticket_id AND p.user_id = found.user_id),
        (SELECT 1 FROM ticket_reads r WHERE r.ticket_id = found.ticket_id AND r.user_id = found.user_id AND r.audience = ${sql.lit(audience)})
      ) = 1
      ORDER BY found.ticket_id, found.user_id
      ON CONFLICT (ticket_id, user_id, audience) DO UPDATE SET delivered = excluded.delivered
        WHERE ticket_reads.delivered < excluded.delivered AND ticket_reads.number < excluded.delivered
      RETURNING ticket_id, coalesce((
        SELECT 1 FROM participants p WHERE p.ticket_id = ticket_reads.ticket_id AND p.user_id = ticket_reads.user_id
      ), 0) AS takes_part
    `.compile(db),
  )
}

const move = { public: moveFor('public'), staff: moveFor('staff') }

/** Moves the marks of one audience. Resolves to the tickets of those that have moved. */
async function moveMarks(tx: Tx, audience: Audience, marks: readonly Delivered[]): Promise<readonly MovedRow[]> {
  if (marks.length === 0) return []
  const list = marks.map(({ ticketId, userId, epoch, term, revision }) => [
    ticketId,
    userId,
    streamOf(ticketId, audience),
    epoch,
    term,
    revision,
  ])
  return move[audience](tx, { list: JSON.stringify(list) })
}

function idsOf(rows: readonly MovedRow[]): readonly string[] {
  return [...new Set(rows.map(({ ticket_id }) => ticket_id))]
}

function publishMoved(bus: Bus, rows: Readonly<Record<Audience, readonly MovedRow[]>>): void {
  const staff = idsOf([...rows.public, ...rows.staff])
  // Customers are told of participants only, and of none of the staff as such.
  const forCustomers = idsOf([...rows.public, ...rows.staff.filter(({ takes_part }) => takes_part === 1)])
  if (staff.length > 0) bus.publish(DELIVERIES, { public: forCustomers, staff })
}

function later(first: Delivered, last: Delivered): Delivered {
  return first.epoch === last.epoch && first.term === last.term && first.revision > last.revision ? first : last
}

/** The marks of a node that say which messages have reached a device, until they are written. */
export interface DeliveredMarks {
  /** Notes what a client has acknowledged. It is written about once a second, together with others, and published then. */
  note(delivered: Delivered): void
  /** Forgets what is not written yet of a user who is erased. */
  forget(userId: string): void
  /** Writes everything, and ends. Never rejects. */
  close(): Promise<void>
}

/** The delivered marks of one node. What it has not written yet when it crashes is lost: the next message makes up for it. */
export function createDeliveredMarks({ storage, bus, clock, log }: Deps): DeliveredMarks {
  const noted: Noted<Delivered> = createNoted({
    clock,
    merge: later,
    write: async (all) => {
      const [ofCustomers, ofStaff] = AUDIENCES.map((one) => all.filter(({ audience }) => audience === one))
      const rows = await storage.note(async (tx) => ({
        public: await moveMarks(tx, 'public', ofCustomers ?? []),
        staff: await moveMarks(tx, 'staff', ofStaff ?? []),
      }))
      publishMoved(bus, rows)
    },
    onFailure: (err) => log.warn({ err }, 'could not store which messages have been delivered'),
  })
  return {
    // No id has this character in it.
    note: (delivered) => noted.note([delivered.audience, delivered.ticketId, delivered.userId].join('\0'), delivered),
    forget: (userId) => noted.forget((one) => one.userId === userId),
    close: noted.close,
  }
}
