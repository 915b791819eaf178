import { type BigIntStats, statSync } from 'node:fs'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { sqliteCodeOf } from './database-file-error.ts'

/** Checks whether the files of an open database are still where they were opened, and can be written. */
export interface FileGuard {
  /**
   * Throws SERVICE_UNAVAILABLE when a file was removed or replaced: SQLite would go on writing to one that nobody ever finds again. Throws
   * it also when a write has found the file damaged: the next one may not come upon the damage, but its rows may be lost, too. Takes some
   * microseconds.
   */
  requireWhole(): void
  /** Notes how a write ended: a code of SQLite when it failed, else undefined. */
  wrote(failure: number | undefined): void
  /** Throws SERVICE_UNAVAILABLE when a file is not in its place, or the last write found that the database cannot be written. */
  requireWritable(): void
}

/** The suffixes of a database, of its write-ahead log, and of the index of that log. Each of these files can be lost alone. */
const SUFFIXES = ['', '-wal', '-shm']

/** The result code of SQLite (https://sqlite.org/rescode.html) for a damaged file: what is in it contradicts itself. */
const SQLITE_CORRUPT = 11

/** Whether an error says that the database file is damaged. That does not heal by itself. */
export function isDamage(error: unknown): boolean {
  return sqliteCodeOf(error) === SQLITE_CORRUPT
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html) that mean: nothing at all can be written. */
const UNWRITABLE: ReadonlyMap<number, string> = new Map([
  [8, 'is read-only'],
  [10, 'cannot be read or written'],
  [14, 'cannot be opened'],
])

function isSame(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino
}

/**
 * Creates a guard of the files as they are now. Call it when the database has just been opened and written. It reports to `log` once per
 * problem.
 */
export function createFileGuard(file: string, log: Log | undefined): FileGuard {
  const look = (path: string): BigIntStats | undefined => {
    try {
      return statSync(path, { bigint: true, throwIfNoEntry: false })
    } catch {
      // A folder above it is no longer a folder, or may not be entered.
      return undefined
    }
  }
  const opened = SUFFIXES.map((suffix) => [`${file}${suffix}`, look(`${file}${suffix}`)] as const).filter(
    ([, stats]) => stats !== undefined,
  )
  let problem: string | undefined
  let isDamaged = false

  const report = (found: string | undefined): void => {
    if (found === problem) return
    problem = found
    if (found === undefined) log?.info(`The database file ${file} is well again.`)
    else log?.error(found)
  }

  const requireWhole = (): void => {
    if (isDamaged) throw new AppError('SERVICE_UNAVAILABLE', 'The file of the database is damaged. Nothing was stored.')
    const lost = opened.find(([path, stats]) => !isSame(stats, look(path)))
    if (!lost) {
      if (problem?.includes('while Herald was running')) report(undefined)
      return
    }
    report(
      `The file ${lost[0]} was removed or replaced while Herald was running. Nothing is stored any more, ` +
        'and what was stored is lost when Herald stops, unless the file is moved back to its place. Otherwise stop Herald, restore a backup, and start it again.',
    )
    throw new AppError('SERVICE_UNAVAILABLE', 'The file of the database is gone. Nothing is stored.')
  }

  return {
    requireWhole,
    wrote: (failure) => {
      isDamaged ||= failure === SQLITE_CORRUPT
      const reason = failure === undefined ? undefined : UNWRITABLE.get(failure)
      // Other failures, such as a full disk, say nothing of the file.
      if (failure === undefined) report(undefined)
      else if (isDamaged)
        report(
          `The database file ${file} is damaged. Nothing is stored any more. Stop Herald, restore a backup, and start it again.`,
        )
      else if (reason) report(`The database file ${file} ${reason}. Nothing is stored until that is mended.`)
    },
    requireWritable: () => {
      requireWhole()
      if (problem) throw new AppError('SERVICE_UNAVAILABLE', 'The database cannot be written.')
    },
  }
}
