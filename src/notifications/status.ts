import type { Selectable } from 'kysely'
import { notFound } from '../lib/errors.ts'
import { requireText, requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { NOTIFICATION_ID, USER_ID } from '../lib/values.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'

interface Deps {
  readonly storage: Storage
  readonly limits: Limits
}

/** How far a notification got with one user. Times are milliseconds since 1970, and null for what has not happened. */
export interface NotificationStatus {
  readonly userId: string
  readonly storedAt: number | null
  /** When it had first reached a device: one acknowledged it, or it was seen or read before that. */
  readonly deliveredAt: number | null
  readonly seenAt: number | null
  readonly readAt: number | null
  /** When the backend was told that nobody saw it; of one in a group, that nobody saw the group since it is in there. */
  readonly handedOffAt: number | null
  readonly removedAt: number | null
}

const NOTHING = { storedAt: null, deliveredAt: null, seenAt: null, readAt: null, handedOffAt: null, removedAt: null }

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}

/** Where a notification stands in an inbox. `taken_at` is when it was taken out of its group; null: it was not. */
type StatusRow = Pick<
  Selectable<Tables['inbox']>,
  'user_id' | 'delivered_at' | 'seen_at' | 'read_at' | 'handed_off_at' | 'removed_at' | 'snoozed_until'
> & { readonly taken_at: number | null; readonly isInGroup: boolean }

function toStatus(row: StatusRow, storedAt: number | null): NotificationStatus {
  const { taken_at: taken } = row
  // What happened to the rest of a group later did not happen to what was taken out of it.
  const own = (at: number | null): number | null => (at !== null && taken !== null && at > taken ? null : at)
  const [deliveredAt, seenAt, readAt] = [own(row.delivered_at), own(row.seen_at), own(row.read_at)]
  // The group was handed off before this one joined it.
  const isBefore = row.isInGroup && row.handed_off_at !== null && storedAt !== null && row.handed_off_at < storedAt
  // What is snoozed comes back.
  const removedAt = taken ?? (row.snoozed_until === null ? row.removed_at : null)
  return {
    userId: row.user_id,
    storedAt,
    deliveredAt: earliest([deliveredAt, seenAt, readAt]),
    seenAt,
    readAt,
    handedOffAt: isBefore ? null : own(row.handed_off_at),
    removedAt,
  }
}

async function readStatus(tx: Tx, id: string, userIds: readonly string[]) {
  const content = await tx.selectFrom('notifications').select('created_at').where('id', '=', id).executeTakeFirst()
  const columns = ['delivered_at', 'seen_at', 'read_at', 'handed_off_at', 'removed_at', 'snoozed_until'] as const
  const own = await tx
    .selectFrom('inbox')
    .select(['user_id', ...columns])
    .where('notification_id', '=', id)
    .where('user_id', 'in', userIds)
    .execute()
  // The entry of its group stands for it.
  const grouped = await tx
    .selectFrom('group_members as member')
    .innerJoin('inbox', (join) =>
      join.onRef('inbox.user_id', '=', 'member.user_id').onRef('inbox.notification_id', '=', 'member.entry_id'),
    )
    .select(['member.user_id', 'member.removed_at as taken_at', ...columns.map((column) => `inbox.${column}` as const)])
    .where('member.notification_id', '=', id)
    .where('member.user_id', 'in', userIds)
    .execute()
  const rows: readonly StatusRow[] = [
    ...own.map((row) => ({ ...row, taken_at: null, isInGroup: false })),
    ...grouped.map((row) => ({ ...row, isInGroup: true })),
  ]
  if (!content && rows.length === 0) throw notFound('Notification')
  return rows.map((row) => toStatus(row, content?.created_at ?? null))
}

/**
 * Creates `Notifications.status`. Throws NOT_FOUND when nothing is known of the notification, and BAD_USER_INPUT when there is no user, or
 * more than `limits.ids`.
 */
export function createStatus({ storage, limits }: Deps) {
  return async (id: string, userIds: readonly string[]): Promise<readonly NotificationStatus[]> => {
    const named = requireText('id', id, NOTIFICATION_ID)
    const users = requireTexts('userIds', userIds, limits.ids, USER_ID)
    const found = await storage.read((tx) => readStatus(tx, named, users))
    const known = new Map(found.map((status) => [status.userId, status]))
    return userIds.map((userId) => known.get(userId) ?? { userId, ...NOTHING })
  }
}
