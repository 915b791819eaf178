import type { Kysely } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** Who has read a ticket, as they were then: staff need not be among the participants, who are described there. */
export async function ticketReaders(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema.alterTable('ticket_reads').addColumn('actor', text).execute()
}
