import type { Kysely } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** Quiet hours of users, and since when hand-offs wait because of them. */
export async function quietHours(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('quiet_hours')
    .addColumn('user_id', text, (column) => column.notNull().primaryKey())
    .addColumn('begins', text, (column) => column.notNull())
    .addColumn('ends', text, (column) => column.notNull())
    .addColumn('time_zone', text, (column) => column.notNull())
    .addColumn('days', text, (column) => column.notNull())
    .execute()
  await db.schema.alterTable('hand_offs').addColumn('held_since', 'bigint').execute()
}
