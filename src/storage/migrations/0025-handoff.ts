import { type Kysely, sql } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** Events for the backend, until each exit has sent them, and what is handed off unless its user sees it before. */
export async function handoff(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('backend_events')
    .addColumn('exit', text, (column) => column.notNull())
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('subject', text, (column) => column.notNull())
    .addColumn('place', 'bigint', (column) => column.notNull())
    .addColumn('user_id', text)
    .addColumn('type', text, (column) => column.notNull())
    .addColumn('body', text, (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('next_at', 'bigint', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('claim', text)
    .addColumn('error', text)
    .addColumn('dead_at', 'bigint')
    .addPrimaryKeyConstraint('backend_events_pk', ['exit', 'id'])
    .execute()
  const open = sql<boolean>`dead_at IS NULL`
  await db.schema
    .createIndex('backend_events_next')
    .on('backend_events')
    .columns(['exit', 'next_at'])
    .where(open)
    .execute()
  await db.schema
    .createIndex('backend_events_subject')
    .on('backend_events')
    .columns(['exit', 'subject', 'place'])
    .where(open)
    .execute()
  await db.schema.createIndex('backend_events_age').on('backend_events').columns(['created_at']).where(open).execute()
  await db.schema
    .createIndex('backend_events_dead')
    .on('backend_events')
    .columns(['dead_at', 'id'])
    .where(sql<boolean>`dead_at IS NOT NULL`)
    .execute()
  await db.schema.createIndex('backend_events_user').on('backend_events').column('user_id').execute()

  await db.schema
    .createTable('hand_offs')
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('item', text, (column) => column.notNull())
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('window_ms', 'bigint', (column) => column.notNull())
    .addColumn('unless', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('hand_offs_pk', ['user_id', 'kind', 'item'])
    .execute()
  await db.schema.createIndex('hand_offs_due').on('hand_offs').column('due_at').execute()
}
