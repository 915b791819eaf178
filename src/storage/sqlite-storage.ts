import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, sql } from 'kysely'
import type { Cancel, Clock } from '../lib/clock.ts'
import { makeDataFolder } from '../lib/data-folder.ts'
import { AppError } from '../lib/errors.ts'
import { createYieldToLoop, type YieldToLoop } from '../lib/limiter.ts'
import type { Log } from '../lib/log.ts'
import { pollEvery } from '../lib/poller.ts'
import { sqliteCodeOf } from './database-file-error.ts'
import { createGroupCommit } from './group-commit.ts'
import { isClosed, stopping } from './held.ts'
import { beginIncarnation, renewHistory } from './incarnation.ts'
import { migrate } from './migrate.ts'
import { createSqliteDialect } from './sqlite-dialect.ts'
import { createFileGuard, type FileGuard, isDamage } from './sqlite-file.ts'
import { explainSqliteStart, requireOwnFile } from './sqlite-start.ts'
import { createSqliteWitness } from './sqlite-witness.ts'
import type { Storage, Tx } from './storage.ts'
import type { Tables } from './tables.ts'

/** How to open the embedded database. */
export interface SqliteOptions {
  /** The database file. It and its folder are made when missing. */
  readonly file: string
  /** By default FULL: a commit is on disk before it is acknowledged, and survives a power failure. OFF: it does not wait for the disk. */
  readonly synchronous?: 'FULL' | 'OFF'
  /** Receives reports that the file was removed or replaced, or cannot be written. */
  readonly log?: Log
  /**
   * For a process that serves from the database. With it, a file beside the database names what was last written. So a start finds when an
   * older database was put in the place of this one.
   */
  readonly clock?: Clock
  /**
   * Called while another process holds the database for so long that it may hang. Called again and again, for as long as a write waits for
   * it.
   */
  readonly onHeld?: () => void
}

/** How often the file beside the database is written anew when something has changed, in milliseconds. */
const WITNESS_MS = 2_000
/** How long opening waits for another process that opens the same file, in milliseconds. Later the dialect does the waiting. */
const OPEN_TIMEOUT_MS = 5_000
/** How long the database works before it yields to the event loop, in milliseconds. */
const TURN_MS = 10
/** For how long waiting commands go into one transaction, in milliseconds. The first of them waits for the last. */
const GROUP_MS = 50
/** Reads under way at a time. A long read, which yields to other work, does not keep others from reading. */
const READERS = 4

/**
 * Primary result codes of SQLite (https://sqlite.org/rescode.html) that mean: the database cannot do it now, and nothing happened. Each has
 * a sentence for the caller.
 */
const UNAVAILABLE: ReadonlyMap<number, string> = new Map([
  [5, 'The database is busy.'],
  [8, 'The database is read-only.'],
  [10, 'The disk cannot be read or written.'],
  [11, 'The file of the database is damaged.'],
  [13, 'The disk is full.'],
  [14, 'The database cannot be opened.'],
])

function translated(error: unknown): unknown {
  if (isClosed(error)) return stopping(error)
  const code = sqliteCodeOf(error)
  const reason = code === undefined ? undefined : UNAVAILABLE.get(code)
  return reason ? new AppError('SERVICE_UNAVAILABLE', `${reason} Nothing was stored.`, {}, { cause: error }) : error
}

function openWriter(file: string): DatabaseSync {
  makeDataFolder(dirname(file))
  const database = new DatabaseSync(file, { timeout: OPEN_TIMEOUT_MS })
  requireOwnFile(database, file)
  const pragmas = ['journal_mode = WAL', 'temp_store = MEMORY', 'busy_timeout = 0']
  for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`)
  return database
}

/**
 * Returns a function that sets how the next transactions are committed. With a write-ahead log, FULL brings every commit to the disk, and
 * all before it. NORMAL leaves that to a later commit (https://sqlite.org/pragma.html#pragma_synchronous).
 */
function createSetSynchronous(database: DatabaseSync) {
  let current: string | undefined
  return (synchronous: 'FULL' | 'NORMAL' | 'OFF'): void => {
    if (synchronous === current) return
    database.exec(`PRAGMA synchronous = ${synchronous}`)
    current = synchronous
  }
}

function openKysely(databases: readonly DatabaseSync[], yieldToLoop: YieldToLoop, onHeld?: () => void): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: createSqliteDialect(databases, yieldToLoop, onHeld) })
}

/** Opens connections for reads alone. So reads do not wait for a write that is under way, and never see half of it. */
function openReaders(file: string, count: number, yieldToLoop: YieldToLoop): Kysely<Tables> {
  return openKysely(
    Array.from({ length: count }, () => new DatabaseSync(file, { readOnly: true, timeout: OPEN_TIMEOUT_MS })),
    yieldToLoop,
  )
}

function translating<Result>(result: Promise<Result>): Promise<Result> {
  return result.catch((error: unknown) => Promise.reject(translated(error)))
}

function readOnce<Result>(db: Kysely<Tables>, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  return translating(db.transaction().setAccessMode('read only').execute(work))
}

/**
 * Runs a transaction on files that are whole and in their place, before and after. Otherwise what is acknowledged would be lost with them.
 */
async function guarded<Result>(guard: FileGuard, transact: () => Promise<Result>): Promise<Result> {
  guard.requireWhole()
  try {
    const result = await transact()
    guard.requireWhole()
    guard.wrote(undefined)
    return result
  } catch (error) {
    const code = sqliteCodeOf(error)
    if (code !== undefined) guard.wrote(code)
    throw error
  }
}

/**
 * Makes the view `incarnation_now`. A file has no signs of what became of it, so `found` is empty. The term is that of the process that
 * opened it last.
 */
async function prepareIncarnation(tx: Tx): Promise<void> {
  await sql`
    CREATE VIEW IF NOT EXISTS incarnation_now AS SELECT *, '' AS found, '' AS cluster_found FROM incarnation
  `.execute(tx)
}

/**
 * Keeps the file beside the database as new as what is stored. Begins a new history if that file shows that the database is an older one.
 */
async function openWitness(file: string, clock: Clock, write: Storage['write']) {
  const witness = createSqliteWitness(file)
  const testify = async (): Promise<void> => witness.record(await write((tx) => witness.write(tx, clock.now())))
  let hasChanged = false
  const testifyIfChanged = async (): Promise<void> => {
    if (!hasChanged) return
    hasChanged = false
    await testify()
  }
  await write(async (tx) => {
    if (await witness.contradicts(tx)) await renewHistory(tx)
  })
  await testify()
  // A failing write is reported by its own caller, and the next attempt comes soon.
  const cancel: Cancel = pollEvery(clock, WITNESS_MS, testifyIfChanged)
  return {
    wrote: (): void => {
      hasChanged = true
    },
    close: async (): Promise<void> => {
      cancel()
      await testifyIfChanged().catch(() => {})
    },
  }
}

/** Opens the embedded database, makes it when missing, and brings its schema up to date. Rejects with a StartError when it cannot be used. */
export function openSqliteStorage(options: SqliteOptions): Promise<Storage> {
  return open(options).catch((error: unknown) => Promise.reject(explainSqliteStart(error, options.file)))
}

async function open(options: SqliteOptions): Promise<Storage> {
  const { file, synchronous = 'FULL', log, clock } = options
  const database = openWriter(file)
  const setSynchronous = createSetSynchronous(database)
  setSynchronous(synchronous)
  // A yield of their own: so writes get their time also while a crowd reads.
  const yieldWriting = createYieldToLoop(TURN_MS)
  const writer = openKysely([database], yieldWriting, options.onHeld)
  const epoch = await writer.transaction().execute(async (tx) => {
    const known = await migrate(tx, 'text', prepareIncarnation)
    await beginIncarnation(tx, true)
    return known
  })
  const reader = openReaders(file, READERS, createYieldToLoop(TURN_MS))
  const readerForWrites = openReaders(file, 1, yieldWriting)
  const guard = createFileGuard(file, log)
  const commit = createGroupCommit({
    // Transactions run one after the other, so none is under way while the setting changes.
    transact: (work, isNote) => {
      setSynchronous(isNote && synchronous === 'FULL' ? 'NORMAL' : synchronous)
      return guarded(guard, () => writer.transaction().execute(work))
    },
    // What the other commands of the group wrote may be in the damaged part.
    isFatal: isDamage,
    maxMs: GROUP_MS,
  })

  const store: Storage['write'] = (work) => translating(commit(work))
  const witness = clock && (await openWitness(file, clock, store))
  return {
    epoch,
    now: sql<number>`CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
    read: (work) => readOnce(reader, work),
    readOne: (work) => translating(work(reader)),
    readForWrite: (work) => readOnce(readerForWrites, work),
    // There is one writer. So every command keeps its order, and no other transaction holds rows.
    write: async (work) => {
      const result = await store(work)
      witness?.wrote()
      return result
    },
    findHeld: async () => new Set(),
    note: (work) => translating(commit(work, true)),
    // The transaction has the whole file to itself, so the lock is always free.
    tryLock: async () => true,
    ping: async () => {
      guard.requireWritable()
      // Reads a table, because SQLite answers `SELECT 1` without looking into the file.
      await translating(sql`SELECT 1 FROM meta`.execute(reader))
    },
    close: async () => {
      await witness?.close()
      await reader.destroy()
      await readerForWrites.destroy()
      await writer.destroy()
    },
  }
}
