import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/**
 * Lists of tickets by whose they are, in their order, so that a page costs the same however long the list is: of a participant, which
 * is why the time stands there too; of staff by status and by charge; and of what somebody lost. And the public message that stands
 * for a place among all messages.
 */
export async function ticketLists(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .alterTable('participants')
    .addColumn('public_at', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute()
  await sql`
    UPDATE participants SET public_at = coalesce((SELECT t.public_at FROM tickets t WHERE t.id = participants.ticket_id), 0)
  `.execute(db)
  await db.schema.dropIndex('participants_user').execute()
  await db.schema
    .createIndex('participants_list')
    .on('participants')
    .columns(['user_id', 'public_at', 'ticket_id'])
    .execute()
  await db.schema.dropIndex('tickets_public').execute()
  await db.schema.createIndex('tickets_status').on('tickets').columns(['status', 'staff_at', 'id']).execute()
  await db.schema.dropIndex('tickets_assignee').execute()
  await db.schema.createIndex('tickets_charge').on('tickets').columns(['assignee_id', 'staff_at', 'id']).execute()
  await db.schema
    .createIndex('ticket_departures_list')
    .on('ticket_departures')
    .columns(['user_id', 'was', 'at', 'ticket_id'])
    .execute()
  await db.schema
    .createIndex('messages_public_places')
    .on('messages')
    .columns(['ticket_id', 'staff_number'])
    .where(sql<boolean>`public_number IS NOT NULL`)
    .execute()
}
