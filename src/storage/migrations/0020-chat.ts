import type { Kysely } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** Messages refer to files and to the message that they answer, and keep the texts that they had before. */
export async function chat(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema.alterTable('messages').addColumn('attachments', text).execute()
  await db.schema.alterTable('messages').addColumn('reply_to_id', text).execute()
  await db.schema
    .createTable('message_edits')
    .addColumn('message_id', text, (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('body', text, (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('message_edits_pk', ['message_id', 'revision'])
    .execute()
}
