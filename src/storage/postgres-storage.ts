import { setTimeout } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { type Backoff, backoffMs } from '../lib/backoff.ts'
import { createStreamCommit, type Transact } from './group-commit.ts'
import { WITHOUT_WAITING } from './held.ts'
import { beginIncarnation, openTerm, readIncarnation, StaleTermError } from './incarnation.ts'
import { migrate } from './migrate.ts'
import { isConflict, isConnectionLost, isHeld, isTimeout, outcomeUnknown, translated } from './postgres-errors.ts'
import { createPersist, findHeld } from './postgres-held.ts'
import { prepareIncarnation } from './postgres-incarnation.ts'
import { openPostgres, openUntimedPostgres, type PostgresOptions } from './postgres-pool.ts'
import { explainPostgresStart, requireVersion } from './postgres-start.ts'
import type { Storage, Tx } from './storage.ts'
import type { Tables } from './tables.ts'

/** The advisory lock under which one process migrates: a number that nothing else locks in this database. */
const MIGRATION_LOCK = 4_781_295_531

const NOW = sql<number>`CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)`

/** Whether a node serves from the database now, by its lease. */
async function isServed(tx: Tx): Promise<boolean> {
  return (await tx.selectFrom('nodes').select('id').where('expires_at', '>', NOW).executeTakeFirst()) !== undefined
}

/**
 * Brings the schema up to date and resolves to the epoch of the database. Of several nodes that start at once, one does it while the others
 * wait.
 */
async function migrateOnce(options: PostgresOptions): Promise<string> {
  const db = openUntimedPostgres(options)
  try {
    await requireVersion(db, options.url)
    return await db.transaction().execute(async (tx) => {
      await sql`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(tx)
      // Bytewise order, as SQLite and cursors have it, whatever the language of the database.
      const epoch = await migrate(tx, sql`text COLLATE "C"`, prepareIncarnation)
      await beginIncarnation(tx, options.isAlone === true || (options.isNode === true && !(await isServed(tx))))
      return epoch
    })
  } finally {
    await db.destroy()
  }
}

/** Whether the whole transaction can run again: it was rolled back, or never began. */
function isRetried(error: unknown): boolean {
  return isConflict(error) || isConnectionLost(error) || error instanceof StaleTermError
}

function translating<Result>(result: Promise<Result>): Promise<Result> {
  return result.catch((error: unknown) => Promise.reject(translated(error)))
}

const RETRY: Backoff = { firstMs: 40, maxMs: 640 }
/** How often a transaction runs again before its error is thrown. */
const MAX_RETRIES = 5

/**
 * Runs a transaction. Runs it again, five times at most, when another one was in the way, or the connection was lost before anything could
 * be kept.
 */
async function trying<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (failures === MAX_RETRIES || isTimeout(error) || !isRetried(error)) throw error
      await setTimeout(backoffMs(RETRY, failures))
    }
  }
}

function readOnce<Result>(db: Kysely<Tables>, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work)
}

async function writeOnce<Result>(db: Kysely<Tables>, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  let isCommitting = false
  try {
    return await db
      .transaction()
      .setIsolationLevel('read committed')
      .execute(async (tx) => {
        const result = await work(tx)
        isCommitting = true
        return result
      })
  } catch (error) {
    throw isCommitting && isConnectionLost(error) ? outcomeUnknown(error) : error
  }
}

/** Opens a new term when the database was restarted or restored. Of several nodes that notice it, one does. */
function openTermOnce(db: Kysely<Tables>): Promise<void> {
  return db.transaction().execute(async (tx) => {
    const known = await readIncarnation(tx)
    if (known.fingerprint !== known.found) await openTerm(tx, known)
  })
}

/** Opens a database of a Postgres server (15 or newer) and brings its schema up to date. Rejects with a StartError when it cannot be used. */
export async function openPostgresStorage(options: PostgresOptions): Promise<Storage> {
  const epoch = await trying(() => migrateOnce(options)).catch((error: unknown) => {
    throw explainPostgresStart(error, options.url)
  })
  const { reads, writes, close, writers } = openPostgres(options)
  const writeInTerm = async <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> => {
    try {
      return await writeOnce(writes, work)
    } catch (error) {
      if (error instanceof StaleTermError) await openTermOnce(writes)
      throw error
    }
  }
  const { persist, noteTrouble } = createPersist(Math.ceil(writers / 2))
  const writeNow: Transact = (work) =>
    trying(() => writeInTerm(work)).catch((error: unknown) => {
      if (isHeld(error)) noteTrouble()
      throw error
    })
  const transact: Transact = (work) => persist(() => writeNow(work))
  const commit = createStreamCommit({
    transact: (work, stream) =>
      persist(
        () => writeNow(work),
        async () => (await findHeld(writes, [stream])).has(stream),
      ),
    isFatal: (error) => isRetried(error) || isHeld(error),
  })
  return {
    epoch,
    now: NOW,
    read: (work) => translating(trying(() => readOnce(reads, work))),
    readOne: (work) => translating(trying(() => work(reads))),
    readForWrite: (work) => translating(trying(() => readOnce(writes, work))),
    write: (work, stream) => {
      if (stream === WITHOUT_WAITING) return translating(writeNow(work))
      return translating(stream === undefined ? transact(work) : commit(stream, work))
    },
    findHeld: (streams) => translating(trying(() => findHeld(writes, streams))),
    // Telling the server not to wait for its disk would take a round trip, and its disk holds up nobody here.
    note: (work) => translating(transact(work)),
    tryLock: async (tx, name) => {
      const key = sql`hashtextextended(${name}, 0)`
      const { rows } = await sql<{ isOurs: boolean }>`SELECT pg_try_advisory_xact_lock(${key}) AS "isOurs"`.execute(tx)
      return rows[0]?.isOurs ?? false
    },
    ping: async () => {
      await translating(sql`SELECT 1`.execute(reads))
    },
    close,
  }
}
