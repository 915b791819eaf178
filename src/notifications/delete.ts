import type { Viewer } from '../auth/viewer.ts'
import { notFound } from '../lib/errors.ts'
import { requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { NOTIFICATION_ID } from '../lib/values.ts'
import type { WantedPage } from '../lib/wanted.ts'
import { findEntries } from './group-arrivals.ts'
import type { Marking, MarkOutcome } from './mark-named.ts'
import type { UnreadCount } from './notification.ts'
import type { ChangeOwn } from './own-inbox.ts'
import { removeEntries } from './removal.ts'

/** The result of a command that deletes notifications. */
export interface Deleted {
  /** The named notifications, which are gone now, in the order in which they were named. Of a group its entry. */
  readonly deletedIds: readonly string[]
  readonly unread: UnreadCount
  /** The cursor of the inbox after it. */
  readonly cursor: string
}

/** What a deletion did. `ids` are the named entries. */
interface RemovedOwn extends MarkOutcome {
  readonly ids: readonly string[]
}

/** The entries that are named by ids, without duplicates. Throws NOT_FOUND when one never was in the inbox. */
export async function requireEntries({ tx, userId }: Marking, ids: readonly string[]): Promise<readonly string[]> {
  const known = await tx
    .selectFrom('inbox')
    .select('notification_id')
    .where('user_id', '=', userId)
    .where('notification_id', 'in', ids)
    .execute()
  const own = new Set(known.map(({ notification_id }) => notification_id))
  const others = ids.filter((id) => !own.has(id))
  if (others.length === 0) return ids
  const entries = await findEntries(tx, userId, others)
  const missing = others.find((id) => !entries.has(id))
  if (missing !== undefined) throw notFound(`Notification ${missing}`)
  return [...new Set(ids.map((id) => entries.get(id) ?? id))]
}

async function removeOwn(marking: Marking, named: readonly string[]): Promise<RemovedOwn> {
  const { tx, userId, stream, now } = marking
  const ids = await requireEntries(marking, named)
  const found = ids.map((id) => ({ user_id: userId, notification_id: id }))
  const { count, writes } = await removeEntries(tx, found, { now, reason: 'DELETED' })
  const { stream: after = stream, facts = [] } = writes[0] ?? {}
  return { changed: count, stream: after, facts, upToRevision: null, notifications: [], ids }
}

/**
 * Creates `Notifications.delete`, which removes notifications from the inbox of the viewer and from the devices that show it. Others keep
 * theirs. What is gone already is no error. Throws NOT_FOUND when an id never was in the inbox, and deletes none then.
 */
export function createDelete(run: ChangeOwn, limits: Limits) {
  return async (
    { userId }: Viewer,
    ids: readonly string[],
    wanted: Pick<WantedPage, 'unseen'> = {},
  ): Promise<Deleted> => {
    const named = requireTexts('ids', ids, limits.ids, NOTIFICATION_ID)
    const { marked, outcome } = await run(userId, wanted, (marking) => removeOwn(marking, named))
    return { deletedIds: outcome.ids, unread: marked.unread, cursor: marked.cursor }
  }
}
