import { type RawBuilder, sql } from 'kysely'
import { prepare } from '../storage/prepare.ts'
import type { Db, Tx } from '../storage/storage.ts'

/** The row of `meta` that says since when checkpoints are stored in which history: `<history> <since>`. */
const KEY = 'checkpoints'
/** Of earlier versions: `redis` where checkpoints were in Redis, and else as above. */
const FORMER_KEY = 'positions'
/** So long, from its first subscription on, a Herald that keeps checkpoints in the database may get clients whose checkpoints are in Redis. */
const MOVE_MS = 60 * 60 * 1_000

/** When it is, and since when checkpoints are stored. */
export interface Moment {
  /** By the clock of the database. */
  readonly now: number
  /** In which the database is. */
  readonly history: string
  /** Undefined where the first one in this history is still to come. */
  readonly since: number | undefined
  /** An earlier version kept checkpoints in Redis. */
  readonly wasInRedis: boolean
}

interface Row {
  readonly now: number
  readonly history: string
  readonly known: string | null
  readonly former: string | null
}

/** Makes what reads the moment, in one statement; `clock` is the time as a part of a statement. */
export function createReadMoment(clock: RawBuilder<number>): (db: Db) => Promise<Moment> {
  const select = prepare<object, Row>((db) =>
    sql<Row>`
      SELECT ${clock} AS now, (SELECT history FROM incarnation) AS history, (SELECT value FROM meta WHERE key = ${KEY}) AS known,
        (SELECT value FROM meta WHERE key = ${FORMER_KEY}) AS former
    `.compile(db),
  )
  return async (db) => {
    const [row] = await select(db, {})
    if (!row) throw new Error('The database says no time')
    const { now, history, former } = row
    const wasInRedis = former === 'redis'
    const [known, since] = (row.known ?? (wasInRedis ? null : former))?.split(' ') ?? []
    return { now, history, since: known === history ? Number(since) : undefined, wasInRedis }
  }
}

/**
 * Whether checkpoints that clients still hold may be missing, so that a subscription that is not known need not be new. That is so for
 * `lastsMs` after the database went back in time, since what was stored after the backup is gone with the rest, and for an hour after an
 * upgrade from a version that kept them in Redis; both from when the first subscription begins.
 */
export function mayLackCheckpoints({ now, history, since = now, wasInRedis }: Moment, lastsMs: number): boolean {
  if (wasInRedis && now < since + MOVE_MS) return true
  return history !== '' && now < since + lastsMs
}

/** Stores since when checkpoints are stored in the present history, if that is new. */
export async function noteCheckpointsSince(tx: Tx, { now, history, since, wasInRedis }: Moment): Promise<void> {
  if (since !== undefined || (history === '' && !wasInRedis)) return
  const value = `${history} ${now}`
  await tx
    .insertInto('meta')
    .values({ key: KEY, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}
