import { readHistory } from '../storage/incarnation.ts'
import type { Db, Tx } from '../storage/storage.ts'

/** The row of `meta` that says since when checkpoints are stored in which history: `<history> <since>`. */
const KEY = 'checkpoints'
/** Of earlier versions: `redis` where checkpoints were in Redis, and else as above. */
const FORMER_KEY = 'positions'
/** So long, from its first subscription on, a Herald that keeps checkpoints in the database may get clients whose checkpoints are in Redis. */
const MOVE_MS = 60 * 60 * 1_000

interface Since {
  readonly history: string
  readonly since: number | undefined
  /** An earlier version kept checkpoints in Redis. */
  readonly wasInRedis: boolean
}

const readSince = async (db: Db): Promise<Since> => {
  const history = await readHistory(db)
  const rows = await db.selectFrom('meta').selectAll().where('key', 'in', [KEY, FORMER_KEY]).execute()
  const former = rows.find(({ key }) => key === FORMER_KEY)?.value
  const wasInRedis = former === 'redis'
  const value = rows.find(({ key }) => key === KEY)?.value ?? (wasInRedis ? undefined : former)
  const [known, since] = value?.split(' ') ?? []
  return { history, since: known === history ? Number(since) : undefined, wasInRedis }
}

/**
 * Whether checkpoints that clients still hold may be missing, so that a subscription that is not known need not be new. That is so for
 * `lastsMs` after the database went back in time, since what was stored after the backup is gone with the rest, and for an hour after an
 * upgrade from a version that kept them in Redis; both from when the first subscription begins.
 */
export async function mayLackCheckpoints(db: Db, now: number, lastsMs: number): Promise<boolean> {
  const { history, since = now, wasInRedis } = await readSince(db)
  if (wasInRedis && now < since + MOVE_MS) return true
  return history !== '' && now < since + lastsMs
}

/** Stores since when checkpoints are stored in the present history, if that is new. */
export async function noteCheckpointsSince(tx: Tx, now: number): Promise<void> {
  const { history, since, wasInRedis } = await readSince(tx)
  if (since !== undefined || (history === '' && !wasInRedis)) return
  const value = `${history} ${now}`
  await tx
    .insertInto('meta')
    .values({ key: KEY, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}
