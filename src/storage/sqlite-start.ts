import type { DatabaseSync } from 'node:sqlite'
import { StartError } from '../lib/start-error.ts'
import { sqliteCodeOf } from './database-file-error.ts'
import { ForeignSchema } from './migrate.ts'

/** Throws a StartError when the file is a database of another program. A new file has no tables at all, and passes. */
export function requireOwnFile(database: DatabaseSync, file: string): void {
  const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  if (names.length === 0 || names.some(({ name }) => name === 'migrations')) return
  throw new StartError(
    `The database file ${file} belongs to another program: none of its tables is Herald's. Move it away, or set another DATA_DIR.`,
  )
}

/** What is wrong and what to do, by primary result codes of SQLite (https://sqlite.org/rescode.html). */
const SENTENCES: Readonly<Record<number, string>> = {
  5: 'is locked by another program. Stop that, or set another DATA_DIR.',
  8: 'may not be written by this user. Give it the right to, or set another DATA_DIR.',
  10: 'cannot be read or written. Look at its disk, or set another DATA_DIR.',
  11: 'is damaged. Restore a backup of it, or move it away to begin anew.',
  13: 'is on a disk that is full. Make room there, or set another DATA_DIR.',
  14: 'cannot be opened. See that it and its folder can be written by this user, or set another DATA_DIR.',
  26: 'is no database of SQLite. Move it away, or set another DATA_DIR.',
}

/**
 * Explains why a database file could not be opened. Returns a StartError when the reason is a known one, and otherwise the error itself.
 */
export function explainSqliteStart(cause: unknown, file: string): unknown {
  if (cause instanceof ForeignSchema) return new StartError(`The database file ${file} ${cause.what}`, { cause })
  const code = sqliteCodeOf(cause)
  const sentence = code === undefined ? undefined : SENTENCES[code]
  return sentence ? new StartError(`The database file ${file} ${sentence}`, { cause }) : cause
}
