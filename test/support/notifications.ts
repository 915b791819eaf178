import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import type { AnnounceInput } from '../../src/notifications/announce.ts'
import type { NotificationInput } from '../../src/notifications/content.ts'
import type { Notifications } from '../../src/notifications/notifications.ts'
import { type Embedded, openEmbedded } from './embedded.ts'
import { viewer } from './viewer.ts'
import { createNotifications } from './with-bus.ts'

export interface Scene extends Embedded {
  readonly notifications: Notifications
  /** Notifies users and returns the id. */
  send(userIds: string | readonly string[], notification?: Partial<NotificationInput>): Promise<string>
  /** Announces to everyone and returns the id. */
  announce(notification?: Partial<NotificationInput>, more?: Omit<AnnounceInput, 'notification'>): Promise<string>
  /** Has the inboxes of these users begun. */
  begin(...userIds: readonly string[]): Promise<void>
  /** The ids in a user's list, newest first. */
  ids(userId: string): Promise<readonly string[]>
  /** Where the user's inbox stands. */
  revision(userId: string): Promise<number>
}

export const ann = viewer('ann')
export const bob = viewer('bob')

const HELLO: NotificationInput = { type: 'chat.hello', title: 'Hello' }

/** The feature on real mechanisms. */
export async function openScene(): Promise<Scene> {
  const embedded = await openEmbedded()
  const notifications = createNotifications({ ...embedded, limits: DEFAULT_LIMITS })
  return {
    ...embedded,
    notifications,
    send: async (userIds, notification) => {
      const input = { userIds: [userIds].flat(), notification: { ...HELLO, ...notification } }
      return (await notifications.notify(input)).notificationId
    },
    announce: async (notification, more) =>
      (await notifications.announce({ notification: { ...HELLO, ...notification }, ...more })).notificationId,
    begin: async (...userIds) => {
      for (const userId of userIds) await notifications.unreadCount(viewer(userId))
    },
    ids: async (userId) => (await notifications.list(viewer(userId), { first: 100 })).nodes.map(({ id }) => id),
    revision: async (userId) => (await notifications.unreadCount(viewer(userId))).revision,
  }
}
