import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { wordsIn } from '../lib/words.ts'
import { type Finders, termsOf } from '../storage/search-index.ts'
import type { Tx } from '../storage/storage.ts'
import type { TicketRow } from './ticket.ts'
import { type MessageRow, visibilityOf } from './ticket-message.ts'

// Texts that can be searched. They are kept in the transaction that writes them, so no search finds what is no longer there.

/** The different words of a text by which it is found; those behind them are not searched by. */
const MAX_WORDS = 2_000
/** Texts of one millisecond that have places of their own. */
const PLACES_PER_MS = 1_000

/** A text that can be searched: a message, or the subject of a ticket. */
interface SearchText {
  readonly id: string
  readonly ticketId: string
  /** Null: it is the subject. */
  readonly messageId: string | null
  readonly text: string | null
  readonly finders: Finders
  /** When the message or ticket was stored, in milliseconds since 1970. */
  readonly at: number
}

function ofMessage(row: Pick<MessageRow, 'id' | 'ticket_id' | 'body' | 'created_at' | 'public_number'>): SearchText {
  return {
    id: row.id,
    ticketId: row.ticket_id,
    messageId: row.id,
    text: row.body,
    finders: visibilityOf(row) === 'PUBLIC' ? 'everybody' : 'staff',
    at: row.created_at,
  }
}

/** The id among texts of a ticket's subject. No message has such an id. */
export function subjectId(ticketId: string): string {
  return `subject:${ticketId}`
}

function ofSubject({ id, subject, created_at }: Pick<TicketRow, 'id' | 'subject' | 'created_at'>): SearchText {
  return { id: subjectId(id), ticketId: id, messageId: null, text: subject, finders: 'everybody', at: created_at }
}

function termsIn({ text, finders, ticketId }: SearchText): string {
  const words = new Set<string>()
  for (const { word } of wordsIn(text ?? '')) {
    words.add(word)
    if (words.size === MAX_WORDS) break
  }
  return words.size === 0 ? '' : termsOf(words, finders, ticketId)
}

/** The place that a text has, unless another one has it. Places are in the order of time. `at` is in milliseconds since 1970. */
export function placeOf({ id, at }: Pick<SearchText, 'id' | 'at'>): number {
  return at * PLACES_PER_MS + (createHash('sha256').update(id).digest().readUInt16BE(0) % PLACES_PER_MS)
}

/** A text with its terms, and the place that it is to have. */
interface Placed extends SearchText {
  readonly terms: string
  readonly place: number
}

/** Inserts texts whose places are free. Resolves to the ids of these. */
async function insertFree(tx: Tx, texts: readonly Placed[]): Promise<ReadonlySet<string>> {
  const rows = await tx
    .insertInto('search_texts')
    .values(
      texts.map(({ place, id, ticketId, messageId, terms }) => ({
        place,
        id,
        ticket_id: ticketId,
        message_id: messageId,
        terms,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute()
  return new Set(rows.map(({ id }) => id))
}

async function readKnown(tx: Tx, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.selectFrom('search_texts').select('id').where('id', 'in', ids).execute()
  return new Set(rows.map(({ id }) => id))
}

/** The first place behind one that is taken. Thousands can be taken without a gap, when as many texts have the same time. */
async function freePlace(tx: Tx, taken: number): Promise<number> {
  const { rows } = await sql<{ readonly place: number }>`
    SELECT t.place + 1 AS place FROM search_texts t
    WHERE t.place >= ${taken} AND NOT EXISTS (SELECT 1 FROM search_texts n WHERE n.place = t.place + 1)
    ORDER BY t.place LIMIT 1
  `.execute(tx)
  return rows[0]?.place ?? taken
}

/** Adds texts that are not there yet. */
async function add(tx: Tx, texts: readonly SearchText[]): Promise<void> {
  const placed = texts.map((text) => ({ ...text, terms: termsIn(text), place: placeOf(text) }))
  let left: readonly Placed[] = placed.filter(({ terms }) => terms !== '')
  if (left.length === 0) return
  const inserted = await insertFree(tx, left)
  // Nearly always all of them.
  left = left.filter(({ id }) => !inserted.has(id))
  if (left.length === 0) return
  const known = await readKnown(
    tx,
    left.map(({ id }) => id),
  )
  // The places that are known to be taken without a gap.
  let run = { from: 0, to: -1 }
  for (const text of left) {
    if (known.has(text.id)) continue
    const isInRun = run.from <= text.place && text.place <= run.to
    let place = isInRun ? run.to + 1 : await freePlace(tx, text.place)
    while ((await insertFree(tx, [{ ...text, place }])).size === 0) place = await freePlace(tx, place)
    run = { from: isInRun ? run.from : text.place, to: place }
  }
}

async function change(tx: Tx, text: SearchText): Promise<void> {
  const terms = termsIn(text)
  if (terms === '') return forgetTexts(tx, [text.id])
  const { numUpdatedRows } = await tx
    .updateTable('search_texts')
    .set({ terms })
    .where('id', '=', text.id)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) await add(tx, [text])
}

/** Lets a new message be found. Does nothing for one that can be found already. */
export function addMessageText(tx: Tx, row: Parameters<typeof ofMessage>[0]): Promise<void> {
  return add(tx, [ofMessage(row)])
}

/** `addMessageText` for several messages, with one statement. */
export function addMessageTexts(tx: Tx, rows: readonly Parameters<typeof ofMessage>[0][]): Promise<void> {
  return add(tx, rows.map(ofMessage))
}

/** Lets a message be found by the text that it has now. */
export function changeMessageText(tx: Tx, row: Parameters<typeof ofMessage>[0]): Promise<void> {
  return change(tx, ofMessage(row))
}

/** Lets a new ticket be found by its subject. Does nothing for one that can be found already. */
export function addSubject(tx: Tx, row: Parameters<typeof ofSubject>[0]): Promise<void> {
  return add(tx, [ofSubject(row)])
}

/** Lets a ticket be found by the subject that it has now. */
export function changeSubject(tx: Tx, row: Parameters<typeof ofSubject>[0]): Promise<void> {
  return change(tx, ofSubject(row))
}

/** Lets texts with these ids be found no more: those of messages, or of subjects (`subjectId`). */
export async function forgetTexts(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.deleteFrom('search_texts').where('id', 'in', ids).execute()
}
