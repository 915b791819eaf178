import { type Kysely, sql } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/**
 * What changed in an inbox after a revision, by the kind of change and in its order, so that a device which was away reads no more
 * than it has missed; and marks of whole inboxes, which are kept as what they are rather than in each row.
 */
export async function changes(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('bulk_marks')
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('up_to', 'bigint', (column) => column.notNull())
    .addColumn('category', text)
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('bulk_marks_pk', ['user_id', 'revision'])
    .execute()
  await db.schema.createIndex('bulk_marks_age').on('bulk_marks').column('at').execute()
  for (const mark of ['seen', 'read', 'archived'] as const) {
    const column = `${mark}_revision` as const
    await db.schema
      .createIndex(`inbox_${mark}_changes`)
      .on('inbox')
      .columns(['user_id', column])
      .where(sql<boolean>`${sql.ref(column)} IS NOT NULL AND removed_at IS NULL`)
      .execute()
  }
  await db.schema
    .createIndex('inbox_removals')
    .on('inbox')
    .columns(['user_id', 'revision'])
    .where(sql<boolean>`removed_at IS NOT NULL`)
    .execute()
  await db.schema.dropIndex('inbox_changes').execute()
  // What is gone is in no list and needs no content: whoever reads on, or looks for who has something, need not pass over it.
  await db.schema.dropIndex('inbox_position').execute()
  await db.schema
    .createIndex('inbox_position')
    .unique()
    .on('inbox')
    .columns(['user_id', 'position'])
    .where(sql<boolean>`removed_at IS NULL`)
    .execute()
  await db.schema.dropIndex('inbox_recipients').execute()
  await db.schema
    .createIndex('inbox_recipients')
    .on('inbox')
    .columns(['notification_id', 'user_id'])
    .where(sql<boolean>`removed_at IS NULL`)
    .execute()
}
