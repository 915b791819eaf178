import type { Tx } from '../storage/storage.ts'
import { type EntryKey, type Had, isHad } from './inbox-rows.ts'

/** Inboxes that one transaction of a walk writes to, so that none lasts long. */
export const INBOXES_PER_TRANSACTION = 200

/** Selects the first users behind `after` who have a notification, listed or snoozed. */
function selectHolders(
  tx: Tx,
  { id, after, limit }: { readonly id: string; readonly after: string; readonly limit: number },
) {
  const some = (which: Had) =>
    tx
      .selectFrom('inbox')
      .select(['user_id', 'notification_id'])
      .where('notification_id', '=', id)
      .where(isHad(which))
      .where('user_id', '>', after)
      .orderBy('user_id')
      .limit(limit)
      .as(which)
  return tx
    .selectFrom(
      tx
        .selectFrom(some('listed'))
        .selectAll()
        .unionAll(tx.selectFrom(some('snoozed')).selectAll())
        .as('holders'),
    )
    .selectAll()
    .orderBy('user_id')
    .limit(limit)
}

/**
 * Creates a walk through the inboxes that have these notifications, listed or snoozed. It goes through those of the first notification in the order of users,
 * then through those of the next one.
 */
export function createWalk(ids: readonly string[]) {
  let place = 0
  let after = ''
  /** Finds the next entries, at most `size`; none: the walk is over. */
  return async (tx: Tx, size: number): Promise<readonly EntryKey[]> => {
    const found: EntryKey[] = []
    for (let id = ids[place]; id !== undefined && found.length < size; id = ids[place]) {
      const rows = await selectHolders(tx, { id, after, limit: size - found.length }).execute()
      found.push(...rows)
      const isOver = found.length < size
      after = isOver ? '' : (rows.at(-1)?.user_id ?? after)
      if (isOver) place += 1
    }
    return found
  }
}
