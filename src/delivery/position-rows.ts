import { sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import { keptOf, markEntry } from './position-home.ts'
import type { StoredPosition } from './positions.ts'

/** Rows of one statement; SQLite binds at most 32,766 values in it. */
export const ROWS_PER_STATEMENT = 2_000

// Sorted, so that two writers of several rows cannot wait for each other.
const sorted = (positions: readonly StoredPosition[]): StoredPosition[] =>
  [...positions].sort((a, b) => (a.key < b.key ? -1 : 1))

/** The positions of these keys, at most `ROWS_PER_STATEMENT`; those that are unknown are left out. */
export const readPositions = async (tx: Tx, keys: readonly string[]): Promise<ReadonlyMap<string, StoredPosition>> => {
  const rows = await tx.selectFrom('positions').selectAll().where('key', 'in', keys).execute()
  return new Map(
    rows.map(({ key, user_id: userId, expires_at: expiresAt, has_echoed: echoed, clients, ...rest }) => [
      key,
      { key, userId, expiresAt, hasEchoed: echoed === 1, isShared: clients > 1, ...rest },
    ]),
  )
}

/** Writes positions, at most `ROWS_PER_STATEMENT`, whether known or not. */
export const putPositions = async (tx: Tx, positions: readonly StoredPosition[]): Promise<void> => {
  const rows = sorted(positions).map(({ key, userId, epoch, term, revision, expiresAt, hasEchoed, isShared }) => ({
    key,
    user_id: userId,
    epoch,
    term,
    revision,
    expires_at: expiresAt,
    has_echoed: hasEchoed ? 1 : 0,
    clients: isShared ? 2 : 1,
  }))
  await tx
    .insertInto('positions')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet(({ ref }) => ({
        epoch: ref('excluded.epoch'),
        term: ref('excluded.term'),
        revision: ref('excluded.revision'),
        expires_at: ref('excluded.expires_at'),
        has_echoed: ref('excluded.has_echoed'),
        clients: ref('excluded.clients'),
      })),
    )
    .execute()
}

/** Moves positions, at most `ROWS_PER_STATEMENT`. Only those that are stored: who was erased in between stays erased. */
export const movePositions = async (tx: Tx, positions: readonly StoredPosition[]): Promise<void> => {
  const values = sql.join(
    sorted(positions).map(
      ({ key, epoch, term, revision, expiresAt, hasEchoed, isShared }) =>
        sql`(${key}, ${epoch}, ${term}, CAST(${revision} AS bigint), CAST(${expiresAt} AS bigint), ${hasEchoed ? 1 : 0}, ${isShared ? 2 : 1})`,
    ),
  )
  await sql`
    WITH moved (key, epoch, term, revision, expires_at, has_echoed, clients) AS (VALUES ${values})
    UPDATE positions SET term = moved.term, revision = moved.revision, expires_at = moved.expires_at, has_echoed = CAST(moved.has_echoed AS integer),
      clients = CAST(moved.clients AS integer)
    FROM moved
    WHERE positions.key = moved.key AND positions.epoch = moved.epoch
  `.execute(tx)
}

/** Removes positions, at most `ROWS_PER_STATEMENT`. */
export const removePositions = async (tx: Tx, keys: readonly string[]): Promise<void> => {
  await tx.deleteFrom('positions').where('key', 'in', keys).execute()
}

/**
 * Gives up the oldest positions of users who have more than `perUser`, at most `ROWS_PER_STATEMENT` of each, and marks those users. When
 * there are more, since the limit was larger before, the next ones go the next time.
 */
export const giveUpOldest = async (
  tx: Tx,
  userIds: readonly string[],
  { perUser, now }: { readonly perUser: number; readonly now: number },
): Promise<void> => {
  const crowded = await tx
    .selectFrom('positions')
    .select(({ fn }) => ['user_id', fn.countAll<number>().as('count')])
    .where('user_id', 'in', userIds)
    .groupBy('user_id')
    .having(({ fn }) => fn.countAll(), '>', perUser)
    .execute()
  for (const { user_id: userId, count } of crowded) {
    const oldest = tx
      .selectFrom('positions')
      .select('key')
      .where('user_id', '=', userId)
      .orderBy('expires_at')
      .limit(Math.min(count - keptOf(perUser), ROWS_PER_STATEMENT))
    await tx.deleteFrom('positions').where('key', 'in', oldest).execute()
    await putPositions(tx, [markEntry(userId, now)])
  }
}

/** Removes the positions of a user. */
export const erasePositions = async (tx: Tx, userId: string): Promise<void> => {
  await tx.deleteFrom('positions').where('user_id', '=', userId).execute()
}

/** Removes positions that expired before a moment, at most `ROWS_PER_STATEMENT`. */
export const sweepPositions = async (tx: Tx, before: number): Promise<void> => {
  const old = tx.selectFrom('positions').select('key').where('expires_at', '<', before).limit(ROWS_PER_STATEMENT)
  await tx.deleteFrom('positions').where('key', 'in', old).execute()
}
