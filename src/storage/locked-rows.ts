import { type RawBuilder, SqliteAdapter, sql } from 'kysely'
import type { Db } from './storage.ts'

/** Whether rows can be locked. SQLite has one writer, so there is nothing to lock. */
export function isLocking(db: Db): boolean {
  return !(db.getExecutor().adapter instanceof SqliteAdapter)
}

/**
 * SQL for the end of a SELECT within an UPDATE: it leaves out rows of this table that another transaction holds, so that the UPDATE waits for
 * nobody, and nobody waits for each other. With SQLite there are none.
 */
export function skippingLocked(db: Db, table: string): RawBuilder<unknown> {
  return isLocking(db) ? sql`FOR NO KEY UPDATE OF ${sql.ref(table)} SKIP LOCKED` : sql``
}
