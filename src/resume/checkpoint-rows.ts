import { type Selectable, sql } from 'kysely'
import { elementsOf } from '../storage/json-elements.ts'
import { prepare } from '../storage/prepare.ts'
import type { Db, Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'
import type { Checkpoint, Place } from './checkpoint.ts'

/** Rows of one statement: on SQLite they take the event loop some 5 ms. */
export const ROWS_PER_STATEMENT = 500

/** Rows that one step of a sweep looks at. */
const SWEPT_ROWS = 2_000

/** How many checkpoints of a user are left when there were too many: some are made room for at once. */
export function keptOf(perUser: number): number {
  return Math.ceil((perUser * 7) / 8)
}

/**
 * The key of a mark that says: checkpoints of this user were given up within a day, because there were too many. A subscription that is
 * not known may be one of them.
 */
export function markOf(userId: string): string {
  return `~${userId}`
}

/** The mark itself, which belongs to no node. */
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

/** A list for `elementsOf`, sorted, so that two writers of several rows rarely wait for each other. */
function listOf(places: readonly Place[], toValues: (place: Place) => readonly unknown[]): string {
  return JSON.stringify([...places].sort((a, b) => (a.key < b.key ? -1 : 1)).map(toValues))
}

const select = prepare<{ keys: string }, Selectable<Tables['checkpoints']>>((db, { keys }) =>
  sql<Selectable<Tables['checkpoints']>>`
    SELECT * FROM checkpoints WHERE key IN (SELECT value ->> 0 FROM ${elementsOf(db, keys)})
  `.compile(db),
)

/** All places of these keys, by key; at most `ROWS_PER_STATEMENT` keys. */
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

/** Writes places, at most `ROWS_PER_STATEMENT`, whether known or not. */
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

// It is run most of all, and each value that is read from the list takes its time: only what moves is in it.
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
 * Moves places of one node, at most `ROWS_PER_STATEMENT`. Only those that are stored: who was erased in between stays erased. That
 * several clients have one is not taken back.
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

/** Removes places. */
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
 * Gives up the oldest checkpoints of users who have more than `perUser`, at most `ROWS_PER_STATEMENT` of each, and marks those users. When
 * there are more, since the limit was larger before, the next ones go the next time.
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

/** Removes the checkpoints of a user. */
export async function erasePlaces(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('checkpoints').where('user_id', '=', userId).execute()
}

/**
 * Goes on with a walk through all checkpoints, behind a key, and removes those that expired before a moment. Returns the key to go on
 * behind; undefined when it came to the end. An index would find them at once, and would be written with every move.
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
