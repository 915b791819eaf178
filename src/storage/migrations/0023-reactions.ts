import type { Kysely } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** Who reacted to which message, and beside each message what is shown of that. */
export async function reactions(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema.alterTable('messages').addColumn('reactions', text).execute()
  await db.schema
    .createTable('reactions')
    .addColumn('message_id', text, (column) => column.notNull())
    .addColumn('emoji', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('ticket_id', text, (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('reactions_pk', ['message_id', 'emoji', 'user_id'])
    .execute()
  await db.schema.createIndex('reactions_user').on('reactions').columns(['user_id', 'ticket_id']).execute()
}
