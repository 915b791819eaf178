import type { LaneState } from '../storage/lanes.ts'
import type { Tx } from '../storage/storage.ts'
import type { InboxFact } from './inbox-event.ts'
import type { Notification, UnreadCount } from './notification.ts'

/** What became of a mark. */
export interface Marked {
  /** How many notifications changed. */
  readonly changed: number
  /** The bound that `markAllAsRead` used; null for the others. */
  readonly upToRevision: number | null
  /** The named notifications as they are now, in the order of the ids; none for `markAllAsRead`. */
  readonly notifications: readonly Notification[]
  readonly unread: UnreadCount
  /** The position of the inbox after it. */
  readonly cursor: string
}

/** A command under way on one inbox, whose lane is locked. */
export interface Marking {
  readonly tx: Tx
  readonly userId: string
  readonly lane: LaneState
  readonly now: number
}

/** What a command did; no facts when it changed nothing. */
export interface Outcome extends Pick<Marked, 'changed' | 'upToRevision' | 'notifications'> {
  readonly lane: LaneState
  readonly facts: readonly InboxFact[]
}
