import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/** What has expired of one user. */
export async function expiry(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createIndex('inbox_user_expiry')
    .on('inbox')
    .columns(['user_id', 'expires_at'])
    .where(sql<boolean>`expires_at IS NOT NULL AND removed_at IS NULL`)
    .execute()
}
