import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/** What is out of an inbox for a while: of one user by its moment and in its order, of one notification, and what comes back next. It is no tombstone that has its time. */
export async function snoozes(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('inbox').addColumn('snoozed_until', 'bigint').execute()
  const indexes = [
    ['inbox_snoozed', ['user_id', 'snoozed_until']],
    ['inbox_snoozed_places', ['user_id', 'arrived_revision']],
    ['inbox_waking', ['snoozed_until']],
    ['inbox_snoozed_recipients', ['notification_id', 'user_id']],
  ] as const
  for (const [name, columns] of indexes) {
    await db.schema
      .createIndex(name)
      .on('inbox')
      .columns([...columns])
      .where(sql<boolean>`snoozed_until IS NOT NULL`)
      .execute()
  }
  await db.schema.dropIndex('inbox_removed').execute()
  await db.schema
    .createIndex('inbox_removed')
    .on('inbox')
    .column('removed_at')
    .where(sql<boolean>`removed_at IS NOT NULL AND snoozed_until IS NULL`)
    .execute()
}
