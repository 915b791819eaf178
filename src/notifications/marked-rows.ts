import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../lib/clock.ts'
import type { Wanted } from '../lib/wanted.ts'
import type { Storage } from '../storage/storage.ts'
import { readStream } from '../storage/streams.ts'
import { inboxStream } from './inbox-events.ts'
import { readByIds } from './inbox-rows.ts'
import { readNewest } from './list.ts'
import { BULK_COLUMN } from './mark-all.ts'
import type { Marking } from './mark-named.ts'
import type { BulkMark, Mark, Notification, NotificationsMarked } from './notification.ts'

/** The most notifications that a mark of a whole inbox answers with. */
const NEWEST = 100

/** Which notifications a mark of a whole inbox has changed: of `category`, or of all where that is null. */
interface BulkMarked extends Pick<NotificationsMarked, 'category' | 'at'> {
  readonly mark: BulkMark
  readonly upToRevision: number
}

/** Reads the newest 100 notifications that a mark of a whole inbox has changed, as they are now. */
export function readNewestMarked(
  { tx, userId, stream, now }: Marking,
  { mark, upToRevision, category, at }: BulkMarked,
  wanted: Wanted,
): Promise<readonly Notification[]> {
  const marked = { column: `${BULK_COLUMN[mark]}_at` as const, at }
  const filter = { marked, categories: category === null ? null : [category] }
  return readNewest(tx, { userId, stream, now, count: NEWEST, end: upToRevision + 1, filter, wanted })
}

function isBulk(mark: Mark): mark is BulkMark {
  return mark in BULK_COLUMN
}

/** What `createFindMarked` needs. */
export interface FindMarkedDeps {
  readonly storage: Storage
  readonly clock: Clock
}

/**
 * Creates `Notifications.findMarked`, which reads the notifications that an event of a mark is about, as they are now: those that it names,
 * in the order of their ids, or the newest 100 of those that a mark of a whole inbox changed. What was removed meanwhile is left out.
 */
export function createFindMarked({ storage, clock }: FindMarkedDeps) {
  return (
    { userId }: Viewer,
    { mark, ids, upToRevision, category, at }: NotificationsMarked,
    wanted?: Wanted,
  ): Promise<readonly Notification[]> =>
    storage.read(async (tx) => {
      const now = clock.now()
      if (upToRevision === null) {
        const found = await readByIds(tx, { userId, now, wanted }, ids)
        return ids.flatMap((id) => found.get(id) ?? [])
      }
      const stream = await readStream(tx, inboxStream(userId))
      const event = { upToRevision, category, at }
      return stream && isBulk(mark) ? readNewestMarked({ tx, userId, stream, now }, { ...event, mark }, wanted) : []
    })
}
