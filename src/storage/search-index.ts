import { createHash } from 'node:crypto'
import { type RawBuilder, SqliteAdapter, sql } from 'kysely'
import type { Db } from './storage.ts'

// The index has terms: words of a text, and the ticket that it belongs to. A term begins with a letter that says who may find a text by it.
// Terms of texts that customers see and terms of notes are different ones. So what a customer searches by leads to no note, and takes no
// longer because of notes.

/** Who finds a text: all who see its ticket, or staff alone. */
export type Finders = 'everybody' | 'staff'

const LETTERS: Readonly<Record<Finders, string>> = { everybody: 'p', staff: 'n' }

/** A search: which words a text must have, and how. */
export interface Terms {
  readonly words: readonly string[]
  /** The last word may be the beginning of one. */
  readonly isUnfinished: boolean
  /** Whose texts are searched. */
  readonly of: readonly Finders[]
  /** Only texts in one of these tickets, which everybody finds. Undefined: in all. */
  readonly ticketIds?: readonly string[] | undefined
}

/** The term of a ticket. Two tickets may share one, so who searches checks the ticket, too. */
function ticketTerm(ticketId: string): string {
  return `t${createHash('sha256').update(ticketId).digest('hex').slice(0, 16)}`
}

/** What is stored of a text: its terms with spaces between them. Both indexes are made of it. */
export function termsOf(words: Iterable<string>, finders: Finders, ticketId: string): string {
  const terms = Array.from(words, (word) => LETTERS[finders] + word)
  return (finders === 'everybody' ? [...terms, ticketTerm(ticketId)] : terms).join(' ')
}

/** How a search is written: for FTS5 of SQLite, and for Postgres. Terms have only letters and digits, so nothing in them has a meaning. */
interface Syntax {
  readonly and: string
  readonly or: string
  readonly term: (term: string) => string
  readonly beginning: (term: string) => string
}

const FTS5: Syntax = { and: ' AND ', or: ' OR ', term: (term) => `"${term}"`, beginning: (term) => `"${term}" *` }
const TSQUERY: Syntax = { and: ' & ', or: ' | ', term: (term) => `'${term}'`, beginning: (term) => `'${term}':*` }

function written({ words, isUnfinished, of, ticketIds }: Terms, { and, or, term, beginning }: Syntax): string {
  const last = words.length - 1
  const allWords = (letter: string): string =>
    words.map((word, n) => (isUnfinished && n === last ? beginning : term)(letter + word)).join(and)
  const inWords = of.map((finders) => `(${allWords(LETTERS[finders])})`).join(or)
  return ticketIds === undefined
    ? inWords
    : `(${inWords})${and}(${ticketIds.map((id) => term(ticketTerm(id))).join(or)})`
}

/** SQL for a search: where to read the texts that it finds, as `s`, under which condition, and their order. */
export interface Found {
  readonly from: RawBuilder<unknown>
  readonly where: RawBuilder<unknown>
  /** The latest first. */
  readonly order: RawBuilder<unknown>
}

/** SQL for the texts that a search finds behind the place `before`, as rows `s` of `search_texts`. */
export function foundBy(db: Db, terms: Terms, before: number): Found {
  const behind = sql`CAST(${before} AS bigint)`
  if (db.getExecutor().adapter instanceof SqliteAdapter) {
    return {
      // In this order: FTS5 gives the latest first, so that a page of a word that is everywhere costs no more than another one.
      from: sql`search_words w CROSS JOIN search_texts s ON s.place = w.rowid`,
      where: sql`w.search_words MATCH ${written(terms, FTS5)} AND w.rowid < ${behind}`,
      order: sql`w.rowid DESC`,
    }
  }
  const matches = sql`words @@ CAST(${written(terms, TSQUERY)} AS tsquery)`
  return {
    // OFFSET keeps Postgres from walking down all texts in the hope of finding enough soon.
    from: sql`(SELECT place, id, ticket_id, message_id FROM search_texts WHERE ${matches} OFFSET 0) s`,
    where: sql`s.place < ${behind}`,
    order: sql`s.place DESC`,
  }
}
