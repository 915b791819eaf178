import { type Expression, type RawBuilder, sql } from 'kysely'
import { type Wanted, wants } from '../lib/wanted.ts'

/**
 * About how many bytes of large texts one page of a log has: it ends with the entry that goes beyond. Whoever is behind is sent a page at
 * a time, so this is what each of them takes, and how long one keeps the process.
 */
const PAGE_BYTES = 64 * 1024

/** The columns of both tables that can be large, named as the fields that are made of them. */
const LARGE = ['body', 'data'] as const

/** Bytes that the wanted ones of the large columns take in a row, found without reading them. */
export const largeBytes = (table: 'messages' | 'notifications', wanted: Wanted): RawBuilder<number> => {
  const columns = LARGE.filter((column) => wants(wanted, column)).map((column) => sql.ref(`${table}.${column}`))
  return sql`(${sql.join([sql`0`, ...columns.map((column) => sql`COALESCE(octet_length(${column}), 0)`)], sql` + `)})`
}

/** Which of these rows are in the page that begins with them: `at` is where each stands, `bytes` what it takes. */
export const inPage = (rows: Expression<{ readonly at: number | null; readonly bytes: number }>): RawBuilder<number> =>
  sql`(
    SELECT at FROM (SELECT at, SUM(bytes) OVER (ORDER BY at) - bytes AS before FROM ${rows} AS sized) AS summed
    WHERE before <= ${PAGE_BYTES}
  )`

/** Whether a page of at most `size` rows, of which those `inPage` were read, may have ended before there were no more. */
export const isCut = (rows: readonly { readonly bytes: number }[], size: number): boolean =>
  rows.length === size || rows.reduce((sum, { bytes }) => sum + bytes, 0) > PAGE_BYTES
