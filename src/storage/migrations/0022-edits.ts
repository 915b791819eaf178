import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/**
 * Changes of the content of notifications: when it last changed, of which content the devices of a user were told, and at which revision, so
 * that a device which was away learns of it.
 */
export async function edits(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('notifications').addColumn('edited_at', 'bigint').execute()
  await db.schema.alterTable('inbox').addColumn('content_revision', 'bigint').execute()
  await db.schema.alterTable('inbox').addColumn('edited_at', 'bigint').execute()
  await db.schema
    .createIndex('inbox_content_changes')
    .on('inbox')
    .columns(['user_id', 'content_revision'])
    .where(sql<boolean>`content_revision IS NOT NULL AND removed_at IS NULL`)
    .execute()
}
