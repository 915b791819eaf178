import type { Kysely } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** Whole inboxes can be marked as seen and as archived, too. What earlier versions have marked was read. */
export async function bulkMarks(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .alterTable('bulk_marks')
    .addColumn('mark', text, (column) => column.notNull().defaultTo('READ'))
    .execute()
}
