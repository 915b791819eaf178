import { type AliasedRawBuilder, sql } from 'kysely'
import type { Tx } from './storage.ts'

/**
 * About how many bytes of large texts one page of a log has. It ends with the entry that goes beyond. A client that is behind is sent a
 * page at a time. So this is the memory that each such client takes, and it bounds how long one of them keeps the process.
 */
const PAGE_BYTES = 64 * 1024

/** The columns of messages and notifications that can be large. */
const LARGE = {
  messages: ['body', 'data', 'attachments', 'reactions'],
  notifications: ['body', 'data'],
} as const

type Table = keyof typeof LARGE
type Large = (typeof LARGE)[Table][number]

/** Which table the texts of a page are of, and which columns are read for the page: `body` or `notifications.body`. */
interface Texts {
  readonly table: Table
  readonly columns: readonly string[]
}

/** A page of at most `size` rows. */
export interface PageOf extends Texts {
  readonly size: number
}

/** A row as `smallTexts` selects it, with the large columns of its table. They are null when they take more bytes than `smallBytes` allows. */
interface Sized extends Partial<Readonly<Record<Large, string | null>>> {
  readonly row_id: string
  readonly bytes: number
}

function isColumn(column: string, table: Table, name: Large): boolean {
  return column === name || column === `${table}.${name}`
}

function largeOf({ table, columns }: Texts): readonly Large[] {
  return LARGE[table].filter((name) => columns.some((column) => isColumn(column, table, name)))
}

/** How many bytes of texts a row may have, so that a page of `size` such rows is certainly not too large. */
export function smallBytes(size: number): number {
  return Math.floor(PAGE_BYTES / size)
}

/** The columns of a page that are never large. The others are left to `smallTexts`. */
export function smallColumns<Column extends string>(table: Table, columns: readonly Column[]): readonly Column[] {
  return columns.filter((column) => !LARGE[table].some((name) => isColumn(column, table, name)))
}

/**
 * What to select of the large columns of a row. `bytes` is what they take, which the database finds without reading them. The texts are
 * selected only when they take no more than `small`, which is `smallBytes`. `readTexts` reads the others.
 */
export function smallTexts(page: Texts, small: number): readonly AliasedRawBuilder<never, keyof Sized>[] {
  const columns = largeOf(page).map((name) => ({ name, ref: sql.ref(`${page.table}.${name}`) }))
  const sizes = columns.map(({ ref }) => sql`COALESCE(octet_length(${ref}), 0)`)
  const bytes = sql<never>`(${sql.join([sql`0`, ...sizes], sql` + `)})`
  return [
    sql<never>`${sql.ref(`${page.table}.id`)}`.as('row_id'),
    bytes.as('bytes'),
    ...columns.map(({ name, ref }) => sql<never>`CASE WHEN ${bytes} <= ${small} THEN ${ref} END`.as(name)),
  ]
}

/**
 * Takes as many of the first rows of a log as make one page, and reads the large texts that are missing in them. `isCut`: there may be more
 * rows behind the page.
 */
export async function readTexts<Row extends Sized>(
  tx: Tx,
  page: PageOf,
  found: readonly Row[],
): Promise<{ readonly rows: readonly Row[]; readonly isCut: boolean }> {
  let bytes = 0
  const end = found.findIndex((row) => {
    bytes += row.bytes
    return bytes > PAGE_BYTES
  })
  const rows = end < 0 ? found : found.slice(0, end + 1)
  const isCut = rows.length < found.length || found.length === page.size
  const large = rows.filter((row) => row.bytes > smallBytes(page.size)).map(({ row_id }) => row_id)
  if (large.length === 0) return { rows, isCut }
  const texts = await tx
    .selectFrom(page.table)
    .select(['id', ...largeOf(page).map((name) => sql<never>`${sql.ref(name)}`.as(name))])
    .where('id', 'in', large)
    .execute()
  const byId = new Map(texts.map(({ id, ...text }) => [id, text]))
  return { rows: rows.map((row) => ({ ...row, ...byId.get(row.row_id) })), isCut }
}
