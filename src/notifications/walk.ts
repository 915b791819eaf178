import type { Tx } from '../storage/storage.ts'
import type { EntryKey } from './inbox-rows.ts'

/** Inboxes that one transaction of a walk writes to, so that none lasts long. */
export const INBOXES_PER_TRANSACTION = 200

/**
 * Creates a walk through the inboxes that have these notifications. It goes through those of the first notification in the order of users,
 * then through those of the next one.
 */
export function createWalk(ids: readonly string[]) {
  let place = 0
  let after = ''
  /** Finds the next entries, at most `size`; none: the walk is over. */
  return async (tx: Tx, size: number): Promise<readonly EntryKey[]> => {
    const found: EntryKey[] = []
    for (let id = ids[place]; id !== undefined && found.length < size; id = ids[place]) {
      const rows = await tx
        .selectFrom('inbox')
        .select(['user_id', 'notification_id'])
        .where('notification_id', '=', id)
        .where('removed_at', 'is', null)
        .where('user_id', '>', after)
        .orderBy('user_id')
        .limit(size - found.length)
        .execute()
      found.push(...rows)
      const isOver = found.length < size
      after = isOver ? '' : (rows.at(-1)?.user_id ?? after)
      if (isOver) place += 1
    }
    return found
  }
}
