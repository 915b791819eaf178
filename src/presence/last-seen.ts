import { sql } from 'kysely'
import type { Db, Tx } from '../storage/storage.ts'

/** By user id: when the user came, went, or was last seen, in milliseconds since 1970. */
export type Moments = ReadonlyMap<string, number>

/** The most rows of one statement. SQLite binds at most 32,766 values in one. */
const ROWS_PER_STATEMENT = 4_000

// Sorted by user, so that two transactions that write several rows cannot deadlock.
function chunks(moments: Moments): (readonly [userId: string, at: number])[][] {
  const rows = [...moments].sort(([a], [b]) => (a < b ? -1 : 1))
  return Array.from({ length: Math.ceil(rows.length / ROWS_PER_STATEMENT) }, (_, index) =>
    rows.slice(index * ROWS_PER_STATEMENT, (index + 1) * ROWS_PER_STATEMENT),
  )
}

/** Stores when users came online, as last seen. A later time that is stored already stays. */
export async function storeArrivals(tx: Tx, arrivals: Moments): Promise<void> {
  for (const rows of chunks(arrivals)) {
    await tx
      .insertInto('last_seen')
      .values(rows.map(([user_id, at]) => ({ user_id, at })))
      .onConflict((conflict) =>
        conflict
          .column('user_id')
          .doUpdateSet(({ ref }) => ({ at: ref('excluded.at') }))
          .whereRef('last_seen.at', '<', 'excluded.at'),
      )
      .execute()
  }
}

/**
 * Stores when users went offline, as last seen. Only for users who have a row already, so that a user who was erased meanwhile stays
 * erased.
 */
export async function storeDepartures(tx: Tx, departures: Moments): Promise<void> {
  for (const rows of chunks(departures)) {
    const values = sql.join(rows.map(([userId, at]) => sql`(${userId}, CAST(${at} AS bigint))`))
    await sql`
      WITH gone (user_id, at) AS (VALUES ${values})
      UPDATE last_seen SET at = gone.at FROM gone WHERE last_seen.user_id = gone.user_id AND last_seen.at < gone.at
    `.execute(tx)
  }
}

/** Reads when each of these users was last seen. Users who never were are left out. */
export async function readLastSeen(db: Db, userIds: readonly string[]): Promise<Moments> {
  const rows = await db.selectFrom('last_seen').selectAll().where('user_id', 'in', userIds).execute()
  return new Map(rows.map(({ user_id, at }) => [user_id, at]))
}

/** Deletes when a user was last seen. */
export async function eraseLastSeen(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('last_seen').where('user_id', '=', userId).execute()
}
