import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** When the backend was told that nobody saw a notification. */
export async function handedOff(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('inbox').addColumn('handed_off_at', 'bigint').execute()
}
