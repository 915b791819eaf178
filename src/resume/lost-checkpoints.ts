import { type RawBuilder, sql } from 'kysely'
import { prepare } from '../storage/prepare.ts'
import type { Db, Tx } from '../storage/storage.ts'

/** The key of a row in `meta`: in which history checkpoints are stored, and since when. Its value is `<history> <since>`. */
const KEY = 'checkpoints'
/** The key of that row in earlier versions. Its value is `redis` when they kept checkpoints in Redis. */
const FORMER_KEY = 'positions'
/** After an upgrade from a version with checkpoints in Redis, clients may come with such a checkpoint for this long. */
const MOVE_MS = 60 * 60 * 1_000

/** The time of the database, and since when it has checkpoints. Times are milliseconds since 1970. */
export interface Moment {
  /** The time by the clock of the database. */
  readonly now: number
  /** The history that the database is in, which is another one after it went back in time. */
  readonly history: string
  /** Since when checkpoints are stored in this history. Undefined before the first one. */
  readonly since: number | undefined
  /** Whether an earlier version kept checkpoints in Redis. */
  readonly wasInRedis: boolean
}

interface Row {
  readonly now: number
  readonly history: string
  readonly known: string | null
  readonly former: string | null
}

/** Returns a function that reads the moment with one statement. `clock` is the SQL for the time of the database. */
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
 * Whether the database may lack checkpoints that it had before, so that an unknown subscription need not be new. That is so for `lastsMs`
 * after the database went back in time. It is also so for an hour after an upgrade from a version that kept checkpoints in Redis. Both
 * times begin with the first subscription after that.
 */
export function mayLackCheckpoints({ now, history, since = now, wasInRedis }: Moment, lastsMs: number): boolean {
  if (wasInRedis && now < since + MOVE_MS) return true
  return history !== '' && now < since + lastsMs
}

/** Stores that checkpoints are stored in the present history from now on, if that is new. */
export async function noteCheckpointsSince(tx: Tx, { now, history, since, wasInRedis }: Moment): Promise<void> {
  if (since !== undefined || (history === '' && !wasInRedis)) return
  const value = `${history} ${now}`
  await tx
    .insertInto('meta')
    .values({ key: KEY, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}
