import type { Kysely } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** How far subscriptions got. */
export async function positions(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('positions')
    .addColumn('key', text, (column) => column.primaryKey())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('epoch', text, (column) => column.notNull())
    .addColumn('revision', 'bigint')
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('positions_user').on('positions').column('user_id').execute()
  await db.schema.createIndex('positions_expiry').on('positions').column('expires_at').execute()
}
