import { type Expression, type ExpressionBuilder, sql } from 'kysely'
import { chunksOf } from '../lib/chunks.ts'
import { newEpoch } from '../lib/ids.ts'
import { HISTORY, readIncarnation, StaleTermError } from './incarnation.ts'
import { prepare } from './prepare.ts'
import type { Db, Tx } from './storage.ts'
import { appendedTerms, firstTerm } from './stream-terms.ts'
import type { Tables } from './tables.ts'

/** Where a stream stands: what it takes to make a cursor or to check one. */
export interface StreamState {
  /** Names the history of the database and the life of the stream. A stream that was deleted and made again has another one. */
  readonly epoch: string
  readonly revision: number
  /** How many entries were ever added. */
  readonly entries: number
  /** Changes up to this revision may have been deleted for good. */
  readonly pruned: number
  /** Which term wrote from which revision on, as one text; see `stream-terms.ts`. */
  readonly terms: string
}

/** Where a stream stands, and up to which announcement an inbox is materialised. */
export interface StreamHead extends StreamState {
  readonly announced: number
}

/** The columns of `streams` that make a `StreamHead`. */
export function streamColumns({ ref }: ExpressionBuilder<Tables, 'streams'>) {
  return [
    'revision',
    'entries',
    'pruned',
    'announced',
    'terms',
    sql<string>`${HISTORY} || ${ref('streams.epoch')}`.as('epoch'),
  ] as const
}

/** How far a write moves a stream. */
export interface Advance {
  /** How many changes the write adds: the stream's revision grows by this. */
  readonly facts: number
  /** How many of these changes are new entries, such as messages. */
  readonly entries: number
}

/** The number of an announcement, or SQL that finds it within the same statement. */
type Began = number | Expression<number>

const ONE_FACT: Advance = { facts: 1, entries: 0 }

/** An advance by `count` changes that are all new entries. */
export function newEntries(count: number): Advance {
  return { facts: count, entries: count }
}
/** An advance by one change, which is a new entry. */
export const ONE_ENTRY = newEntries(1)

/** Streams of one INSERT: so few that it never holds up the process. */
const STREAMS_PER_STATEMENT = 1_000

/**
 * Takes the next revisions of streams, for each as many as its `Advance` says, and locks their rows until the transaction ends. It is
 * always the first statement of a write to a stream. Resolves to the state of each stream after the advance.
 *
 * Rows are locked in sorted order, so that two writers of several streams cannot wait for each other. An inbox that is made by this begins
 * behind the announcement `began`.
 *
 * Each stream keeps which term of the database wrote what. A database that has changed since its term was opened is not written to: then it
 * throws StaleTermError, and the storage tries again in a new term.
 */
export async function advanceEach(
  tx: Tx,
  advances: ReadonlyMap<string, Advance>,
  began: Began = 0,
): Promise<ReadonlyMap<string, StreamHead>> {
  const sorted = [...advances.keys()].sort()
  const states = new Map<string, StreamHead>()
  for (const some of chunksOf(sorted, STREAMS_PER_STATEMENT)) {
    const rows = await advanceSome(
      tx,
      some.map((stream) => ({ stream, ...(advances.get(stream) ?? ONE_FACT) })),
      began,
    )
    if (rows.length < some.length) throw new StaleTermError()
    for (const { stream, ...state } of rows) states.set(stream, state)
  }
  return states
}

/**
 * Advances streams with one statement. If the term is stale or the condition does not hold, none is advanced or locked, and fewer rows come
 * back.
 */
async function advanceSome(
  tx: Tx,
  advances: readonly (Advance & { readonly stream: string })[],
  began: Began,
  condition: Expression<unknown> = sql`1 = 1`,
) {
  const values = sql.join(
    advances.map(({ stream, facts, entries }) => sql`(${stream}, ${newEpoch()}, ${facts}, ${entries})`),
  )
  const facts = sql`CAST(advance.facts AS bigint)`
  const { rows } = await sql<StreamHead & { readonly stream: string }>`
    WITH advance (stream, epoch, facts, entries) AS (VALUES ${values})
    INSERT INTO streams (stream, epoch, revision, entries, pruned, announced, began, terms)
    SELECT advance.stream, advance.epoch, ${facts}, CAST(advance.entries AS bigint), 0, 0, CAST(${began} AS bigint),
      CASE WHEN ${facts} = 0 THEN '' ELSE ${firstTerm(sql.ref('present.term'))} END
    FROM incarnation_now present CROSS JOIN advance WHERE present.fingerprint = present.found AND ${condition}
    ON CONFLICT (stream) DO UPDATE SET
      revision = streams.revision + excluded.revision,
      entries = streams.entries + excluded.entries,
      terms = ${appendedTerms}
    RETURNING stream, ${HISTORY} || epoch AS epoch, revision, entries, pruned, announced, terms
  `.execute(tx)
  return rows
}

/**
 * Locks streams and moves none, if the condition holds when the transaction begins to wait for them. Otherwise it waits for nobody, and
 * resolves to undefined. Takes one statement. Throws StaleTermError when the term is stale.
 */
export async function lockStreamsIf(
  tx: Tx,
  streams: readonly string[],
  condition: Expression<unknown>,
): Promise<ReadonlyMap<string, StreamHead> | undefined> {
  const advances = [...streams].sort().map((stream) => ({ stream, facts: 0, entries: 0 }))
  const rows = await advanceSome(tx, advances, 0, condition)
  if (rows.length === streams.length) return new Map(rows.map(({ stream, ...state }) => [stream, state]))
  // Either the term is stale, or the condition does not hold. The rows do not say which.
  const { fingerprint, found } = await readIncarnation(tx)
  if (fingerprint !== found) throw new StaleTermError()
  return undefined
}

/** `advanceEach` for streams that all advance by the same amount, by default one change. */
export function advanceStreams(
  tx: Tx,
  streams: readonly string[],
  advance: Advance = ONE_FACT,
  began: Began = 0,
): Promise<ReadonlyMap<string, StreamHead>> {
  return advanceEach(tx, new Map(streams.map((stream) => [stream, advance])), began)
}

/** `advanceStreams` for a single stream. Resolves to its state after the advance. */
export async function advanceStream(tx: Tx, stream: string, advance?: Advance, began?: Began): Promise<StreamState> {
  const state = (await advanceStreams(tx, [stream], advance, began)).get(stream)
  if (!state) throw new Error(`The stream ${stream} did not advance`)
  return state
}

/**
 * Notes that changes of streams up to these revisions have been deleted for good, so that older cursors expire. Runs in the transaction
 * that deletes them and has locked the streams.
 */
export async function pruneStreams(tx: Tx, revisions: ReadonlyMap<string, number>): Promise<void> {
  await tx
    .insertInto('streams')
    .values(
      [...revisions].map(([stream, pruned]) => ({
        stream,
        epoch: newEpoch(),
        revision: pruned,
        entries: 0,
        pruned,
        announced: 0,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .column('stream')
        .doUpdateSet({ pruned: sql`excluded.pruned` })
        .where('streams.pruned', '<', sql<number>`excluded.pruned`),
    )
    .execute()
}

/**
 * Gives streams another epoch, as if each had been deleted and made again, and keeps their revisions. Every cursor and checkpoint of them
 * expires. For writes that put something into the past of a stream.
 */
export async function renewStreams(tx: Tx, streams: readonly string[]): Promise<void> {
  for (const some of chunksOf(streams, STREAMS_PER_STATEMENT)) {
    const values = sql.join(some.map((stream) => sql`(${stream}, ${newEpoch()})`))
    await sql`
      WITH renewed (stream, epoch) AS (VALUES ${values})
      UPDATE streams SET epoch = renewed.epoch FROM renewed WHERE streams.stream = renewed.stream
    `.execute(tx)
  }
}

const selectStream = prepare((db, { stream }: { readonly stream: string }) =>
  db.selectFrom('streams').select(streamColumns).where('stream', '=', stream).compile(),
)

/** Reads the state of a stream; undefined when nothing was ever written to it. */
export async function readStream(db: Db, stream: string): Promise<StreamState | undefined> {
  return (await selectStream(db, { stream }))[0]
}

/**
 * Reads the state of a stream. A stream that does not exist is made at revision 0, so that a cursor of it can be given out. An inbox that
 * is made begins behind the announcement `began`.
 */
export async function openStream(tx: Tx, stream: string, began: Began = 0): Promise<StreamState> {
  const existing = await readStream(tx, stream)
  return existing ?? advanceStream(tx, stream, { facts: 0, entries: 0 }, began)
}
