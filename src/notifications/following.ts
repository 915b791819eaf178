import type { Viewer } from '../auth/viewer.ts'
import { revisionOf } from '../delivery/cursor.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import type { Wanted } from '../lib/wanted.ts'
import type { Storage } from '../storage/storage.ts'
import type { ReadHead } from '../storage/stream-heads.ts'
import type { DeliveredTimes } from './delivered-times.ts'
import { createUnreadFollowing, type UnreadFollowing } from './follow-unread.ts'
import { takeAdditions, takeEvent, takeInvalidation } from './inbox-items.ts'
import { InboxLog, type InboxView } from './inbox-log.ts'
import {
  PAGE_SIZES,
  type PageSizes,
  readAddedPage,
  readEventsPage,
  readNewestAgain,
  readReset,
  type WantedEvents,
} from './inbox-pages.ts'
import { createReadCurrentStream, type ReadInbox } from './inbox-reader.ts'
import type { Notification, NotificationEvent } from './notification.ts'
import type { OnlineUsers } from './online-users.ts'

export interface FollowingDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly limits: Limits
  readonly readHead: ReadHead
  readonly readInbox: ReadInbox
  readonly online: OnlineUsers
  readonly delivered: Pick<DeliveredTimes, 'note'>
  /** How much is read at a time of what a subscriber has missed. */
  readonly pageSizes?: PageSizes | undefined
}

/** The subscriptions to an inbox, and its unread count. */
export interface InboxFollowing extends UnreadFollowing {
  /**
   * Log: notifications that arrive after the cursor, or from now on. From the store only their wanted fields are read. Throws
   * BAD_USER_INPUT and CURSOR_EXPIRED.
   */
  followAdded(viewer: Viewer, after: string | null | undefined, wanted?: Wanted): Promise<InboxLog<Notification>>
  /**
   * Log: every change after the cursor, or from now on. From the store only the wanted fields of notifications are read. Who asks for the
   * notifications of marks, or how many are unseen, has each change read from the store. Throws BAD_USER_INPUT and CURSOR_EXPIRED.
   */
  followEvents(
    viewer: Viewer,
    after: string | null | undefined,
    wanted?: WantedEvents,
  ): Promise<InboxLog<NotificationEvent>>
}

/** Creates the subscriptions to inboxes. */
export function createFollowing(deps: FollowingDeps): InboxFollowing {
  const { storage, clock, limits, online, delivered, pageSizes: sizes = PAGE_SIZES } = deps
  const readCurrentStream = createReadCurrentStream(deps)
  const additions: InboxView<Notification> = {
    storage,
    clock,
    online,
    noteDelivered: delivered.note,
    readPage: (tx, start) => readAddedPage(tx, start, sizes),
    readReset: readNewestAgain,
    reopen: (userId, wanted) => followLog(additions, userId, null, wanted),
    take: takeAdditions,
  }
  const cap = limits.unreadCap
  const eventsOf = ({ marked, unseen }: Omit<WantedEvents, 'entries'>): InboxView<NotificationEvent> => ({
    storage,
    clock,
    online,
    noteDelivered: delivered.note,
    readPage: (tx, start) => readEventsPage(tx, start, { sizes, cap, marked, unseen }),
    readReset: (tx, followed) => readReset(tx, followed, { cap, unseen }),
    reopen: (userId, entries) => followEvents(userId, null, { entries, marked, unseen }),
    take: marked || unseen ? takeInvalidation : takeEvent,
  })
  const events = eventsOf({ marked: false, unseen: false })

  const followLog = async <Item>(
    view: InboxView<Item>,
    userId: string,
    cursor: string | null | undefined,
    wanted: Wanted,
  ): Promise<InboxLog<Item>> => {
    const stream = await readCurrentStream(userId)
    const from = cursor == null ? undefined : revisionOf(cursor, stream)
    return new InboxLog(view, userId, stream, { wanted, from })
  }

  const followEvents = (userId: string, cursor: string | null | undefined, wanted?: WantedEvents) =>
    followLog(wanted?.marked || wanted?.unseen ? eventsOf(wanted) : events, userId, cursor, wanted?.entries)

  return {
    ...createUnreadFollowing(deps),
    followAdded: ({ userId }, cursor, wanted) => followLog(additions, userId, cursor, wanted),
    followEvents: ({ userId }, cursor, wanted) => followEvents(userId, cursor, wanted),
  }
}
