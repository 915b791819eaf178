import type { Tx } from '../storage/storage.ts'
import type { Range } from './inbox-rows.ts'

/** The inbox of a user, within a transaction. */
interface InboxOf {
  readonly tx: Tx
  readonly userId: string
}

/** Finds the `arrivedRevision` of the last of the first `count` notifications in a range, expired or not. Undefined: there are fewer. */
export async function findEnd(
  { tx, userId }: InboxOf,
  { after, upTo }: Range,
  count: number,
): Promise<number | undefined> {
  // No two notifications arrived at the same revision.
  if (upTo - after < count) return undefined
  const row = await tx
    .selectFrom('inbox')
    .select('arrived_revision')
    .where('user_id', '=', userId)
    .where('removed_at', 'is', null)
    .where('arrived_revision', '>', after)
    .where('arrived_revision', '<=', upTo)
    .orderBy('arrived_revision')
    .offset(count - 1)
    .limit(1)
    .executeTakeFirst()
  return row?.arrived_revision
}
