import { sql } from 'kysely'
import { newEpoch } from '../lib/ids.ts'
import type { Db, Tx } from './storage.ts'

/** Which database this is, as it says of itself. */
export interface Incarnation {
  /**
   * Another one since the database is known to have gone back in time: then everything older has expired, cursors and remembered
   * positions. Empty until that has happened.
   */
  readonly history: string
  /** Which life of the database writes: another one since every start, and since every change of its fingerprint. */
  readonly term: string
  /** What the database looked like when this term was opened. */
  readonly fingerprint: string
  /** What it looks like now: when that is not the fingerprint, it was restarted, restored or is another one. */
  readonly found: string
  /** Which database server the term was opened on, and which one it is now; they are asked for less often than the rest. */
  readonly cluster: string
  readonly cluster_found: string
}

/** The database is not what its term was opened on: nothing may be written before a new one is opened. */
export class StaleTermError extends Error {
  constructor() {
    super('The database was restarted or restored: a new term must be opened.')
  }
}

/** The history, as the first part of the epoch of each stream: for statements that read streams. */
export const HISTORY = sql<string>`(SELECT history FROM incarnation)`

/** The length of the epoch that a stream has of its own, behind the history. */
const EPOCH_LENGTH = 11

/** Whether two epochs of streams are of different histories. */
export function isOtherHistory(one: string, other: string): boolean {
  return one.slice(0, -EPOCH_LENGTH) !== other.slice(0, -EPOCH_LENGTH)
}

/** The incarnation; it is a row of one table, and there is always one. */
export function readIncarnation(db: Db): Promise<Incarnation> {
  return db.selectFrom('incarnation_now').selectAll().executeTakeFirstOrThrow()
}

/** The history that the database is in. */
export async function readHistory(db: Db): Promise<string> {
  return (await db.selectFrom('incarnation').select('history').executeTakeFirstOrThrow()).history
}

/** What a new term is opened on. */
function present() {
  return {
    term: newEpoch(),
    fingerprint: sql<string>`(SELECT found FROM incarnation_now)`,
    cluster: sql<string>`(SELECT cluster_found FROM incarnation_now)`,
  }
}

/** Makes the incarnation of a database that has none. */
export async function ensureIncarnation(tx: Tx): Promise<void> {
  const known = await tx.selectFrom('incarnation').select('term').executeTakeFirst()
  if (known) return
  await tx.insertInto('incarnation').values({ history: '', term: newEpoch(), fingerprint: '', cluster: '' }).execute()
  await openTerm(tx)
}

function signsOf(fingerprint: string): ReadonlyMap<string, string> {
  return new Map(fingerprint.split(', ').map((sign) => [sign.slice(0, sign.indexOf(' ')), sign]))
}

/** Whether the term was opened somewhere else: in another table, on another timeline or server. A restart alone is no other place. */
function isElsewhere({ fingerprint, found, cluster, cluster_found }: Incarnation): boolean {
  const now = signsOf(found)
  const hasChanged = [...signsOf(fingerprint)].some(
    ([name, sign]) => name !== 'start' && now.has(name) && now.get(name) !== sign,
  )
  return hasChanged || cluster !== cluster_found
}

/**
 * Opens a new term when the database is not what its term was opened on, or when `isAlone`: no other process writes to it. Of a
 * database that is somewhere else nobody knows whether it is all there: it begins a new history. For a start, when nothing is
 * there to compare it with.
 */
export async function beginIncarnation(tx: Tx, isAlone: boolean): Promise<void> {
  const known = await readIncarnation(tx)
  if (isElsewhere(known)) await renewHistory(tx, known)
  else if (isAlone || known.fingerprint !== known.found) await openTerm(tx, known)
}

/** Opens a new term; with `unless`, only if none was opened since that one. Returns whether it did. */
export async function openTerm(tx: Tx, unless?: Pick<Incarnation, 'term'>): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('incarnation')
    .set(present())
    .$if(unless !== undefined, (query) => query.where('term', '=', unless?.term ?? ''))
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/**
 * Begins a new history, when the database is known to have gone back in time, such as after a backup was restored: every cursor
 * and every checkpoint that was given out before expires. With `unless`, only if none was begun since that one, so that of
 * several nodes one does it. Returns whether it did.
 */
export async function renewHistory(tx: Tx, unless?: Pick<Incarnation, 'history'>): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('incarnation')
    .set({ history: newEpoch(), ...present() })
    .$if(unless !== undefined, (query) => query.where('history', '=', unless?.history ?? ''))
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}
