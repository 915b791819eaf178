import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { aboutFile, DatabaseFileError, sqliteCodeOf } from './database-file-error.ts'
import { renewHistory } from './incarnation.ts'
import { COMPANIONS, copyDatabase, makeDurable, type OnProgress, removeDatabase, syncFile } from './sqlite-files.ts'
import { openSqliteStorage } from './sqlite-storage.ts'
import { removeWitness } from './sqlite-witness.ts'

/** Which backup `restoreDatabase` puts in the place of which database. */
export interface RestoreOptions {
  /** The file of the backup. It is only read. */
  readonly from: string
  /** The database file of the Herald that is configured. */
  readonly database: string
  /** The time, in milliseconds since 1970. It is part of the name under which the old database is kept. */
  readonly now: number
  readonly onProgress: OnProgress
}

const SQLITE_BUSY = 5
const LOCK_TIMEOUT_MS = 1_000

/**
 * Keeps every Herald away from a database file until the returned function is called, and merges its write-ahead log into it. Throws
 * DatabaseFileError when a Herald has the file open. A file that is too damaged to be opened cannot be locked, and serves nobody.
 */
function lock(file: string): () => void {
  if (!existsSync(file)) return () => {}
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS })
    // Fails while another connection has the file open, even if that does nothing.
    database.exec('PRAGMA journal_mode = DELETE')
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    if (database?.isOpen) database.close()
    if (sqliteCodeOf(error) !== SQLITE_BUSY) return () => {}
    throw new DatabaseFileError(`A Herald serves from ${file}: stop it first.`, { cause: error })
  }
  const opened = database
  return () => opened.close()
}

/** Brings a copy up to date and begins a new history in it. So no client goes on from a revision that the backup never had. */
async function beginAnew(file: string): Promise<void> {
  const storage = await openSqliteStorage({ file })
  try {
    await storage.write(async (tx) => {
      // A node that served from the original while it was copied does not serve from this copy.
      await tx.deleteFrom('nodes').execute()
      await renewHistory(tx)
    })
  } finally {
    await storage.close()
  }
  makeDurable(file)
}

/**
 * Moves a database file, and the files that SQLite keeps beside it. A write-ahead log that stayed behind would be taken for one of the next
 * database.
 */
function move(from: string, to: string): void {
  for (const suffix of ['', ...COMPANIONS])
    if (existsSync(`${from}${suffix}`)) renameSync(`${from}${suffix}`, `${to}${suffix}`)
}

/**
 * Gives a file the owner and the rights of the file that it replaces, as far as this user may. For example, root restores for the user of
 * Herald.
 */
function resemble(file: string, model: string): void {
  const { uid, gid, mode } = statSync(model)
  chmodSync(file, mode & 0o777)
  try {
    chownSync(file, uid, gid)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error
  }
}

/** Puts the file `by` in the place of the database, and keeps that as `old`. When it fails, the database is in its place again. */
function replace(database: string, by: string, old: string): void {
  move(database, old)
  try {
    renameSync(by, database)
  } catch (error) {
    move(old, database)
    throw error
  }
  syncFile(dirname(database))
}

/**
 * Puts a backup in the place of the database. The backup is brought up to date and gets a new history, so that all earlier cursors and
 * checkpoints expire. Resolves to the path at which the earlier database is kept; undefined when there was none. When it fails, the
 * database is as it was. Throws DatabaseFileError, also while a Herald serves from the database.
 */
export async function restoreDatabase({
  from,
  database,
  now,
  onProgress,
}: RestoreOptions): Promise<string | undefined> {
  const fresh = `${database}.restoring-${process.pid}`
  const old = `${database}.before-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`
  const release = lock(database)
  try {
    mkdirSync(dirname(database), { recursive: true, mode: 0o700 })
    await copyDatabase(from, fresh, onProgress)
    await beginAnew(fresh)
    const hadOne = existsSync(database)
    if (hadOne) resemble(fresh, database)
    replace(database, fresh, old)
    // The witness belongs to the database that was there before.
    removeWitness(database)
    return hadOne ? old : undefined
  } catch (error) {
    removeDatabase(fresh)
    throw aboutFile(database, error)
  } finally {
    release()
  }
}
