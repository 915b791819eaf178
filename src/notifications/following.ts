import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import { revisionOf } from '../feed/cursor.ts'
import type { Feed } from '../feed/feed.ts'
import { type Change, follow, type Page } from '../feed/follow.ts'
import { followState } from '../feed/state.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type Position, readAddedPage, readEventsPage } from './changes.ts'
import { createReadCurrentLane } from './current-lane.ts'
import { takeAdditions, takeEvent } from './event-entries.ts'
import type { InboxEvent } from './inbox-event.ts'
import { inboxLane, inboxTopic } from './inbox-events.ts'
import type { ReadInbox } from './inbox-reader.ts'
import type { Notification, NotificationEvent, UnreadCount } from './notification.ts'
import type { OnlineUsers } from './online-users.ts'
import { countUnreadOf } from './unread.ts'

export interface FollowingDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
  readonly readInbox: ReadInbox
  readonly online: OnlineUsers
}

/** What can be followed of an inbox. */
export interface Following {
  /** Log: what arrives after the cursor, or from now on. Throws BAD_USER_INPUT and CURSOR_EXPIRED. */
  followAdded(viewer: Viewer, after: string | null | undefined): Promise<Feed<Notification>>
  /** Log: every change after the cursor, or from now on. Throws BAD_USER_INPUT and CURSOR_EXPIRED. */
  followEvents(viewer: Viewer, after: string | null | undefined): Promise<Feed<NotificationEvent>>
  /** State: the count at once and after every change. */
  followUnread(viewer: Viewer): Promise<Feed<UnreadCount>>
  unreadCount(viewer: Viewer): Promise<UnreadCount>
}

/**
 * What the feeds of one inbox have in common. Whoever follows one is online for announcements; `announced` is the last one that
 * the inbox is known to have taken in.
 */
const viewOf = (userId: string, online: OnlineUsers, announced?: number) => ({
  source: inboxLane(userId),
  scope: userId,
  topic: inboxTopic(userId),
  during: () => online.enter(userId, announced),
})

/** Makes the feeds of inboxes. */
export const createFollowing = ({ storage, bus, clock, limits, readInbox, online }: FollowingDeps): Following => {
  const readCurrentLane = createReadCurrentLane({ storage, readInbox })

  const followLog = async <Item>(
    userId: string,
    cursor: string | null | undefined,
    readPage: (tx: Tx, position: Position) => Promise<Page<Item>>,
    take: (epoch: string) => (event: InboxEvent) => Change<Item>,
  ): Promise<Feed<Item>> => {
    const lane = await readCurrentLane(userId)
    const { epoch } = lane
    const from = cursor == null ? lane.revision : revisionOf(cursor, lane)
    const read = (after: number) => storage.read((tx) => readPage(tx, { userId, epoch, after, now: clock.now() }))
    return follow(bus, { ...viewOf(userId, online, lane.announced), epoch, read, take: take(epoch) }, from)
  }

  const unreadCount = ({ userId }: Viewer): Promise<UnreadCount> =>
    readInbox(userId, (tx, { revision }) => countUnreadOf(tx, { userId, revision }, limits.unreadCap))

  return {
    unreadCount,
    followAdded: ({ userId }, cursor) => followLog(userId, cursor, readAddedPage, takeAdditions),
    followEvents: ({ userId }, cursor) =>
      followLog(userId, cursor, (tx, position) => readEventsPage(tx, position, limits.unreadCap), takeEvent),
    followUnread: async (viewer) => {
      const { topic, ...view } = viewOf(viewer.userId, online)
      const update = (value: UnreadCount) => ({ key: viewer.userId, value })
      return followState(bus, {
        ...view,
        topics: [topic],
        load: async () => [update(await unreadCount(viewer))],
        take: ({ epoch, unread }) => (epoch === '' ? [] : [update(unread)]),
        isNewer: (count, than) => count.revision > than.revision,
        revisionOf: ({ revision }) => revision,
      })
    },
  }
}
