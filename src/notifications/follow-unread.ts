import type { Viewer } from '../auth/viewer.ts'
import type { Description } from '../delivery/description.ts'
import type { Limits } from '../lib/limits.ts'
import { readWithRetry } from '../lib/retry.ts'
import { type InboxEvent, inboxStream, inboxTopic } from './inbox-events.ts'
import type { ReadInbox } from './inbox-reader.ts'
import type { UnreadCount } from './notification.ts'
import type { OnlineUsers } from './online-users.ts'
import { countAskedOf } from './unread.ts'

export interface UnreadFollowingDeps {
  readonly limits: Limits
  readonly readInbox: ReadInbox
  readonly online: OnlineUsers
}

/** The unread count of an inbox: once, and followed. */
export interface UnreadFollowing {
  /** State: the unread count, at once and after every change; with `unseen`, also how many are unseen. */
  followUnread(viewer: Viewer, unseen?: boolean): Promise<Description<UnreadCount>>
  /** Reads how much is unread in the viewer's inbox now; with `unseen`, also how many are unseen. */
  unreadCount(viewer: Viewer, unseen?: boolean): Promise<UnreadCount>
}

/** Creates `UnreadFollowing`. Events say how much is unread, but not how many are unseen: that is read when the reader takes it. */
export function createUnreadFollowing({ limits, readInbox, online }: UnreadFollowingDeps): UnreadFollowing {
  const cap = limits.unreadCap
  const readCount = (userId: string, unseen: boolean) =>
    readInbox(userId, async (tx, { epoch, revision }) => {
      const count = await countAskedOf(tx, { userId, revision }, { cap, unseen })
      return { key: userId, value: count, epoch }
    })

  return {
    unreadCount: async ({ userId }, unseen = false) => (await readCount(userId, unseen)).value,
    followUnread: async ({ userId }, unseen = false) => {
      let isOver = false
      const readAgain = async (): Promise<UnreadCount> => {
        const { value } = await readWithRetry(
          () => readCount(userId, true),
          () => isOver,
        )
        return value
      }
      return {
        kind: 'state',
        source: inboxStream(userId),
        scope: { user: userId },
        topics: [inboxTopic(userId)],
        during: () => {
          const leave = online.enter(userId)
          return () => {
            isOver = true
            leave()
          }
        },
        load: async () => [await readCount(userId, unseen)],
        take: ({ epoch, unread }: InboxEvent) =>
          epoch === '' ? [] : [{ key: userId, value: unseen ? readAgain : unread, epoch }],
        isNewer: (count, than) => count.revision > than.revision,
        revisionOf: ({ revision }) => revision,
      }
    },
  }
}
