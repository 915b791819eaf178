import { type RawBuilder, sql } from 'kysely'

// Which term wrote from which revision on, as text: a term of 11 characters and a revision of 16 digits, again and again, in the
// order of writing. The width is fixed, so that both databases can take it apart and append to it in the statement that writes.

const TERM_LENGTH = 11
const PAIR_LENGTH = 27
/** Terms of one stream; with more, the oldest two become one, so that cursors of the first of them expire. */
const MAX_TERMS = 40

/** 10^16: added to a revision and cut off, it leaves 16 digits. */
const PADDING = 10_000_000_000_000_000n

/** The terms of a stream of which this term writes the first facts. */
export function firstTerm(term: RawBuilder<unknown>): RawBuilder<string> {
  return sql`${term} || '0000000000000001'`
}

/** The terms of a stream after `excluded` has written to it: for the statement that does. */
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

/** The term that last wrote to a stream; empty when that was an earlier version of Herald, which knew of none. */
export function lastTerm(terms = ''): string {
  return terms.slice(-PAIR_LENGTH).slice(0, TERM_LENGTH)
}

/** The last terms of a stream, for an event: with them most of those who follow it see that it goes on from where they are. */
export function recentTerms(terms: string): string {
  return terms.slice(-2 * PAIR_LENGTH)
}

/** Where somebody stands in a stream, and which term was the last to write to it then. */
export interface StreamPlace {
  readonly epoch: string
  readonly term: string
  readonly revision: number
}

/** What a stream says of its past. */
export interface StreamPast {
  readonly epoch: string
  readonly revision: number
  readonly pruned: number
  readonly terms: string
}

/**
 * The last revision of a stream that somebody can know who last knew this term: where the next one began, everything that this
 * one had written further on was lost. -1 when the stream knows nothing of the term.
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
 * Whether a stream certainly goes on from a place that lies before an event of it, by the recent terms that the event tells. Events of
 * earlier versions tell none, and are taken to go on.
 */
export function goesOnWith(
  terms: string | undefined,
  { term, revision }: Pick<StreamPlace, 'term' | 'revision'>,
): boolean {
  if (terms === undefined || lastTerm(terms) === term) return true
  // With several terms there can be earlier ones, and who knows none may have missed the first.
  const isTold = term !== '' || terms.length <= PAIR_LENGTH
  return isTold && revision <= lastOfTerm({ revision, terms }, term)
}

/**
 * Whether the stream, as it is, goes on from a place: all up to there is what whoever stands there knows, and nothing that
 * followed has been deleted for good. The one rule for cursors, checkpoints and live followers.
 */
export function goesOnFrom(stream: StreamPast, { epoch, term, revision }: StreamPlace): boolean {
  return epoch === stream.epoch && revision >= stream.pruned && revision <= lastOfTerm(stream, term)
}
