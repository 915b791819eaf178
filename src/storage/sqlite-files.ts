import { closeSync, existsSync, fsyncSync, openSync, readSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { aboutFile, DatabaseFileError } from './database-file-error.ts'
import { findNewerMigration } from './migrate.ts'

/** Receives how much of a copy is done, in bytes. */
export type OnProgress = (done: number, total: number) => void

/** The suffixes of the files that SQLite keeps beside a database while it is in use. */
export const COMPANIONS = ['-wal', '-shm', '-journal'] as const

/** Pages that are copied at a time, usually 2 MiB. Other work has its turn in between. */
const PAGES_PER_STEP = 500
const OPEN_TIMEOUT_MS = 5_000
const MAGIC = 'SQLite format 3\0'

function beginningOf(file: string): string {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(MAGIC.length)
    return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, bytes.length, 0))
  } finally {
    closeSync(descriptor)
  }
}

/** Whether a file begins as a SQLite database does. Throws DatabaseFileError when it cannot be read. */
export function isSqliteFile(file: string): boolean {
  if (!existsSync(file)) throw new DatabaseFileError(`There is no file ${file}.`)
  try {
    return beginningOf(file) === MAGIC
  } catch (error) {
    throw aboutFile(file, error)
  }
}

/** Throws DatabaseFileError unless the database belongs to Herald, of this version or an older one. */
function requireHerald(database: DatabaseSync, file: string): void {
  const tables = database.prepare(`SELECT name FROM sqlite_master WHERE name IN ('migrations', 'meta', 'inbox')`).all()
  if (tables.length < 3) throw new DatabaseFileError(`${file} is a database, but not of Herald.`)
  const names = database.prepare('SELECT name FROM migrations').all()
  const newer = findNewerMigration(names.map(({ name }) => String(name)))
  if (newer === undefined) return
  throw new DatabaseFileError(`${file} is of a newer Herald (it has ${newer}): use that version, or a newer one.`)
}

function requireIntact(database: DatabaseSync, file: string): void {
  const [first] = database.prepare('PRAGMA integrity_check(1)').all()
  const found = String(first?.['integrity_check'])
  if (found !== 'ok') throw new DatabaseFileError(`${file} is damaged: ${found.replaceAll('\n', ' ')}.`)
}

/** Brings a file to the disk. For a folder, that is the list of its files. */
export function syncFile(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Deletes a database file, and the files that SQLite keeps beside it. */
export function removeDatabase(file: string): void {
  for (const suffix of ['', ...COMPANIONS]) rmSync(`${file}${suffix}`, { force: true })
}

/**
 * Makes one whole file of a database that is not in use: without a write-ahead log, and all of it on the disk. `check` may read the
 * database before it is closed.
 */
export function makeDurable(file: string, check: (database: DatabaseSync) => void = () => {}): void {
  const database = new DatabaseSync(file)
  try {
    database.exec('PRAGMA journal_mode = DELETE')
    check(database)
  } finally {
    database.close()
  }
  syncFile(file)
  syncFile(dirname(file))
}

async function copyPages(source: DatabaseSync, to: string, onProgress: OnProgress): Promise<void> {
  const size = Number(source.prepare('PRAGMA page_size').get()?.['page_size'])
  await backup(source, to, {
    rate: PAGES_PER_STEP,
    progress: ({ totalPages, remainingPages }) => onProgress((totalPages - remainingPages) * size, totalPages * size),
  })
}

/**
 * Copies the database of a Herald into a new file: all that was committed when the copy began, even while others write. The copy is one
 * whole file that passes SQLite's integrity check and is on the disk. When it fails, no copy is left. Throws DatabaseFileError.
 */
export async function copyDatabase(file: string, to: string, onProgress: OnProgress): Promise<void> {
  if (!isSqliteFile(file)) throw new DatabaseFileError(`${file} is not a SQLite database.`)
  try {
    const source = new DatabaseSync(file, { readOnly: true, timeout: OPEN_TIMEOUT_MS })
    try {
      // One snapshot for all pages: without it, each write of another process makes the copy begin again.
      source.exec('BEGIN')
      requireHerald(source, file)
      await copyPages(source, to, onProgress).catch((error: unknown) => Promise.reject(aboutFile(to, error)))
    } finally {
      source.close()
    }
    makeDurable(to, (copy) => requireIntact(copy, file))
  } catch (error) {
    removeDatabase(to)
    throw aboutFile(file, error)
  }
}
