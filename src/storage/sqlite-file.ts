import { type BigIntStats, statSync } from 'node:fs'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { sqliteCodeOf } from './database-file-error.ts'

/** Looks whether the files of an open database are still where they were opened, and can be written. */
export interface FileGuard {
  /**
   * Throws SERVICE_UNAVAILABLE when the file was removed or replaced: SQLite goes on writing to what nobody will ever find again. Also
   * when a write has found it damaged: the next one may not come upon the damage, and its rows may not be found again either.
   * Takes some microseconds.
   */
  requireWhole(): void
  /** What became of a write: a code of SQLite when it failed. */
  wrote(failure: number | undefined): void
  /** Throws SERVICE_UNAVAILABLE when the file is not in its place, or the last write found that it cannot be written. */
  requireWritable(): void
}

/** The database, what was not yet moved into it, and where that is found: lost one by one or all with their folder. */
const SUFFIXES = ['', '-wal', '-shm']

/** Of SQLite (https://sqlite.org/rescode.html): what is in the file contradicts itself. */
const SQLITE_CORRUPT = 11

/** Whether an error says that the file is damaged. That does not heal by itself. */
export function isDamage(error: unknown): boolean {
  return sqliteCodeOf(error) === SQLITE_CORRUPT
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html) that mean: nothing can be written, not only this. */
const UNWRITABLE: ReadonlyMap<number, string> = new Map([
  [8, 'is read-only'],
  [10, 'cannot be read or written'],
  [14, 'cannot be opened'],
])

function isSame(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino
}

/** Begins with the files as they are now: call it when the database has just been opened and written. */
export function createFileGuard(file: string, log: Log | undefined): FileGuard {
  const look = (path: string): BigIntStats | undefined => {
    try {
      return statSync(path, { bigint: true, throwIfNoEntry: false })
    } catch {
      // A folder above it that is no folder any more, or may not be entered.
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
