import { readHistory } from '../storage/incarnation.ts'
import type { Db, Tx } from '../storage/storage.ts'

/** The row of `meta` that says since when positions are stored in which history. */
const KEY = 'positions'

const readSince = async (db: Db): Promise<{ readonly history: string; readonly since: number | undefined }> => {
  const history = await readHistory(db)
  const row = await db.selectFrom('meta').select('value').where('key', '=', KEY).executeTakeFirst()
  const [known, since] = row?.value.split(' ') ?? []
  return { history, since: known === history ? Number(since) : undefined }
}

/**
 * Whether positions that clients still hold may be missing because the database went back in time: what was stored of them after the
 * backup is gone with the rest. True for `lastsMs` from when the first subscription of a new history begins.
 */
export const mayLackPositions = async (db: Db, now: number, lastsMs: number): Promise<boolean> => {
  const { history, since = now } = await readSince(db)
  return history !== '' && now < since + lastsMs
}

/** Stores since when positions are stored in the present history, if that is new. */
export const notePositionsSince = async (tx: Tx, now: number): Promise<void> => {
  const { history, since } = await readSince(tx)
  if (history === '' || since !== undefined) return
  const value = `${history} ${now}`
  await tx
    .insertInto('meta')
    .values({ key: KEY, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}
