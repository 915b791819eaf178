import { type Kysely, sql } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** How far subscriptions got, with a row for each node that has had one. What was known before belongs to no node. */
export async function checkpoints(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('checkpoints')
    .addColumn('key', text, (column) => column.notNull())
    .addColumn('node', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('epoch', text, (column) => column.notNull())
    .addColumn('term', text, (column) => column.notNull())
    .addColumn('revision', 'bigint')
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('has_echoed', 'integer', (column) => column.notNull())
    .addColumn('is_shared', 'integer', (column) => column.notNull())
    .addColumn('is_held', 'integer', (column) => column.notNull())
    .addColumn('came_at', 'bigint', (column) => column.notNull())
    .addColumn('heard_at', 'bigint', (column) => column.notNull())
    .addColumn('doubted_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('checkpoints_pk', ['key', 'node'])
    .execute()
  await sql`
    INSERT INTO checkpoints
    SELECT key, '', user_id, epoch, term, revision, expires_at, has_echoed, CASE WHEN clients > 1 THEN 1 ELSE 0 END, 0, 0, 0, 0 FROM positions
  `.execute(db)
  await db.schema.dropTable('positions').execute()
  await db.schema.createIndex('checkpoints_user').on('checkpoints').column('user_id').execute()
}
