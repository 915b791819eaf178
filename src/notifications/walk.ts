import { sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import { type EntryKey, type Had, isHad } from './inbox-rows.ts'

/** Inboxes that one transaction of a walk writes to, so that none lasts long. */
export const INBOXES_PER_TRANSACTION = 200

/** A notification in one inbox. */
export interface HeldEntry extends EntryKey {
  /** The notification, where it belongs to a group: the entry is that of the group. Null: it is the entry. */
  readonly member_id: string | null
}

/** Which inboxes that have a notification are next. */
interface Next {
  readonly id: string
  /** The user after whom to go on. */
  readonly after: string
  readonly limit: number
}

/** Selects the next inboxes in which a notification is an entry of its own, listed or snoozed. */
function selectAlone(tx: Tx, which: Had, { id, after, limit }: Next) {
  return tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id', sql<string | null>`CAST(NULL AS text)`.as('member_id')])
    .where('notification_id', '=', id)
    .where(isHad(which))
    .where('group_key', 'is', null)
    .where('user_id', '>', after)
    .orderBy('user_id')
    .limit(limit)
}

/** Selects the next inboxes in which a notification belongs to a group, by the index `group_members_recipients`. */
function selectGrouped(tx: Tx, { id, after, limit }: Next) {
  return tx
    .selectFrom('group_members as m')
    .select(['m.user_id', 'm.entry_id as notification_id', sql<string | null>`m.notification_id`.as('member_id')])
    .where('m.notification_id', '=', id)
    .where('m.removed_at', 'is', null)
    .where('m.user_id', '>', after)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('inbox as i')
          .select('i.user_id')
          .whereRef('i.user_id', '=', 'm.user_id')
          .whereRef('i.notification_id', '=', 'm.entry_id')
          .where(({ eb, or }) => or([eb('i.removed_at', 'is', null), eb('i.snoozed_until', 'is not', null)])),
      ),
    )
    .orderBy('m.user_id')
    .limit(limit)
}

function findNext(tx: Tx, next: Next): Promise<readonly HeldEntry[]> {
  const both = tx
    .selectFrom(selectAlone(tx, 'listed', next).as('listed'))
    .selectAll()
    .unionAll(tx.selectFrom(selectAlone(tx, 'snoozed', next).as('snoozed')).selectAll())
    .unionAll(tx.selectFrom(selectGrouped(tx, next).as('grouped')).selectAll())
  return tx.selectFrom(both.as('held')).selectAll().orderBy('user_id').limit(next.limit).execute()
}

/**
 * Creates a walk through the inboxes that have these notifications, listed or snoozed. It goes through those of the first notification in the order of users,
 * then through those of the next one.
 */
export function createWalk(ids: readonly string[]) {
  let place = 0
  let after = ''
  /** Finds the next entries, at most `size`; none: the walk is over. */
  return async (tx: Tx, size: number): Promise<readonly HeldEntry[]> => {
    const found: HeldEntry[] = []
    for (let id = ids[place]; id !== undefined && found.length < size; id = ids[place]) {
      const rows = await findNext(tx, { id, after, limit: size - found.length })
      found.push(...rows)
      const isOver = found.length < size
      after = isOver ? '' : (rows.at(-1)?.user_id ?? after)
      if (isOver) place += 1
    }
    return found
  }
}
