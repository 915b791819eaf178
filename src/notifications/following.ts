import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import { revisionOf } from '../feed/cursor.ts'
import type { Feed } from '../feed/feed.ts'
import { follow } from '../feed/follow.ts'
import { followState } from '../feed/state.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import type { Storage } from '../storage/storage.ts'
import { readAddedPage, readEventsPage } from './changes.ts'
import { takeAdditions, takeEvent } from './event-entries.ts'
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

/** Makes the feeds of inboxes. Whoever follows one is online for announcements. */
export const createFollowing = ({ storage, bus, clock, limits, readInbox, online }: FollowingDeps): Following => {
  const start = (userId: string, after: string | null | undefined) =>
    readInbox(userId, async (_, lane) => ({
      epoch: lane.epoch,
      from: after == null ? lane.revision : revisionOf(after, lane),
    }))

  const viewOf = (userId: string) => ({
    source: inboxLane(userId),
    scope: userId,
    topic: inboxTopic(userId),
    during: () => online.enter(userId),
  })

  const unreadCount = ({ userId }: Viewer): Promise<UnreadCount> =>
    readInbox(userId, (tx, { revision }) => countUnreadOf(tx, { userId, revision }, clock.now(), limits.unreadCap))

  return {
    unreadCount,
    followAdded: async ({ userId }, cursor) => {
      const { epoch, from } = await start(userId, cursor)
      const read = (after: number) =>
        storage.read((tx) => readAddedPage(tx, { userId, epoch, after, now: clock.now() }))
      return follow(bus, { ...viewOf(userId), epoch, read, take: takeAdditions(epoch) }, from)
    },
    followEvents: async ({ userId }, cursor) => {
      const { epoch, from } = await start(userId, cursor)
      const read = (after: number) =>
        storage.read((tx) => readEventsPage(tx, { userId, epoch, after, now: clock.now() }, limits.unreadCap))
      return follow(bus, { ...viewOf(userId), epoch, read, take: takeEvent(epoch) }, from)
    },
    followUnread: async (viewer) => {
      const { topic, ...view } = viewOf(viewer.userId)
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
