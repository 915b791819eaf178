import { type RawBuilder, SqliteAdapter, sql } from 'kysely'
import type { Db } from './storage.ts'

/**
 * SQL for the end of a SELECT within an UPDATE: it leaves out rows of this table that another transaction holds, so that the UPDATE waits for
 * nobody, and nobody waits for each other. With SQLite there are none.
 */
export function skippingLocked(db: Db, table: string): RawBuilder<unknown> {
  return db.getExecutor().adapter instanceof SqliteAdapter
    ? sql``
    : sql`FOR NO KEY UPDATE OF ${sql.ref(table)} SKIP LOCKED`
}
