import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, sql } from 'kysely'
import { AppError } from '../lib/errors.ts'
import { migrate } from './migrate.ts'
import { createSqliteDialect } from './sqlite-dialect.ts'
import type { Storage } from './storage.ts'
import type { Tables } from './tables.ts'

export interface SqliteOptions {
  /** The file; it and its folder are made when missing. `:memory:` keeps nothing. */
  readonly file: string
}

/** How long opening waits for another process that opens the same file; later the dialect does the waiting. */
const OPEN_TIMEOUT_MS = 5_000

/** Primary result codes of SQLite (https://sqlite.org/rescode.html) that mean: not now, and nothing happened. */
const UNAVAILABLE: ReadonlyMap<number, string> = new Map([
  [5, 'The database is busy.'],
  [8, 'The database is read-only.'],
  [10, 'The disk cannot be read or written.'],
  [13, 'The disk is full.'],
  [14, 'The database cannot be opened.'],
])

const translated = (error: unknown): unknown => {
  const code =
    error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined
  const reason = code === undefined ? undefined : UNAVAILABLE.get(code & 0xff)
  return reason ? new AppError('SERVICE_UNAVAILABLE', `${reason} Nothing was stored.`, {}, { cause: error }) : error
}

const openDatabase = (file: string): DatabaseSync => {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(file, { timeout: OPEN_TIMEOUT_MS })
  // FULL: a commit is on disk before it is acknowledged, also when the power fails.
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'temp_store = MEMORY', 'busy_timeout = 0'])
    database.exec(`PRAGMA ${pragma}`)
  return database
}

/** Opens the embedded database, makes it when missing, and brings its schema up to date. */
export const openSqliteStorage = async ({ file }: SqliteOptions): Promise<Storage> => {
  const db = new Kysely<Tables>({ dialect: createSqliteDialect(openDatabase(file)) })
  const epoch = await db.transaction().execute(migrate)

  return {
    epoch,
    read: (work) =>
      db
        .transaction()
        .setAccessMode('read only')
        .execute(work)
        .catch((error: unknown) => Promise.reject(translated(error))),
    write: (work) =>
      db
        .transaction()
        .execute(work)
        .catch((error: unknown) => Promise.reject(translated(error))),
    ping: async () => {
      await sql`SELECT 1`.execute(db)
    },
    close: () => db.destroy(),
  }
}
