import { sql } from 'kysely'
import type { Confirmed } from '../delivery/description.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { createNoted } from '../lib/noted.ts'
import { HISTORY } from '../storage/incarnation.ts'
import { elementsOf } from '../storage/json-elements.ts'
import { skippingLocked } from '../storage/locked-rows.ts'
import { prepare } from '../storage/prepare.ts'
import type { Storage } from '../storage/storage.ts'
import { endOfTerms } from '../storage/stream-terms.ts'

interface Deps {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
}

/** Revisions of an inbox that a device has got, and when it said so: those after `after`, up to `upTo`. */
interface GotRange {
  readonly after: number
  readonly upTo: number
  readonly at: number
}

/** What devices of one user have got, in one history and term. */
interface Got {
  readonly userId: string
  readonly epoch: string
  readonly term: string
  readonly ranges: readonly GotRange[]
}

/**
 * Adds a range as far as earlier ones do not have it: of several devices the first one counts. What follows the last range becomes one with
 * it, at the time of the later one: that is a second more, or longer when so much is written that ranges wait.
 */
function withRange(ranges: readonly GotRange[], { after, upTo, at }: GotRange): readonly GotRange[] {
  const last = ranges.at(-1)
  if (last?.upTo === after) return ranges.with(-1, { after: last.after, upTo, at })
  const from = ranges.reduce((low, known) => (low >= known.after && low < known.upTo ? known.upTo : low), after)
  return from < upTo ? [...ranges, { after: from, upTo, at }] : ranges
}

/** Joins what devices of one user have got. */
function joined(first: Got, last: Got): Got {
  return { ...last, ranges: last.ranges.reduce(withRange, first.ranges) }
}

/**
 * Sets when notifications were first delivered. Nobody is told, and no revision moves. Left out is what was removed or has expired, since a
 * device that was away did not get it, and what is acknowledged of a history or a term that is over. It waits for nobody: a row that is
 * being marked is delivered by that, too. Rows are found first, by the place where they arrived, and then changed by their keys.
 */
const setDelivered = prepare<{ list: string }, unknown>((db, { list }) =>
  sql`
    WITH got AS MATERIALIZED (
      SELECT i.user_id, i.notification_id, a.at
      FROM (
        SELECT value ->> 0 AS user_id, value ->> 1 AS epoch, value ->> 2 AS term, CAST(value ->> 3 AS bigint) AS after,
          CAST(value ->> 4 AS bigint) AS up_to, CAST(value ->> 5 AS bigint) AS at
        FROM ${elementsOf(db, list)}
      ) a
      CROSS JOIN streams s
      CROSS JOIN inbox i
      WHERE s.stream = 'user:' || a.user_id AND ${HISTORY} || s.epoch = a.epoch AND ${endOfTerms(sql.ref('s.terms'))} = a.term
        AND i.user_id = a.user_id AND i.arrived_revision > a.after AND i.arrived_revision <= a.up_to
        AND i.delivered_at IS NULL AND i.removed_at IS NULL AND (i.expires_at IS NULL OR i.expires_at > a.at)
      ${skippingLocked(db, 'i')}
    )
    UPDATE inbox SET delivered_at = got.at FROM got
    WHERE inbox.user_id = got.user_id AND inbox.notification_id = got.notification_id
  `.compile(db),
)

/** Revisions of one statement: so few that it never holds up the process. */
const REVISIONS_PER_STATEMENT = 2_000

/** A range of a user as `setDelivered` takes it: the user, the epoch, the term, and the range. */
type Listed = readonly [userId: string, epoch: string, term: string, after: number, upTo: number, at: number]

/** Lists ranges for statements, those of more revisions than one statement has in pieces. */
function toStatements(all: readonly Got[]): readonly (readonly Listed[])[] {
  const statements: Listed[][] = []
  let left = 0
  for (const { userId, epoch, term, ranges } of all) {
    for (const { after, upTo, at } of ranges) {
      for (let from = after; from < upTo; ) {
        if (left === 0) {
          statements.push([])
          left = REVISIONS_PER_STATEMENT
        }
        const end = Math.min(upTo, from + left)
        statements.at(-1)?.push([userId, epoch, term, from, end, at])
        left -= end - from
        from = end
      }
    }
  }
  return statements
}

/** The times of delivery of a node, until they are written. */
export interface DeliveredTimes {
  /** Notes what a device of a user has acknowledged of the inbox. It is written about once a second, together with others. */
  note(userId: string, epoch: string, confirmed: Confirmed): void
  /** Writes everything, and ends. Never rejects. */
  close(): Promise<void>
}

/** The times of delivery of one node. What it has not written yet when it crashes is lost. */
export function createDeliveredTimes({ storage, clock, log }: Deps): DeliveredTimes {
  const noted = createNoted<Got>({
    clock,
    merge: joined,
    write: async (all) => {
      for (const list of toStatements(all)) {
        await storage.note((tx) => setDelivered(tx, { list: JSON.stringify(list) }))
      }
    },
    onFailure: (err) => log.warn({ err }, 'could not store which notifications have been delivered'),
  })
  return {
    note: (userId, epoch, { after, revision: upTo, term }) => {
      // Otherwise the device may have missed something in between.
      if (after === null || upTo <= after) return
      // No id has this character in it.
      noted.note(`${userId}\0${epoch}\0${term}`, { userId, epoch, term, ranges: [{ after, upTo, at: clock.now() }] })
    },
    close: noted.close,
  }
}
