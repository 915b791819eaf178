import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/**
 * Where an inbox begins among the announcements, and which of them are for new users, too. Inboxes that exist began before all
 * announcements, so they go on as they were.
 */
export async function newUsers(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .alterTable('lanes')
    .addColumn('began', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema
    .alterTable('notifications')
    .addColumn('for_new_users', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema
    .createIndex('notifications_for_new_users')
    .on('notifications')
    .column('announcement')
    .where(sql<boolean>`for_new_users = 1`)
    .execute()
}
