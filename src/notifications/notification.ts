import type { Actor } from '../auth/viewer.ts'
import type { JsonObject } from '../lib/json.ts'
import type { OptionalValues } from '../storage/notification-fields.ts'

/** How much a notification matters; Herald delivers all alike. */
export type Priority = 'LOW' | 'NORMAL' | 'HIGH' | 'URGENT'

/** What can be said of notifications; what each means is in `schema/notifications.graphql`. */
export type Mark = 'SEEN' | 'READ' | 'UNREAD' | 'ARCHIVED' | 'UNARCHIVED'

/** A notification in one user's inbox. What else may be null is listed in `storage/notification-fields.ts`. */
export interface Notification extends OptionalValues {
  readonly id: string
  readonly type: string
  readonly category: string
  readonly title: string
  readonly body: string | null
  readonly data: JsonObject | null
  readonly actor: Actor | null
  readonly priority: Priority
  readonly createdAt: number
  readonly seenAt: number | null
  readonly readAt: number | null
  readonly archivedAt: number | null
  readonly expiresAt: number | null
  /** The revision of the inbox at its latest change. */
  readonly revision: number
  /** The revision of the inbox that added it: its place, which never changes. */
  readonly arrivedRevision: number
}

/** How much is unread in one category, up to the cap. */
export interface CategoryCount {
  readonly category: string
  readonly count: number
  /** There are more. */
  readonly isCapped: boolean
}

/** How much is unread: an absolute value; the larger revision wins. */
export interface UnreadCount {
  readonly count: number
  readonly isCapped: boolean
  readonly byCategory: readonly CategoryCount[]
  readonly revision: number
}

/** A notification arrived. */
export interface NotificationAdded {
  readonly __typename: 'NotificationAdded'
  readonly notification: Notification
  readonly unread: UnreadCount
  readonly cursor: string
}

/** Notifications changed their marks. Either `upToRevision` or, where it is null, `ids` says which. */
export interface NotificationsMarked {
  readonly __typename: 'NotificationsMarked'
  readonly mark: Mark
  readonly ids: readonly string[]
  readonly upToRevision: number | null
  readonly category: string | null
  readonly at: number
  readonly unread: UnreadCount
  readonly cursor: string
}

/** Notifications were retracted or expired. */
export interface NotificationsRemoved {
  readonly __typename: 'NotificationsRemoved'
  readonly ids: readonly string[]
  readonly unread: UnreadCount
  readonly cursor: string
}

/** Something may have been missed: the list is to be loaded again. */
export interface NotificationsReset {
  readonly __typename: 'NotificationsReset'
  readonly unread: UnreadCount
  readonly cursor: string
}

/** One change of an inbox. */
export type NotificationEvent = NotificationAdded | NotificationsMarked | NotificationsRemoved | NotificationsReset
