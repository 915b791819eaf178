import { type Kysely, sql } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/**
 * Long works that were begun, so that they are finished when their process ends in the middle. And what earlier versions marked at one
 * revision in thousands of rows stands in none of them any more: whoever was away would get them all in one page, beside the mark of
 * the whole inbox, which says the same.
 */
export async function tasks(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('tasks')
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('subject', text, (column) => column.notNull())
    .addColumn('renewed_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('tasks_pk', ['kind', 'subject'])
    .execute()
  await sql`
    UPDATE inbox SET read_revision = NULL
    WHERE removed_at IS NULL AND read_revision IS NOT NULL AND (user_id, read_revision) IN (
      SELECT b.user_id, b.revision FROM bulk_marks b WHERE (
        SELECT count(*) FROM inbox i WHERE i.user_id = b.user_id AND i.read_revision = b.revision AND i.removed_at IS NULL
      ) > 1000
    )
  `.execute(db)
}
