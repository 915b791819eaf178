import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** When a device of the user first acknowledged a notification. */
export async function deliveredTimes(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('inbox').addColumn('delivered_at', 'bigint').execute()
}
