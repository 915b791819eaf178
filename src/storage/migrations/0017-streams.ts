import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** Streams were called lanes. */
export async function streams(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('lanes').renameTo('streams').execute()
  await db.schema.alterTable('streams').renameColumn('lane', 'stream').execute()
}
