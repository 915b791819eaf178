import { type Kysely, sql } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** Which incarnation of the database wrote what, and what each node knows to be in it. */
export async function histories(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('incarnation')
    .addColumn('history', text, (column) => column.notNull())
    .addColumn('term', text, (column) => column.notNull())
    .addColumn('fingerprint', text, (column) => column.notNull())
    .addColumn('cluster', text, (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('witnesses')
    .addColumn('node', text, (column) => column.primaryKey())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addColumn('token', text, (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .alterTable('lanes')
    .addColumn('terms', text, (column) => column.notNull().defaultTo(sql`''`))
    .execute()
  await db.schema
    .alterTable('positions')
    .addColumn('term', text, (column) => column.notNull().defaultTo(sql`''`))
    .execute()
}
