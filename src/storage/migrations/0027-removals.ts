import type { Kysely } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** Why something left an inbox. */
export async function removals(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema.alterTable('inbox').addColumn('removal', text).execute()
}
