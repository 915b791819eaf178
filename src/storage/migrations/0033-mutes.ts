import { type Kysely, sql } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** Tickets of which nothing is handed off to a user. */
export async function mutes(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('ticket_mutes')
    .addColumn('ticket_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('until', 'bigint')
    .addPrimaryKeyConstraint('ticket_mutes_pk', ['ticket_id', 'user_id'])
    .execute()
  await db.schema.createIndex('ticket_mutes_user').on('ticket_mutes').column('user_id').execute()
  await db.schema
    .createIndex('ticket_mutes_over')
    .on('ticket_mutes')
    .column('until')
    .where(sql<boolean>`until IS NOT NULL`)
    .execute()
}
