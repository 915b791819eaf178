import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/** What is unseen of one user, to be counted. */
export async function unseen(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createIndex('inbox_unseen')
    .on('inbox')
    .columns(['user_id', 'arrived_revision'])
    .where(sql<boolean>`seen_at IS NULL AND archived_at IS NULL AND removed_at IS NULL`)
    .execute()
}
