import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** How many clients follow a subscription under one key. Of those that were known before this was kept, one. */
export async function clients(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .alterTable('positions')
    .addColumn('clients', 'integer', (column) => column.notNull().defaultTo(1))
    .execute()
}
