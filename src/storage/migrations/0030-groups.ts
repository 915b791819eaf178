import { type Kysely, sql } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/**
 * Entries of inboxes that stand for several notifications with one key: which content they show, how many they stand for, and which
 * notifications these are.
 */
export async function groups(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema.alterTable('notifications').addColumn('group_key', text).execute()
  for (const column of ['content_id', 'group_key', 'group_actors'] as const) {
    await db.schema.alterTable('inbox').addColumn(column, text).execute()
  }
  for (const column of ['group_count', 'first_at'] as const) {
    await db.schema.alterTable('inbox').addColumn(column, 'bigint').execute()
  }
  await db.schema
    .createIndex('inbox_groups')
    .on('inbox')
    .columns(['user_id', 'group_key', 'arrived_revision'])
    .where(sql<boolean>`group_key IS NOT NULL AND read_at IS NULL AND archived_at IS NULL AND removed_at IS NULL`)
    .execute()
  await db.schema
    .createTable('group_members')
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('notification_id', text, (column) => column.notNull())
    .addColumn('entry_id', text, (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('edited_at', 'bigint')
    .addColumn('removed_at', 'bigint')
    .addPrimaryKeyConstraint('group_members_pk', ['user_id', 'notification_id'])
    .execute()
  await db.schema
    .createIndex('group_members_entry')
    .on('group_members')
    .columns(['user_id', 'entry_id', 'revision'])
    .execute()
  await db.schema
    .createIndex('group_members_recipients')
    .on('group_members')
    .columns(['notification_id', 'user_id'])
    .where(sql<boolean>`removed_at IS NULL`)
    .execute()
  await db.schema
    .createIndex('group_members_removed')
    .on('group_members')
    .column('removed_at')
    .where(sql<boolean>`removed_at IS NOT NULL`)
    .execute()
}
