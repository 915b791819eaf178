import { sql } from 'kysely'
import type { Db, Tx } from '../storage/storage.ts'

/** When users were online, in milliseconds since 1970, by user id. */
export type Moments = ReadonlyMap<string, number>

/** Rows of one statement; SQLite binds at most 32,766 values in it. */
const ROWS_PER_STATEMENT = 4_000

// Sorted, so that two writers of several rows cannot wait for each other.
function chunks(moments: Moments): (readonly [userId: string, at: number])[][] {
  const rows = [...moments].sort(([a], [b]) => (a < b ? -1 : 1))
  return Array.from({ length: Math.ceil(rows.length / ROWS_PER_STATEMENT) }, (_, index) =>
    rows.slice(index * ROWS_PER_STATEMENT, (index + 1) * ROWS_PER_STATEMENT),
  )
}

/** Notes that users came online. A later moment stays. */
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

/** Notes when users went. Only of users whose arrival is stored: who was erased in between stays erased. */
export async function storeDepartures(tx: Tx, departures: Moments): Promise<void> {
  for (const rows of chunks(departures)) {
    const values = sql.join(rows.map(([userId, at]) => sql`(${userId}, CAST(${at} AS bigint))`))
    await sql`
      WITH gone (user_id, at) AS (VALUES ${values})
      UPDATE last_seen SET at = gone.at FROM gone WHERE last_seen.user_id = gone.user_id AND last_seen.at < gone.at
    `.execute(tx)
  }
}

/** When each of these users was last seen; users who never were are left out. */
export async function readLastSeen(db: Db, userIds: readonly string[]): Promise<Moments> {
  const rows = await db.selectFrom('last_seen').selectAll().where('user_id', 'in', userIds).execute()
  return new Map(rows.map(({ user_id, at }) => [user_id, at]))
}

/** Forgets when a user was last seen. */
export async function eraseLastSeen(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('last_seen').where('user_id', '=', userId).execute()
}
