import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** Which subscriptions have clients that acknowledge. Of those that were known before this was kept, all. */
export async function echoes(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .alterTable('positions')
    .addColumn('has_echoed', 'integer', (column) => column.notNull().defaultTo(1))
    .execute()
}
