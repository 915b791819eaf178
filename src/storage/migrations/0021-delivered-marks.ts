import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** Up to which message a device of a user has acknowledged a ticket. It stands beside how far the user has read. */
export async function deliveredMarks(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .alterTable('ticket_reads')
    .addColumn('delivered', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute()
}
