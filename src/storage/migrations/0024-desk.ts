import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** Lists of tickets that staff filters and sorts: by who is in charge and status, and by when they were made. Versions of tickets. */
export async function desk(db: Kysely<Tables>): Promise<void> {
  for (const column of ['public_revision', 'staff_revision']) {
    await db.schema
      .alterTable('tickets')
      .addColumn(column, 'bigint', (its) => its.notNull().defaultTo(1))
      .execute()
  }
  const indexes = {
    tickets_queue: ['assignee_id', 'status', 'staff_at', 'id'],
    tickets_created: ['created_at', 'id'],
    tickets_status_created: ['status', 'created_at', 'id'],
  } as const
  for (const [name, columns] of Object.entries(indexes)) {
    await db.schema
      .createIndex(name)
      .on('tickets')
      .columns([...columns])
      .execute()
  }
}
