import { sql } from 'kysely'
import type { Storage, Tx } from '../storage/storage.ts'
import { goesOnFrom, lastTerm, type StreamPlace } from '../storage/stream-terms.ts'
import { advanceStream, readStream, type StreamState } from '../storage/streams.ts'

/** What is refused: tokens of a user that were issued before a moment, or one token. Times are milliseconds since 1970. */
export interface Revocation {
  readonly kind: 'user' | 'token'
  /** A user id, or the `jti` of a token. */
  readonly key: string
  /** Of a user; null for a token. */
  readonly notBefore: number | null
  /** After this no token that it is about could be good. */
  readonly expiresAt: number
}

/** A revocation as it is stored. */
export interface StoredRevocation extends Revocation {
  /** Its number: larger than that of all that were stored before. */
  readonly seq: number
}

/** What a node has read. */
export interface ReadRevocations {
  /** Where the next reading goes on; undefined: nothing was ever revoked. */
  readonly place: StreamPlace | undefined
  readonly rows: readonly StoredRevocation[]
}

/** Its revisions are given out in the order of commits, so nobody who reads behind one can miss what is committed later. */
const STREAM = 'revocations'
/** Rows that are deleted in one transaction. */
const ROWS_PER_STEP = 1_000

const COLUMNS = ['seq', 'kind', 'key', 'not_before as notBefore', 'expires_at as expiresAt'] as const

function placeOf({ epoch, revision, terms }: StreamState): StreamPlace {
  return { epoch, revision, term: lastTerm(terms) }
}

/** The later of the stored value and the new one; null when neither is there. */
function later(column: 'not_before' | 'expires_at') {
  return sql<number>`
  CASE WHEN ${sql.ref(`revocations.${column}`)} > ${sql.ref(`excluded.${column}`)}
    THEN ${sql.ref(`revocations.${column}`)} ELSE ${sql.ref(`excluded.${column}`)} END`
}

/** Stores a revocation. One of the same user or token that reaches further stays in force; what holds now is answered. */
export async function storeRevocation(tx: Tx, revocation: Revocation): Promise<StoredRevocation> {
  const { revision: seq } = await advanceStream(tx, STREAM)
  const { kind, key, notBefore, expiresAt } = revocation
  return (await tx
    .insertInto('revocations')
    .values({ seq, kind, key, not_before: notBefore, expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'key'])
        .doUpdateSet({ seq, not_before: later('not_before'), expires_at: later('expires_at') }),
    )
    .returning(COLUMNS)
    .executeTakeFirstOrThrow()) as StoredRevocation
}

/**
 * What was stored behind a place: all of it when the database does not go on from there, which may have gone back in time. Costs one
 * look at one row while nothing was.
 */
export async function readRevocations(storage: Storage, known: StreamPlace | undefined): Promise<ReadRevocations> {
  const isNewer = (stream: StreamState | undefined): stream is StreamState =>
    stream !== undefined && !(known && known.revision === stream.revision && goesOnFrom(stream, known))
  const now = await storage.readOne((db) => readStream(db, STREAM))
  if (!isNewer(now)) return { place: known, rows: [] }
  return storage.read(async (tx) => {
    const stream = await readStream(tx, STREAM)
    if (!isNewer(stream)) return { place: known, rows: [] }
    const after = known && goesOnFrom(stream, known) ? known.revision : 0
    const rows = await tx.selectFrom('revocations').select(COLUMNS).where('seq', '>', after).orderBy('seq').execute()
    return { place: placeOf(stream), rows: rows as readonly StoredRevocation[] }
  })
}

/** Deletes what can concern no token any more, in small steps; returns how much. */
export async function pruneRevocations(storage: Storage, now: number): Promise<number> {
  const step = (): Promise<number> =>
    storage.write(async (tx) => {
      const { numDeletedRows } = await tx
        .deleteFrom('revocations')
        .where('seq', 'in', ({ selectFrom }) =>
          selectFrom('revocations')
            .select('seq')
            .where('expires_at', '<', now)
            .orderBy('expires_at')
            .limit(ROWS_PER_STEP),
        )
        .executeTakeFirst()
      return Number(numDeletedRows)
    }, STREAM)
  for (let total = 0; ; ) {
    const count = await step()
    total += count
    if (count < ROWS_PER_STEP) return total
  }
}
