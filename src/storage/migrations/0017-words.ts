import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** Tables and columns get the names that the code has: streams were called lanes, the bus of a node its home. */
export async function words(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('lanes').renameTo('streams').execute()
  await db.schema.alterTable('streams').renameColumn('lane', 'stream').execute()
  await db.schema.alterTable('checkpoints').renameColumn('heard_at', 'alive_at').execute()
  await db.schema.alterTable('inbox').renameColumn('position', 'arrived_revision').execute()
  await db.schema.alterTable('nodes').renameColumn('home', 'bus_id').execute()
}
