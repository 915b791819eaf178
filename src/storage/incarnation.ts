import { sql } from 'kysely'
import { newEpoch } from '../lib/ids.ts'
import type { Db, Tx } from './storage.ts'

/** What the database says of itself: its history, its term, and the signs by which a change is noticed. */
export interface Incarnation {
  /**
   * Names the history. It gets another name when the database is known to have gone back in time: all older cursors and checkpoints have
   * expired then. Empty until that has happened.
   */
  readonly history: string
  /** Names the term that writes. A new one is opened at a start, and whenever the fingerprint has changed. */
  readonly term: string
  /**
   * The signs of the database when the term was opened, as `table base/5/16402, timeline 00000001, start 1700000000`. Empty with SQLite.
   */
  readonly fingerprint: string
  /** The signs of the database now. When they differ from `fingerprint`, it was restarted, restored or replaced. */
  readonly found: string
  /**
   * The system identifier of the Postgres server on which the term was opened. Asking for it is slow, so writes compare the fingerprint
   * only.
   */
  /** The system identifier of the Postgres server now. */
  readonly cluster: string
  readonly cluster_found: string
}

/** The database was restarted, restored or replaced since its term was opened. Nothing may be written before a new term is opened. */
export class StaleTermError extends Error {
  constructor() {
    super('The database was restarted or restored: a new term must be opened.')
  }
}

/** SQL for the history, which is the first part of the epoch of each stream. */
export const HISTORY = sql<string>`(SELECT history FROM incarnation)`

/** How many characters of an epoch are of the stream itself. They come after the history. */
const EPOCH_LENGTH = 11

/** The history of the database that the epoch of a stream belongs to; empty for the first one. */
export function historyOf(epoch: string): string {
  return epoch.slice(0, -EPOCH_LENGTH)
}

/** Reads the incarnation of the database. There is always exactly one. */
export function readIncarnation(db: Db): Promise<Incarnation> {
  return db.selectFrom('incarnation_now').selectAll().executeTakeFirstOrThrow()
}

/** Reads the name of the present history; empty while it is the first one. */
export async function readHistory(db: Db): Promise<string> {
  return (await db.selectFrom('incarnation').select('history').executeTakeFirstOrThrow()).history
}

/** The columns of a new term: another name, and the signs of the database as they are now. */
function present() {
  return {
    term: newEpoch(),
    fingerprint: sql<string>`(SELECT found FROM incarnation_now)`,
    cluster: sql<string>`(SELECT cluster_found FROM incarnation_now)`,
  }
}

/** Stores an incarnation in a database that has none yet. */
export async function ensureIncarnation(tx: Tx): Promise<void> {
  const known = await tx.selectFrom('incarnation').select('term').executeTakeFirst()
  if (known) return
  await tx.insertInto('incarnation').values({ history: '', term: newEpoch(), fingerprint: '', cluster: '' }).execute()
  await openTerm(tx)
}

function signsOf(fingerprint: string): ReadonlyMap<string, string> {
  return new Map(fingerprint.split(', ').map((sign) => [sign.slice(0, sign.indexOf(' ')), sign]))
}

/**
 * Whether the term was opened in another place: in another table, on another timeline or on another server. A restart alone is no other
 * place.
 */
function isElsewhere({ fingerprint, found, cluster, cluster_found }: Incarnation): boolean {
  const now = signsOf(found)
  const hasChanged = [...signsOf(fingerprint)].some(
    ([name, sign]) => name !== 'start' && now.has(name) && now.get(name) !== sign,
  )
  return hasChanged || cluster !== cluster_found
}

/**
 * Opens a new term at a start, when the fingerprint has changed or when `isAlone`: no other process writes to the database. When the
 * database is in another place, it begins a new history instead, because nobody knows whether everything is there. It is for starts, when
 * there is nothing yet to compare the database with.
 */
export async function beginIncarnation(tx: Tx, isAlone: boolean): Promise<void> {
  const known = await readIncarnation(tx)
  if (isElsewhere(known)) await renewHistory(tx, known)
  else if (isAlone || known.fingerprint !== known.found) await openTerm(tx, known)
}

/** Opens a new term. With `unless`, only if no other term was opened since that one. Resolves to whether it did. */
export async function openTerm(tx: Tx, unless?: Pick<Incarnation, 'term'>): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('incarnation')
    .set(present())
    .$if(unless !== undefined, (query) => query.where('term', '=', unless?.term ?? ''))
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/**
 * Begins a new history when the database is known to have gone back in time, such as after a backup was restored. Every cursor and every
 * checkpoint that was given out before expires. With `unless`, only if no other history was begun since that one, so that one of several
 * nodes does it. Resolves to whether it did.
 */
export async function renewHistory(tx: Tx, unless?: Pick<Incarnation, 'history'>): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('incarnation')
    .set({ history: newEpoch(), ...present() })
    .$if(unless !== undefined, (query) => query.where('history', '=', unless?.history ?? ''))
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}
