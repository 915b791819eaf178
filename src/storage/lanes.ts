import { type Expression, type ExpressionBuilder, sql } from 'kysely'
import { chunksOf } from '../lib/chunks.ts'
import { newEpoch } from '../lib/ids.ts'
import { HISTORY, readIncarnation, StaleTermError } from './incarnation.ts'
import { appendedTerms, firstTerm } from './lane-terms.ts'
import { prepare } from './prepare.ts'
import type { Db, Tx } from './storage.ts'
import type { Tables } from './tables.ts'

/** Where a lane stands: what it takes to make a cursor or to check one. */
export interface LaneState {
  /** The history of the database, and which life of the lane it is: a lane that was deleted and made again has another one. */
  readonly epoch: string
  readonly revision: number
  readonly entries: number
  readonly pruned: number
  /** Which term wrote from which revision on; see `lane-terms.ts`. */
  readonly terms: string
}

/** A lane, and which announcements are materialised in an inbox. */
export interface LaneHead extends LaneState {
  readonly announced: number
}

/** The columns of a `LaneHead`. */
export function laneColumns({ ref }: ExpressionBuilder<Tables, 'lanes'>) {
  return [
    'revision',
    'entries',
    'pruned',
    'announced',
    'terms',
    sql<string>`${HISTORY} || ${ref('lanes.epoch')}`.as('epoch'),
  ] as const
}

/** How far a write moves a lane. */
export interface Advance {
  /** How many facts it adds: the lane's revision grows by this. */
  readonly facts: number
  /** How many of them are new entries. */
  readonly entries: number
}

/** An announcement by its number, or what the database finds for it in the same statement. */
type Began = number | Expression<number>

const ONE_FACT: Advance = { facts: 1, entries: 0 }

/** Facts that are new entries. */
export function newEntries(count: number): Advance {
  return { facts: count, entries: count }
}
/** A fact that is a new entry. */
export const ONE_ENTRY = newEntries(1)

/** Rows of one INSERT, so few that it never holds up the process. */
const LANES_PER_STATEMENT = 1_000

/**
 * Takes the next revisions of lanes, each as many as it says, and locks their rows until the transaction ends. Always the first
 * statement of a write to a lane. Locks in sorted order, so that two writers of several lanes cannot wait for each other.
 * An inbox that is made by this begins behind the announcement `began`. Returns the state of each lane after the advance.
 * Each lane keeps which term of the database wrote what; a database that is not what its term was opened on is not written to: then
 * it throws StaleTermError, and the storage tries again in a new term.
 */
export async function advanceEach(
  tx: Tx,
  advances: ReadonlyMap<string, Advance>,
  began: Began = 0,
): Promise<ReadonlyMap<string, LaneHead>> {
  const sorted = [...advances.keys()].sort()
  const states = new Map<string, LaneHead>()
  for (const some of chunksOf(sorted, LANES_PER_STATEMENT)) {
    const rows = await advanceSome(
      tx,
      some.map((lane) => ({ lane, ...(advances.get(lane) ?? ONE_FACT) })),
      began,
    )
    if (rows.length < some.length) throw new StaleTermError()
    for (const { lane, ...state } of rows) states.set(lane, state)
  }
  return states
}

/** Advances lanes in one statement. Of a term or under a condition that does not hold, none is advanced or locked, and fewer rows come back. */
async function advanceSome(
  tx: Tx,
  advances: readonly (Advance & { readonly lane: string })[],
  began: Began,
  condition: Expression<unknown> = sql`1 = 1`,
) {
  const values = sql.join(
    advances.map(({ lane, facts, entries }) => sql`(${lane}, ${newEpoch()}, ${facts}, ${entries})`),
  )
  const facts = sql`CAST(advance.facts AS bigint)`
  const { rows } = await sql<LaneHead & { readonly lane: string }>`
    WITH advance (lane, epoch, facts, entries) AS (VALUES ${values})
    INSERT INTO lanes (lane, epoch, revision, entries, pruned, announced, began, terms)
    SELECT advance.lane, advance.epoch, ${facts}, CAST(advance.entries AS bigint), 0, 0, CAST(${began} AS bigint),
      CASE WHEN ${facts} = 0 THEN '' ELSE ${firstTerm(sql.ref('present.term'))} END
    FROM incarnation_now present CROSS JOIN advance WHERE present.fingerprint = present.found AND ${condition}
    ON CONFLICT (lane) DO UPDATE SET
      revision = lanes.revision + excluded.revision,
      entries = lanes.entries + excluded.entries,
      terms = ${appendedTerms}
    RETURNING lane, ${HISTORY} || epoch AS epoch, revision, entries, pruned, announced, terms
  `.execute(tx)
  return rows
}

/**
 * Locks lanes and moves none, if the condition holds as the transaction begins to wait for them: otherwise it waits for nobody, and answers
 * undefined. All in one statement.
 */
export async function lockLanesIf(
  tx: Tx,
  lanes: readonly string[],
  condition: Expression<unknown>,
): Promise<ReadonlyMap<string, LaneHead> | undefined> {
  const advances = [...lanes].sort().map((lane) => ({ lane, facts: 0, entries: 0 }))
  const rows = await advanceSome(tx, advances, 0, condition)
  if (rows.length === lanes.length) return new Map(rows.map(({ lane, ...state }) => [lane, state]))
  // Its term, or the condition: the lanes say nothing of the latter.
  const { fingerprint, found } = await readIncarnation(tx)
  if (fingerprint !== found) throw new StaleTermError()
  return undefined
}

/** `advanceEach` for lanes that advance alike. */
export function advanceLanes(
  tx: Tx,
  lanes: readonly string[],
  advance: Advance = ONE_FACT,
  began: Began = 0,
): Promise<ReadonlyMap<string, LaneHead>> {
  return advanceEach(tx, new Map(lanes.map((lane) => [lane, advance])), began)
}

/** `advanceLanes` for a single lane. */
export async function advanceLane(tx: Tx, lane: string, advance?: Advance, began?: Began): Promise<LaneState> {
  const state = (await advanceLanes(tx, [lane], advance, began)).get(lane)
  if (!state) throw new Error(`The lane ${lane} did not advance`)
  return state
}

/**
 * Says that facts of lanes up to these revisions have been deleted for good, so that older cursors expire. Part of the transaction
 * that deletes them and holds the lanes.
 */
export async function pruneLanes(tx: Tx, revisions: ReadonlyMap<string, number>): Promise<void> {
  await tx
    .insertInto('lanes')
    .values(
      [...revisions].map(([lane, pruned]) => ({
        lane,
        epoch: newEpoch(),
        revision: pruned,
        entries: 0,
        pruned,
        announced: 0,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .column('lane')
        .doUpdateSet({ pruned: sql`excluded.pruned` })
        .where('lanes.pruned', '<', sql<number>`excluded.pruned`),
    )
    .execute()
}

const selectLane = prepare((db, { lane }: { readonly lane: string }) =>
  db.selectFrom('lanes').select(laneColumns).where('lane', '=', lane).compile(),
)

/** The state of a lane without changing it; undefined when nothing was ever written to it. */
export async function readLane(db: Db, lane: string): Promise<LaneState | undefined> {
  return (await selectLane(db, { lane }))[0]
}

/**
 * The state of a lane, which is made at revision 0 when it does not exist, so that a cursor of it can be given out. An inbox that
 * is made begins behind the announcement `began`.
 */
export async function openLane(tx: Tx, lane: string, began: Began = 0): Promise<LaneState> {
  const existing = await readLane(tx, lane)
  return existing ?? advanceLane(tx, lane, { facts: 0, entries: 0 }, began)
}
