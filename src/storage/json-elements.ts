import { type RawBuilder, SqliteAdapter, sql } from 'kysely'
import type { Db } from './storage.ts'

/**
 * SQL for the elements of a JSON list, as rows with one column `value`. Many rows are bound as one value, so the text of the statement is
 * the same however many they are. Example, for `[["a", 1], ["b", 2]]`:
 *
 *     SELECT value ->> 0 AS key, CAST(value ->> 1 AS bigint) AS revision FROM ${elementsOf(db, list)}
 */
export function elementsOf(db: Db, list: string): RawBuilder<unknown> {
  return db.getExecutor().adapter instanceof SqliteAdapter
    ? sql`json_each(${list})`
    : sql`json_array_elements(CAST(${list} AS json)) AS elements(value)`
}
