import type { Viewer } from '../auth/viewer.ts'
import { revisionOf } from '../delivery/cursor.ts'
import type { Description } from '../delivery/description.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import type { Wanted } from '../lib/wanted.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { ReadHead } from '../storage/stream-heads.ts'
import type { StreamHead } from '../storage/streams.ts'
import { type InboxEvent, inboxStream, inboxTopic } from './inbox-events.ts'
import { InboxLog, type InboxView } from './inbox-log.ts'
import {
  PAGE_SIZES,
  type PageSizes,
  readAddedPage,
  readEventsPage,
  readNewestAgain,
  readReset,
  takeAdditions,
  takeEvent,
} from './inbox-pages.ts'
import { createReadCurrentStream, type ReadInbox } from './inbox-reader.ts'
import type { Notification, NotificationEvent, UnreadCount } from './notification.ts'
import type { OnlineUsers } from './online-users.ts'
import { countUnreadOf } from './unread.ts'

export interface FollowingDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly limits: Limits
  readonly readHead: ReadHead
  readonly readInbox: ReadInbox
  readonly online: OnlineUsers
  /** How much is read at a time of what a subscriber has missed. */
  readonly pageSizes?: PageSizes | undefined
}

/** The subscriptions to an inbox, and its unread count. */
export interface InboxFollowing {
  /**
   * Log: notifications that arrive after the cursor, or from now on. From the store only their wanted fields are read. Throws
   * BAD_USER_INPUT and CURSOR_EXPIRED.
   */
  followAdded(viewer: Viewer, after: string | null | undefined, wanted?: Wanted): Promise<InboxLog<Notification>>
  /**
   * Log: every change after the cursor, or from now on. From the store only the wanted fields of notifications are read. Throws
   * BAD_USER_INPUT and CURSOR_EXPIRED.
   */
  followEvents(viewer: Viewer, after: string | null | undefined, wanted?: Wanted): Promise<InboxLog<NotificationEvent>>
  /** State: the unread count, at once and after every change. */
  followUnread(viewer: Viewer): Promise<Description<UnreadCount>>
  /** Reads how much is unread in the viewer's inbox now. */
  unreadCount(viewer: Viewer): Promise<UnreadCount>
}

/** Creates the subscriptions to inboxes. */
export function createFollowing(deps: FollowingDeps): InboxFollowing {
  const { storage, clock, limits, readInbox, online, pageSizes: sizes = PAGE_SIZES } = deps
  const readCurrentStream = createReadCurrentStream(deps)
  const additions: InboxView<Notification> = {
    storage,
    clock,
    online,
    readPage: (tx, start) => readAddedPage(tx, start, sizes),
    readReset: readNewestAgain,
    reopen: (userId, wanted) => followLog(additions, userId, null, wanted),
    take: takeAdditions,
  }
  const events: InboxView<NotificationEvent> = {
    storage,
    clock,
    online,
    readPage: (tx, start) => readEventsPage(tx, start, { sizes, cap: limits.unreadCap }),
    readReset: (tx, followed) => readReset(tx, followed, limits.unreadCap),
    reopen: (userId, wanted) => followLog(events, userId, null, wanted),
    take: takeEvent,
  }

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

  const unreadCount = ({ userId }: Viewer): Promise<UnreadCount> =>
    readInbox(userId, (tx, { revision }) => countUnreadOf(tx, { userId, revision }, limits.unreadCap))

  return {
    unreadCount,
    followAdded: ({ userId }, cursor, wanted) => followLog(additions, userId, cursor, wanted),
    followEvents: ({ userId }, cursor, wanted) => followLog(events, userId, cursor, wanted),
    followUnread: async (viewer) => {
      const { userId } = viewer
      const update = (value: UnreadCount, epoch: string) => ({ key: userId, value, epoch })
      const count = (tx: Tx, { epoch, revision }: StreamHead) =>
        countUnreadOf(tx, { userId, revision }, limits.unreadCap).then((value) => [update(value, epoch)])
      return {
        kind: 'state',
        source: inboxStream(userId),
        scope: { user: userId },
        topics: [inboxTopic(userId)],
        during: () => online.enter(userId),
        load: () => readInbox(userId, count),
        take: ({ epoch, unread }: InboxEvent) => (epoch === '' ? [] : [update(unread, epoch)]),
        isNewer: (count, than) => count.revision > than.revision,
        revisionOf: ({ revision }) => revision,
      }
    },
  }
}
