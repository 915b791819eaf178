import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** What of a group arrived without counting, so that its entry is as the latest that is left when others are taken back. */
export async function mutedMembers(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('group_members').addColumn('muted', 'integer').execute()
}
