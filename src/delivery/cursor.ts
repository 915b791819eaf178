import { AppError, badInput } from '../lib/errors.ts'
import { goesOnFrom, lastTerm, type StreamPast } from '../storage/stream-terms.ts'

type CursorKind = 'resume' | 'page'

const MARKS: Readonly<Record<CursorKind, string>> = { resume: 'r', page: 'p' }

function encode(kind: CursorKind, epoch: string, parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([MARKS[kind], epoch, ...parts])).toString('base64url')
}

/** The cursor after a revision of a stream. `term` is the term that wrote last by then; empty in cursors of versions that knew no terms. */
export function resumeCursor(epoch: string, revision: number, term = ''): string {
  return encode('resume', epoch, term === '' ? [revision] : [revision, term])
}

/** The cursor after the last change of a stream. */
export function cursorOf({ epoch, revision, terms }: StreamPast): string {
  return resumeCursor(epoch, revision, lastTerm(terms))
}

/** The cursor of an entry in a list. `parts` are its sort key, such as a time and an id. */
export function pageCursor(epoch: string, ...parts: readonly (string | number)[]): string {
  return encode('page', epoch, parts)
}

function decode(kind: CursorKind, cursor: string): { readonly epoch: string; readonly parts: readonly unknown[] } {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw badInput('This is not a cursor.')
  }
  if (!Array.isArray(value) || typeof value[1] !== 'string') throw badInput('This is not a cursor.')
  const [mark, epoch, ...parts] = value
  if (mark !== MARKS[kind]) throw badInput(`This is not a ${kind} cursor.`)
  return { epoch, parts }
}

function isRevision(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/**
 * The CURSOR_EXPIRED error for a cursor that cannot be continued: the store was reset or has gone back in time, or changes after the cursor
 * have been deleted for good.
 */
export function cursorExpired(): AppError {
  return new AppError(
    'CURSOR_EXPIRED',
    'This stream cannot be continued from this cursor. Load the list again and use its resumeCursor.',
  )
}

/** Whether an error has the code CURSOR_EXPIRED. */
export function isCursorExpired(error: unknown): boolean {
  return error instanceof AppError && error.code === 'CURSOR_EXPIRED'
}

/**
 * The revision in a resume cursor. Throws BAD_USER_INPUT when the text is no resume cursor, CURSOR_EXPIRED when the stream cannot continue
 * from it.
 */
export function revisionOf(cursor: string, stream: StreamPast): number {
  const { epoch, parts } = decode('resume', cursor)
  const [revision, term = ''] = parts
  if (!isRevision(revision) || typeof term !== 'string') throw badInput('This is not a cursor.')
  if (!goesOnFrom(stream, { epoch, term, revision })) throw cursorExpired()
  return revision
}

/** The number in a page cursor of a list that is sorted by one number. Throws BAD_USER_INPUT or CURSOR_EXPIRED, as `revisionOf` does. */
export function numberOf(cursor: string, epoch: string): number {
  const { epoch: own, parts } = decode('page', cursor)
  if (!isRevision(parts[0])) throw badInput('This is not a cursor.')
  if (own !== epoch) throw cursorExpired()
  return parts[0]
}

/**
 * The time and id in a page cursor of a list that is sorted by both. `by` is what the cursor says behind them: by which time the list is
 * sorted, nothing for the usual one. Throws BAD_USER_INPUT or CURSOR_EXPIRED, as `revisionOf` does.
 */
export function timeAndIdOf(cursor: string, epoch: string, by?: string): { readonly at: number; readonly id: string } {
  const { epoch: own, parts } = decode('page', cursor)
  const [at, id] = parts
  if (!isRevision(at) || typeof id !== 'string') throw badInput('This is not a cursor.')
  if (parts[2] !== by) throw badInput('This cursor is of a list in another order.')
  if (own !== epoch) throw cursorExpired()
  return { at, id }
}
