import { sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import { NOBODY } from './reads.ts'

/** Read marks that one step of an erasure deletes. */
const ROWS_PER_STEP = 1_000

async function keepStaffMarks(
  tx: Tx,
  marks: readonly { readonly ticket_id: string; readonly number: number }[],
): Promise<void> {
  await tx
    .insertInto('ticket_reads')
    .values(marks.map(({ ticket_id, number }) => ({ ticket_id, user_id: NOBODY, audience: 'staff', number })))
    .onConflict((conflict) =>
      conflict
        .columns(['ticket_id', 'user_id', 'audience'])
        .doUpdateSet({ number: sql`excluded.number` })
        .where('ticket_reads.number', '<', sql<number>`excluded.number`),
    )
    .execute()
}

/**
 * Deletes some of the read marks of a user who is erased. What staff has read stays read: such a mark goes on as that of nobody. Resolves to
 * the tickets of the marks; to none when no mark is left.
 */
export async function forgetReads(tx: Tx, userId: string): Promise<readonly string[]> {
  const some = tx.selectFrom('ticket_reads').select('ticket_id').where('user_id', '=', userId).limit(ROWS_PER_STEP)
  const deleted = await tx
    .deleteFrom('ticket_reads')
    .where('user_id', '=', userId)
    .where('ticket_id', 'in', some)
    .returning(['ticket_id', 'audience', 'number'])
    .execute()
  const ofStaff = deleted.filter(({ audience, number }) => audience === 'staff' && number > 0)
  if (ofStaff.length > 0) await keepStaffMarks(tx, ofStaff)
  return [...new Set(deleted.map(({ ticket_id }) => ticket_id))]
}
