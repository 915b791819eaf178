import { sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import { type EntryKey, isOneOf } from './inbox-rows.ts'
import { deleteContent } from './removal.ts'

/** Notifications of groups that one transaction deletes. */
export const MEMBERS_PER_TRANSACTION = 1_000

/** Deletes some of the notifications of groups of which nothing is left. Resolves to how many. */
export async function deleteMembersOf(tx: Tx, entries: readonly EntryKey[]): Promise<number> {
  if (entries.length === 0) return 0
  const names = entries.map(({ user_id, notification_id }) => sql`(${user_id}, ${notification_id})`)
  const members = await tx
    .selectFrom('group_members')
    .select(['user_id', 'notification_id'])
    .where(sql<boolean>`(user_id, entry_id) IN (VALUES ${sql.join(names)})`)
    .limit(MEMBERS_PER_TRANSACTION)
    .execute()
  return deleteMembers(tx, members)
}

/** Deletes notifications of groups, with content that nobody has then. Resolves to how many. */
export async function deleteMembers(tx: Tx, members: readonly EntryKey[]): Promise<number> {
  if (members.length === 0) return 0
  await tx.deleteFrom('group_members').where(isOneOf(members)).execute()
  await deleteContent(tx, [...new Set(members.map(({ notification_id }) => notification_id))])
  return members.length
}

/** Finds some notifications that were taken out of groups by a time, at most `limit`. */
export function findTaken(tx: Tx, before: number, limit: number): Promise<readonly EntryKey[]> {
  return tx
    .selectFrom('group_members')
    .select(['user_id', 'notification_id'])
    .where('removed_at', 'is not', null)
    .where('removed_at', '<=', before)
    .orderBy('removed_at')
    .limit(limit)
    .execute()
}
