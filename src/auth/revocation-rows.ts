import { sql } from 'kysely'
import type { Storage, Tx } from '../storage/storage.ts'
import { goesOnFrom, lastTerm, type StreamPlace } from '../storage/stream-terms.ts'
import { advanceStream, readStream, type StreamState } from '../storage/streams.ts'

/** Refuses the tokens of a user that were issued before a time, or one token. Times are milliseconds since 1970. */
export interface Revocation {
  readonly kind: 'user' | 'token'
  /** A user id, or the `jti` of a token. */
  readonly key: string
  /** Tokens of the user that were issued before this time are refused. Null for a single token. */
  readonly notBefore: number | null
  /** When the last token that this revocation concerns has expired, so that it can be deleted. */
  readonly expiresAt: number
}

/** A revocation as it is stored. */
export interface StoredRevocation extends Revocation {
  /** Its number, which is larger than the numbers of all revocations that were stored before. */
  readonly seq: number
}

/** The revocations that a node has read, and where it continues. */
export interface ReadRevocations {
  /** Where the next reading continues. Undefined when nothing was ever revoked. */
  readonly place: StreamPlace | undefined
  readonly rows: readonly StoredRevocation[]
}

/** The stream of revocations. Its revisions follow the order of commits, so a node that has read up to one cannot miss a later commit. */
const STREAM = 'revocations'
/** The most rows that are deleted in one transaction. */
const ROWS_PER_STEP = 1_000

const COLUMNS = ['seq', 'kind', 'key', 'not_before as notBefore', 'expires_at as expiresAt'] as const

function placeOf({ epoch, revision, terms }: StreamState): StreamPlace {
  return { epoch, revision, term: lastTerm(terms) }
}

/** SQL for the later of the stored value and the new one in an upsert. */
function later(column: 'not_before' | 'expires_at') {
  return sql<number>`
  CASE WHEN ${sql.ref(`revocations.${column}`)} > ${sql.ref(`excluded.${column}`)}
    THEN ${sql.ref(`revocations.${column}`)} ELSE ${sql.ref(`excluded.${column}`)} END`
}

/** Stores a revocation, and returns the one that holds now. When an earlier one of the same user or token has later times, these stay. */
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
 * Reads the revocations that were stored after `known`. Reads all of them when the database does not continue from there, because it went
 * back in time. When nothing is new, this reads one row.
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

/** Deletes revocations that have expired, in steps of at most 1 000. Resolves to how many there were. */
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
