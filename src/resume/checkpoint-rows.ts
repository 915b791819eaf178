import { type Selectable, sql } from 'kysely'
import { elementsOf } from '../storage/json-elements.ts'
import { prepare } from '../storage/prepare.ts'
import type { Db, Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'
import type { Checkpoint, Place } from './checkpoint.ts'

/** The most rows of one statement. On SQLite that many keep the event loop for some 5 ms. */
export const ROWS_PER_STATEMENT = 500

/** How many rows one step of a sweep goes through. */
const SWEPT_ROWS = 2_000

/** How many checkpoints of a user are kept when there were more than `perUser`: seven eighths, so that the next ones have room. */
export function keptOf(perUser: number): number {
  return Math.ceil((perUser * 7) / 8)
}

/**
 * The key of a user's mark. It is a row that says that checkpoints of the user were given up, because there were too many. For a day after
 * that, an unknown subscription of the user may be one of them.
 */
export function markOf(userId: string): string {
  return `~${userId}`
}

/** The mark of a user (see `markOf`), with the time `now` in `expiresAt`. It belongs to no node. */
export function markFor(userId: string, now: number): Checkpoint {
  return {
    key: markOf(userId),
    userId,
    epoch: '',
    term: '',
    revision: null,
    expiresAt: now,
    hasEchoed: true,
    isShared: false,
  }
}

function markPlace(userId: string, now: number): Place {
  return {
    ...markFor(userId, now),
    ...{ node: '', isHeld: false, cameAt: 0, aliveAt: 0, doubtedAt: 0 },
  }
}

/** The places as a JSON list for `elementsOf`, sorted by key, so that two transactions rarely wait for each other. */
function listOf(places: readonly Place[], toValues: (place: Place) => readonly unknown[]): string {
  return JSON.stringify([...places].sort((a, b) => (a.key < b.key ? -1 : 1)).map(toValues))
}

const select = prepare<{ keys: string }, Selectable<Tables['checkpoints']>>((db, { keys }) =>
  sql<Selectable<Tables['checkpoints']>>`
    SELECT * FROM checkpoints WHERE key IN (SELECT value ->> 0 FROM ${elementsOf(db, keys)})
  `.compile(db),
)

/** Reads all places of these keys, on all nodes, by key. A key without places is left out. At most `ROWS_PER_STATEMENT` keys. */
export async function readPlaces(db: Db, keys: readonly string[]): Promise<ReadonlyMap<string, readonly Place[]>> {
  const rows = await select(db, { keys: JSON.stringify(keys.map((key) => [key])) })
  const places = rows.map((row) => ({
    key: row.key,
    node: row.node,
    userId: row.user_id,
    epoch: row.epoch,
    term: row.term,
    revision: row.revision,
    expiresAt: row.expires_at,
    hasEchoed: row.has_echoed === 1,
    isShared: row.is_shared === 1,
    isHeld: row.is_held === 1,
    cameAt: row.came_at,
    aliveAt: row.alive_at,
    doubtedAt: row.doubted_at,
  }))
  return Map.groupBy(places, ({ key }) => key)
}

const put = prepare<{ list: string }, unknown>((db, { list }) =>
  sql`
    INSERT INTO checkpoints (key, node, user_id, epoch, term, revision, expires_at, has_echoed, is_shared, is_held, came_at, alive_at, doubted_at)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, CAST(value ->> 5 AS bigint), CAST(value ->> 6 AS bigint),
      CAST(value ->> 7 AS integer), CAST(value ->> 8 AS integer), CAST(value ->> 9 AS integer), CAST(value ->> 10 AS bigint),
      CAST(value ->> 11 AS bigint), CAST(value ->> 12 AS bigint)
    FROM ${elementsOf(db, list)} WHERE true
    ON CONFLICT (key, node) DO UPDATE SET epoch = excluded.epoch, term = excluded.term, revision = excluded.revision, expires_at = excluded.expires_at,
      has_echoed = excluded.has_echoed, is_shared = excluded.is_shared, is_held = excluded.is_held, came_at = excluded.came_at,
      alive_at = excluded.alive_at, doubted_at = excluded.doubted_at
  `.compile(db),
)

/** Inserts places, or replaces those of the same key and node. At most `ROWS_PER_STATEMENT`. */
export async function putPlaces(tx: Tx, places: readonly Place[]): Promise<void> {
  if (places.length === 0) return
  const list = listOf(places, (place) => [
    place.key,
    place.node,
    place.userId,
    place.epoch,
    place.term,
    place.revision,
    place.expiresAt,
    Number(place.hasEchoed),
    Number(place.isShared),
    Number(place.isHeld),
    place.cameAt,
    place.aliveAt,
    place.doubtedAt,
  ])
  await put(tx, { list })
}

// The most frequent statement. Only columns that can change are in its list, since each value that is read from JSON takes time.
const move = prepare<{ node: string; list: string }, unknown>((db, { node, list }) =>
  sql`
    UPDATE checkpoints SET term = moved.term, revision = moved.revision, expires_at = moved.expires_at, alive_at = moved.alive_at,
      has_echoed = moved.has_echoed, is_held = moved.is_held,
      is_shared = CASE WHEN checkpoints.is_shared = 1 THEN 1 ELSE moved.is_shared END
    FROM (
      SELECT value ->> 0 AS key, value ->> 1 AS epoch, value ->> 2 AS term, CAST(value ->> 3 AS bigint) AS revision,
        CAST(value ->> 4 AS bigint) AS expires_at, CAST(value ->> 5 AS bigint) AS alive_at, CAST(value ->> 6 AS integer) AS has_echoed,
        CAST(value ->> 7 AS integer) AS is_shared, CAST(value ->> 8 AS integer) AS is_held
      FROM ${elementsOf(db, list)}
    ) AS moved
    WHERE checkpoints.key = moved.key AND checkpoints.node = ${node} AND checkpoints.epoch = moved.epoch
  `.compile(db),
)

/**
 * Updates places of one node, at most `ROWS_PER_STATEMENT`. Inserts none, so that a user who was erased meanwhile stays erased. `isShared`
 * is never set back to false.
 */
export async function movePlaces(tx: Tx, node: string, places: readonly Place[]): Promise<void> {
  const list = listOf(places, (place) => [
    place.key,
    place.epoch,
    place.term,
    place.revision,
    place.expiresAt,
    place.aliveAt,
    Number(place.hasEchoed),
    Number(place.isShared),
    Number(place.isHeld),
  ])
  await move(tx, { node, list })
}

const remove = prepare<{ list: string }, unknown>((db, { list }) =>
  sql`
    DELETE FROM checkpoints WHERE (key, node) IN (SELECT value ->> 0, value ->> 1 FROM ${elementsOf(db, list)})
  `.compile(db),
)

/** Deletes places by key and node. */
export async function removePlaces(tx: Tx, places: readonly Pick<Place, 'key' | 'node'>[]): Promise<void> {
  if (places.length > 0) await remove(tx, { list: JSON.stringify(places.map(({ key, node }) => [key, node])) })
}

interface Crowded {
  readonly user_id: string
  readonly count: number
}

const selectCrowded = prepare<{ users: string; perUser: number }, Crowded>((db, { users, perUser }) =>
  sql<Crowded>`
    SELECT user_id, count(*) AS count FROM checkpoints WHERE user_id IN (SELECT value ->> 0 FROM ${elementsOf(db, users)})
    GROUP BY user_id HAVING count(*) > ${perUser}
  `.compile(db),
)

/**
 * Deletes the oldest checkpoints of users who have more than `perUser`, and marks those users (see `markOf`). At most `ROWS_PER_STATEMENT`
 * of each user are deleted; more go the next time, such as after the limit was lowered.
 */
export async function giveUpOldest(
  tx: Tx,
  userIds: readonly string[],
  { perUser, now }: { readonly perUser: number; readonly now: number },
): Promise<void> {
  const crowded = await selectCrowded(tx, { users: JSON.stringify(userIds.map((userId) => [userId])), perUser })
  for (const { user_id: userId, count } of crowded) {
    const oldest = tx
      .selectFrom('checkpoints')
      .select('key')
      .where('user_id', '=', userId)
      .orderBy('expires_at')
      .limit(Math.min(count - keptOf(perUser), ROWS_PER_STATEMENT))
    await tx.deleteFrom('checkpoints').where('key', 'in', oldest).execute()
    await putPlaces(tx, [markPlace(userId, now)])
  }
}

/** Deletes all checkpoints of a user. */
export async function erasePlaces(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('checkpoints').where('user_id', '=', userId).execute()
}

/**
 * Takes one step of a sweep through all checkpoints: goes on after a key, and deletes those that expired before the time `before`. Resolves
 * to the key for the next step; undefined at the end. There is no index for this, because every move would have to write it.
 */
export async function sweepPlaces(
  tx: Tx,
  { after, before }: { readonly after: string; readonly before: number },
): Promise<string | undefined> {
  const last = await tx
    .selectFrom('checkpoints')
    .select('key')
    .where('key', '>', after)
    .orderBy('key')
    .offset(SWEPT_ROWS - 1)
    .limit(1)
    .executeTakeFirst()
  let old = tx.deleteFrom('checkpoints').where('key', '>', after).where('expires_at', '<', before)
  if (last) old = old.where('key', '<=', last.key)
  await old.execute()
  return last?.key
}
