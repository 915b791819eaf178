import { type RawBuilder, sql } from 'kysely'

// The terms of a stream say which term wrote from which revision on. They are one text: a term of 11 characters and a revision of 16
// digits, again and again, in the order of writing. The width is fixed, so that both databases can take the text apart, and append to it in
// the statement that writes.

const TERM_LENGTH = 11
const PAIR_LENGTH = 27
/** How many terms a stream keeps. With more, the oldest two become one, so that cursors of the first of them expire. */
const MAX_TERMS = 40

/** 10^16. It is added to a revision and its first digit cut off, which leaves 16 digits. */
const PADDING = 10_000_000_000_000_000n

/** SQL for the terms of a new stream: `term` writes from revision 1 on. */
export function firstTerm(term: RawBuilder<unknown>): RawBuilder<string> {
  return sql`${term} || '0000000000000001'`
}

/** SQL for the terms of a stream after `excluded` has written to it, as a part of the upsert that writes. */
export const appendedTerms: RawBuilder<string> = sql`CASE
  WHEN excluded.terms = ''
    OR substr(streams.terms, length(streams.terms) - ${sql.lit(PAIR_LENGTH - 1)}, ${sql.lit(TERM_LENGTH)})
      = substr(excluded.terms, 1, ${sql.lit(TERM_LENGTH)})
  THEN streams.terms
  ELSE
    CASE
      WHEN length(streams.terms) >= ${sql.lit(MAX_TERMS * PAIR_LENGTH)}
      THEN substr(streams.terms, ${sql.lit(PAIR_LENGTH + 1)}, ${sql.lit(TERM_LENGTH)})
        || substr(streams.terms, ${sql.lit(TERM_LENGTH + 1)}, ${sql.lit(PAIR_LENGTH - TERM_LENGTH)})
        || substr(streams.terms, ${sql.lit(2 * PAIR_LENGTH + 1)})
      ELSE streams.terms
    END
    || substr(excluded.terms, 1, ${sql.lit(TERM_LENGTH)})
    || substr(CAST(${sql.raw(String(PADDING))} + streams.revision + 1 AS text), 2)
  END`

/** SQL for the term that last wrote to a stream, by its terms: `lastTerm` in the database. */
export function endOfTerms(terms: RawBuilder<unknown>): RawBuilder<string> {
  return sql`substr(${terms}, length(${terms}) - ${sql.lit(PAIR_LENGTH - 1)}, ${sql.lit(TERM_LENGTH)})`
}

/** The term that last wrote to a stream. Empty when that was an earlier version of Herald, which knew of none. */
export function lastTerm(terms = ''): string {
  return terms.slice(-PAIR_LENGTH).slice(0, TERM_LENGTH)
}

/** The last two terms of a stream, for an event. By them most subscribers see that the event goes on from where they are. */
export function recentTerms(terms: string): string {
  return terms.slice(-2 * PAIR_LENGTH)
}

/** Where a reader stands in a stream, and which term was the last to write to it then. */
export interface StreamPlace {
  readonly epoch: string
  readonly term: string
  readonly revision: number
}

/** What a stream says of its past: its last revision, up to which revision it was pruned, and its terms. */
export interface StreamPast {
  readonly epoch: string
  readonly revision: number
  readonly pruned: number
  readonly terms: string
}

/**
 * The last revision that a reader can share with the stream if `term` was the last one that the reader knew. Where the next term began,
 * everything that `term` had written further on was lost. -1 when the stream does not know the term.
 */
export function lastOfTerm({ revision, terms }: Pick<StreamPast, 'revision' | 'terms'>, term: string): number {
  let next = 0
  if (term !== '') {
    while (next < terms.length && !terms.startsWith(term, next)) next += PAIR_LENGTH
    if (next >= terms.length) return -1
    next += PAIR_LENGTH
  }
  return next < terms.length ? Number(terms.slice(next + TERM_LENGTH, next + PAIR_LENGTH)) - 1 : revision
}

/**
 * Whether a stream certainly goes on from a place that lies before an event, by the recent terms in the event. Events of earlier versions
 * have none, and are taken to go on.
 */
export function goesOnWith(
  terms: string | undefined,
  { term, revision }: Pick<StreamPlace, 'term' | 'revision'>,
): boolean {
  if (terms === undefined || lastTerm(terms) === term) return true
  // Before two recent terms there can be earlier ones. A reader that knows no term may have missed the first of those.
  const isTold = term !== '' || terms.length <= PAIR_LENGTH
  return isTold && revision <= lastOfTerm({ revision, terms }, term)
}

/**
 * Whether the stream as it is goes on from a place. It does if it has everything that a reader in that place knows, and nothing that
 * followed was deleted for good. The one rule for cursors, checkpoints and live subscribers.
 */
export function goesOnFrom(stream: StreamPast, { epoch, term, revision }: StreamPlace): boolean {
  return epoch === stream.epoch && revision >= stream.pruned && revision <= lastOfTerm(stream, term)
}

/**
 * Whether a stream has lost the change at a place that a reader has. False when the stream has another epoch or is gone: then it was
 * deleted as a whole, or has begun another history.
 */
export function isLost(past: Omit<StreamPast, 'pruned'> | undefined, { epoch, term, revision }: StreamPlace): boolean {
  return past?.epoch === epoch && revision > lastOfTerm(past, term)
}

/** Of places in one stream, returns the one with the highest revision for each epoch and term. */
export function highestPlaces(places: Iterable<StreamPlace>): readonly StreamPlace[] {
  const highest = new Map<string, StreamPlace>()
  for (const place of places) {
    const key = `${place.epoch} ${place.term}`
    const known = highest.get(key)
    if (!known || known.revision < place.revision) highest.set(key, place)
  }
  return [...highest.values()]
}
