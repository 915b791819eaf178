import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/** What arrived without counting. The indexes of counts leave it out, so that a count looks at nothing that it passes over. */
export async function muted(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('inbox').addColumn('muted', 'integer').execute()
  const indexes = [
    ['inbox_unread', ['user_id', 'category', 'arrived_revision'], sql`read_at IS NULL`],
    ['inbox_unseen', ['user_id', 'arrived_revision'], sql`seen_at IS NULL`],
  ] as const
  for (const [name, columns, isOpen] of indexes) {
    await db.schema.dropIndex(name).execute()
    await db.schema
      .createIndex(name)
      .on('inbox')
      .columns([...columns])
      .where(sql<boolean>`${isOpen} AND archived_at IS NULL AND removed_at IS NULL AND muted IS NULL`)
      .execute()
  }
}
