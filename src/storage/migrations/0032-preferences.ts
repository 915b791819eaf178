import type { Kysely } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** How users want to be told of notifications, by category. */
export async function preferences(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('preferences')
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('category', text, (column) => column.notNull())
    .addColumn('in_app', 'integer', (column) => column.notNull())
    .addColumn('hand_off', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('preferences_pk', ['user_id', 'category'])
    .execute()
}
