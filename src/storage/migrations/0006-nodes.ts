import type { Kysely } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** Which processes serve from this database. */
export async function nodes(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('nodes')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('home', text)
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('host', text, (column) => column.notNull())
    .addColumn('machine', text, (column) => column.notNull())
    .addColumn('pid', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
}
