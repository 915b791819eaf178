import type { Clock } from '../lib/clock.ts'
import type { Retention } from '../lib/limits.ts'
import { untilNothing } from '../lib/steps.ts'
import type { Storage, Tx } from '../storage/storage.ts'

/** What makes a ticket one of a user's: they take part, or it is assigned to them. */
export type Belonging = 'participant' | 'assignee'

/** The users into whose lists a ticket came by a write, and those from whose lists it went. */
export interface Moves {
  readonly was: Belonging
  readonly came: readonly string[]
  readonly left: readonly string[]
}

const DAY_MS = 24 * 60 * 60 * 1000
/** Departures that one step deletes. */
const ROWS = 1_000
const NAME = 'herald departures'

/** Notes which users lost a ticket, and forgets that of users who have it again. Runs in the write that moves them. */
export async function noteDepartures(tx: Tx, ticketId: string, { was, came, left }: Moves, at: number): Promise<void> {
  if (came.length > 0) {
    await tx
      .deleteFrom('ticket_departures')
      .where('user_id', 'in', came)
      .where('was', '=', was)
      .where('ticket_id', '=', ticketId)
      .execute()
  }
  if (left.length === 0) return
  await tx
    .insertInto('ticket_departures')
    .values(left.map((user_id) => ({ user_id, was, ticket_id: ticketId, at })))
    .onConflict((conflict) => conflict.columns(['user_id', 'was', 'ticket_id']).doUpdateSet({ at }))
    .execute()
}

/** Reads when a user lost a ticket, in milliseconds since 1970. Undefined when that was not noted, or is long ago. */
export async function readDeparture(
  tx: Tx,
  userId: string,
  was: Belonging,
  ticketId: string,
): Promise<number | undefined> {
  const row = await tx
    .selectFrom('ticket_departures')
    .select('at')
    .where('user_id', '=', userId)
    .where('was', '=', was)
    .where('ticket_id', '=', ticketId)
    .executeTakeFirst()
  return row?.at
}

/** Reads the tickets that a user lost, at most `max`, the latest first. */
export async function readDepartures(tx: Tx, userId: string, was: Belonging, max: number): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('ticket_departures')
    .select('ticket_id')
    .where('user_id', '=', userId)
    .where('was', '=', was)
    .orderBy('at', 'desc')
    .orderBy('ticket_id', 'desc')
    .limit(max)
    .execute()
  return rows.map(({ ticket_id }) => ticket_id)
}

interface PruneDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly retention: Pick<Retention, 'removedDays'>
}

/** Creates the command that deletes departures of long ago, in small steps. Resolves to how many. */
export function createPruneDepartures({ storage, clock, retention }: PruneDeps) {
  const step = (before: number): Promise<number | undefined> =>
    storage.write(async (tx) => {
      if (!(await storage.tryLock(tx, NAME))) return undefined
      const old = tx
        .selectFrom('ticket_departures')
        .select(['user_id', 'was', 'ticket_id'])
        .where('at', '<=', before)
        .limit(ROWS)
      const { numDeletedRows } = await tx
        .deleteFrom('ticket_departures')
        .where(({ eb, refTuple }) =>
          eb(refTuple('user_id', 'was', 'ticket_id'), 'in', old.$asTuple('user_id', 'was', 'ticket_id')),
        )
        .executeTakeFirst()
      return Number(numDeletedRows) || undefined
    }, NAME)

  return async (): Promise<number> => {
    const before = clock.now() - retention.removedDays * DAY_MS
    return untilNothing(() => step(before))
  }
}
