/** A database file is not what it should be, or cannot be read or written. The message is one sentence for an operator. */
export class DatabaseFileError extends Error {
  override readonly name = 'DatabaseFileError'
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html), each with words that follow the name of a file in a message. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [5, 'is locked by another process'],
  [8, 'is read-only'],
  [10, 'cannot be read or written: the disk reports an error'],
  [11, 'is damaged'],
  [13, 'has no room: the disk is full'],
  [14, 'cannot be opened'],
  [26, 'is not a SQLite database'],
])

/** Error codes of the operating system, each with words that follow the name of a file in a message. */
const FILE_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'has no room: the disk is full',
  EDQUOT: 'has no room: the quota of the disk is used up',
  EACCES: 'may not be read or written by this user',
  EPERM: 'may not be read or written by this user',
  EROFS: 'is on a read-only disk',
  ENOENT: 'is in a folder that does not exist',
  EIO: 'cannot be read or written: the disk reports an error',
}

/** The primary result code of an error of SQLite, such as 11 for a damaged file. Undefined for other errors. */
export function sqliteCodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined
}

/**
 * Turns an error with a known reason, such as a full disk, into a DatabaseFileError that names the file. Returns other errors as they are.
 */
export function aboutFile(file: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = REASONS.get(sqliteCodeOf(error) ?? -1) ?? FILE_REASONS[code]
  return reason ? new DatabaseFileError(`${file} ${reason}.`, { cause: error }) : error
}
