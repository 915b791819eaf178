import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import { DEFAULT_RETENTION, type Limits, type Retention } from '../lib/limits.ts'
import type { Log } from '../lib/log.ts'
import type { Wanted, WantedPage } from '../lib/wanted.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { createReadHead, type ReadHead } from '../storage/stream-heads.ts'
import { type Announce, createAnnounce } from './announce.ts'
import type { UpdateNotificationInput } from './content-changes.ts'
import { createDelete, type Deleted } from './delete.ts'
import { createDeliveredTimes } from './delivered-times.ts'
import { createEraseInbox } from './erase.ts'
import { createExpire, createSweep } from './expiry.ts'
import { createFind } from './find.ts'
import { createFollowing, type InboxFollowing } from './following.ts'
import type { InboxHandOff } from './hand-off.ts'
import type { PageSizes } from './inbox-pages.ts'
import { createReadInbox } from './inbox-reader.ts'
import { createList, type ListInput, type NotificationPage } from './list.ts'
import { createMarks, type Marks } from './marks.ts'
import { createMaterialise, createMaterialiseOne } from './materialise.ts'
import type { Notification } from './notification.ts'
import { createNotify, type Notify } from './notify.ts'
import { createOnlineUsers } from './online-users.ts'
import { createChangeOwn } from './own-inbox.ts'
import type { InboxPreferences } from './preferred.ts'
import { createPrune } from './retention.ts'
import { createFinishRetracting, createRetract } from './retract.ts'
import { createSnoozes, type Snoozes } from './snooze.ts'
import { createStatus, type NotificationStatus } from './status.ts'
import { createFinishUpdating, createUpdate, type NotificationUpdate } from './update.ts'

/** The feature of notifications: sending, listing, marking and following them. */
export interface Notifications extends Marks, Snoozes, InboxFollowing {
  /** Stores a notification for users and publishes it to their devices. Throws BAD_USER_INPUT and CONFLICT. */
  notify: Notify
  /** Stores a notification for everyone, once. Users who are online get it at once. Throws BAD_USER_INPUT and CONFLICT. */
  announce: Announce
  /** Takes notifications back. Resolves to how many inboxes lost one. Throws NOT_FOUND when an id is unknown, and then takes none back. */
  retract(ids: readonly string[]): Promise<number>
  /** Goes on with taking a notification back when the process that began it has ended. */
  finishRetracting(id: string): Promise<unknown>
  /**
   * Changes the content of a notification for everyone who has it, and tells their devices. What is left out of the input stays. Throws
   * BAD_USER_INPUT, and NOT_FOUND when the notification is unknown, was retracted or has expired.
   */
  update(id: string, input: UpdateNotificationInput): Promise<NotificationUpdate>
  /** Goes on with telling of new content when the process that began it has ended. */
  finishUpdating(task: string): Promise<unknown>
  /** Reads a page of the viewer's inbox. Only what is wanted is read. Throws BAD_USER_INPUT and CURSOR_EXPIRED. */
  list(viewer: Viewer, input: ListInput, wanted?: WantedPage): Promise<NotificationPage>
  /**
   * Finds notifications of the viewer, the archived and snoozed ones too, in the order of the ids; null for an id that is not there. Throws
   * BAD_USER_INPUT when there is no id, or more than `limits.pageSize`.
   */
  find(viewer: Viewer, ids: readonly string[], wanted?: Wanted): Promise<readonly (Notification | null)[]>
  /**
   * Removes notifications from the viewer's inbox for good. Others keep theirs. What is gone already is no error. Throws BAD_USER_INPUT, and
   * NOT_FOUND when an id never was in the inbox: then it deletes none. The count says how many are unseen when `wanted` asks for that.
   */
  delete(viewer: Viewer, ids: readonly string[], wanted?: Pick<WantedPage, 'unseen'>): Promise<Deleted>
  /**
   * Reads how far a notification got with these users, in their order. Throws NOT_FOUND when nothing is known of it, and BAD_USER_INPUT when
   * there is no user, or more than `limits.ids`.
   */
  status(id: string, userIds: readonly string[]): Promise<readonly NotificationStatus[]>
  /**
   * Removes expired notifications from inboxes, lets come back what was snoozed until now, and deletes old idempotency keys. Resolves to how
   * many notifications were removed.
   */
  sweep(): Promise<number>
  /** Removes from inboxes what was read or archived long ago, and deletes tombstones of long ago for good. Resolves to how many of both. */
  prune(): Promise<number>
  /**
   * Erases a user from notifications: the inbox with its marks, content that nobody else got, and the user as the actor of what others got.
   * Old cursors of the inbox expire. It goes in steps, each a transaction of its own; `onStep` takes part in those that erase the inbox.
   * Resolves to how many notifications left the inbox.
   */
  erase(userId: string, onStep?: (tx: Tx) => Promise<void>): Promise<number>
  /** Stores what was noted and not stored yet: when notifications were delivered. Call it when no client is connected any more. */
  close(): Promise<void>
}

/** What `createNotifications` needs: the mechanisms that it builds on, and its limits. */
export interface NotificationsDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  readonly limits: Limits
  /** Reads the heads of streams in batches. Left out: one of its own. */
  readonly readHead?: ReadHead
  readonly retention?: Retention
  /** Hands off to the backend what nobody sees. Undefined: there is no way to the backend. */
  readonly handOff?: InboxHandOff | undefined
  /** How users want to be told. Undefined: no user has said anything. */
  readonly preferences?: InboxPreferences | undefined
  /** How much is read at a time of what a subscriber has missed. */
  readonly pageSizes?: PageSizes
}

/** Creates the feature. It is subscribed to the bus only while somebody follows something. */
export function createNotifications(deps: NotificationsDeps): Notifications {
  const { storage, readHead = createReadHead(storage) } = deps
  const materialise = createMaterialise({ ...deps, read: storage.read })
  const materialiseToWrite = createMaterialise({ ...deps, read: storage.readForWrite })
  const expire = createExpire(deps)
  const delivered = createDeliveredTimes(deps)
  const readInbox = createReadInbox({ ...deps, materialise: createMaterialiseOne(storage, materialise), expire })
  const run = createChangeOwn({ ...deps, materialise: materialiseToWrite })
  return {
    ...createMarks({ ...deps, run }),
    ...createSnoozes(run, deps),
    ...createFollowing({
      ...deps,
      delivered,
      readHead,
      readInbox,
      online: createOnlineUsers({ ...deps, materialise }),
    }),
    notify: createNotify({ ...deps, materialise: materialiseToWrite }),
    announce: createAnnounce(deps),
    retract: createRetract(deps),
    finishRetracting: createFinishRetracting(deps),
    update: createUpdate(deps),
    finishUpdating: createFinishUpdating(deps),
    list: createList({ ...deps, readInbox }),
    find: createFind({ ...deps, readInbox }),
    delete: createDelete(run, deps.limits),
    sweep: createSweep(deps, expire),
    prune: createPrune({ ...deps, retention: deps.retention ?? DEFAULT_RETENTION }),
    status: createStatus(deps),
    erase: createEraseInbox(deps),
    close: delivered.close,
  }
}
