import type { Kysely } from 'kysely'
import type { Tables, TextType } from '../tables.ts'

/** Which tokens are refused although they have not ended: of a user, those from before a moment; or one by its id. */
export async function revocations(db: Kysely<Tables>, text: TextType): Promise<void> {
  await db.schema
    .createTable('revocations')
    .addColumn('seq', 'bigint', (column) => column.primaryKey())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('key', text, (column) => column.notNull())
    .addColumn('not_before', 'bigint')
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('revocations_of', ['kind', 'key'])
    .execute()
  await db.schema.createIndex('revocations_age').on('revocations').column('expires_at').execute()
}
