import type { Kysely } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** Which tickets users lost. */
export async function departures(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('ticket_departures')
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('was', text, (column) => column.notNull())
    .addColumn('ticket_id', text, (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('ticket_departures_pk', ['user_id', 'was', 'ticket_id'])
    .execute()
  await db.schema.createIndex('ticket_departures_age').on('ticket_departures').column('at').execute()
}
