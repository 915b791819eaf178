import type { Actor } from '../auth/viewer.ts'
import type { JsonObject } from '../lib/json.ts'
import type { OptionalValues } from '../storage/notification-fields.ts'

/** How much a notification matters. Herald delivers all alike. */
export type Priority = 'LOW' | 'NORMAL' | 'HIGH' | 'URGENT'

/** What can be marked of a notification. Each mark is explained in `schema/notifications.graphql`. */
export type Mark = 'SEEN' | 'READ' | 'UNREAD' | 'ARCHIVED' | 'UNARCHIVED'

/** What can be marked of a whole inbox. */
export type BulkMark = Extract<Mark, 'SEEN' | 'READ' | 'ARCHIVED'>

/** Several notifications that are one entry of an inbox. */
export interface NotificationGroup {
  readonly key: string
  /** How many they are. */
  readonly count: number
  /** The latest different actors, at most 3. */
  readonly actors: readonly Actor[]
  /** When the latest was sent. */
  readonly latestAt: number
}

/** The actors of notifications, by the ids of the notifications. */
export type Actors = ReadonlyMap<string, Actor>

/** A notification in one user's inbox. Further fields that may be null are listed in `storage/notification-fields.ts`. */
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
  /** When its content last changed; null if never. */
  readonly editedAt: number | null
  /** When it comes back; null unless it is snoozed. */
  readonly snoozedUntil: number | null
  /** It does not count: its category was muted when it arrived. */
  readonly isMuted: boolean
  /** What the entry stands for; null without a `groupKey`. */
  readonly group: NotificationGroup | null
  /** The revision of the inbox at the latest change of the notification. */
  readonly revision: number
  /** The revision of the inbox that added the notification: its place. It is another one when it comes back from snooze. */
  readonly arrivedRevision: number
}

/** How many notifications are unread in one category, up to the cap. */
export interface CategoryCount {
  readonly category: string
  readonly count: number
  /** More are unread than `count` says. */
  readonly isCapped: boolean
}

/** A number that is not counted beyond a cap. */
interface Capped {
  readonly count: number
  /** There are more than `count`. */
  readonly isCapped: boolean
}

/** How many notifications are unread. It is an absolute value; of two the one with the larger revision is newer. */
export interface UnreadCount extends Capped {
  readonly byCategory: readonly CategoryCount[]
  readonly revision: number
  /** How many were not shown in an opened inbox yet. Left out where nobody has asked for it. */
  readonly unseen?: Capped
}

/** A change of an inbox: a notification arrived. */
export interface NotificationAdded {
  readonly __typename: 'NotificationAdded'
  readonly notification: Notification
  readonly unread: UnreadCount
  readonly cursor: string
}

/**
 * A change of an inbox: notifications were marked. `ids` names them, or, where it is not null, `upToRevision`: all that arrived up to
 * there and were not marked so yet.
 */
export interface NotificationsMarked {
  readonly __typename: 'NotificationsMarked'
  readonly mark: Mark
  readonly ids: readonly string[]
  readonly upToRevision: number | null
  readonly category: string | null
  readonly at: number
  /** The notifications as they are now. Left out where nobody has asked for them. */
  readonly notifications?: readonly Notification[]
  readonly unread: UnreadCount
  readonly cursor: string
}

/** A change of an inbox: the content of a notification changed. Its marks and its place stay. */
export interface NotificationUpdated {
  readonly __typename: 'NotificationUpdated'
  readonly notification: Notification
  readonly unread: UnreadCount
  readonly cursor: string
}

/** Why notifications left an inbox. Each is explained in `schema/notifications.graphql`. */
export const REMOVAL_REASONS = ['RETRACTED', 'EXPIRED', 'DELETED', 'SNOOZED'] as const

/** Why notifications left an inbox. */
export type RemovalReason = (typeof REMOVAL_REASONS)[number]

/** A change of an inbox: notifications have left it. */
export interface NotificationsRemoved {
  readonly __typename: 'NotificationsRemoved'
  readonly ids: readonly string[]
  readonly reason: RemovalReason
  readonly unread: UnreadCount
  readonly cursor: string
}

/** Something in an inbox may have been missed. The application loads its list again. */
export interface NotificationsReset {
  readonly __typename: 'NotificationsReset'
  readonly unread: UnreadCount
  readonly cursor: string
}

/** One change of an inbox, as a subscriber gets it. */
export type NotificationEvent =
  | NotificationAdded
  | NotificationsMarked
  | NotificationUpdated
  | NotificationsRemoved
  | NotificationsReset
