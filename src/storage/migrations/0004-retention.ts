import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/** What has had its time, the oldest first. */
export async function retention(db: Kysely<Tables>): Promise<void> {
  for (const mark of ['read', 'archived'] as const) {
    await db.schema
      .createIndex(`inbox_${mark}`)
      .on('inbox')
      .column(`${mark}_at`)
      .where(sql<boolean>`${sql.ref(`${mark}_at`)} IS NOT NULL AND removed_at IS NULL`)
      .execute()
  }
  await db.schema
    .createIndex('inbox_removed')
    .on('inbox')
    .column('removed_at')
    .where('removed_at', 'is not', null)
    .execute()
  await db.schema
    .createIndex('notifications_announcement_expiry')
    .on('notifications')
    .column('expires_at')
    .where(sql<boolean>`expires_at IS NOT NULL AND announcement IS NOT NULL`)
    .execute()
}
