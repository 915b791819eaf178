import type { Actor } from '../auth/viewer.ts'
import { chunksOf } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { Limits } from '../lib/limits.ts'
import { writeTime } from '../lib/time.ts'
import type { Tx } from '../storage/storage.ts'
import { type EntryKey, inboxColumns, isOneOf, SHOWN, toNotifications } from './inbox-rows.ts'
import type { Notification, NotificationGroup } from './notification.ts'

/** A notification of a user. */
interface Item {
  readonly userId: string
  /** The id of the notification. */
  readonly item: string
}

/** How a notification stands with its user. */
interface State extends Item {
  readonly isDelivered: boolean
  readonly isSeen: boolean
  readonly isRead: boolean
}

const ROWS_PER_STATEMENT = 500
/** The most notifications of one event. */
const MAX_NOTIFICATIONS = 20

function toKeys(items: readonly Item[]): readonly EntryKey[] {
  return items.map(({ userId, item }) => ({ user_id: userId, notification_id: item }))
}

function time(at: number | null): string | null {
  return at === null ? null : writeTime(at)
}

function actorOf({ id: userId, role, name, avatarUrl }: Actor): JsonObject {
  return { userId, role, name, avatarUrl }
}

function groupOf({ key, count, actors, latestAt }: NotificationGroup): JsonObject {
  return { key, count, actors: actors.map(actorOf), latestAt: writeTime(latestAt) }
}

/** A notification as the schema describes it, for an event. */
function toJson(notification: Notification): JsonObject {
  const { id, type, category, title, body, data, actor, actionUrl, imageUrl, priority } = notification
  return {
    ...{ id, type, category, title, body, data: data as JsonValue, actor: actor && actorOf(actor) },
    ...{ actionUrl, imageUrl, priority, createdAt: writeTime(notification.createdAt) },
    seenAt: time(notification.seenAt),
    readAt: time(notification.readAt),
    archivedAt: time(notification.archivedAt),
    expiresAt: time(notification.expiresAt),
    isMuted: notification.isMuted,
    ...(notification.group && { group: groupOf(notification.group) }),
  }
}

/** The first of some values that take at most `max` bytes as JSON, and at least one. */
function withinBytes(values: readonly JsonObject[], max: number): readonly JsonObject[] {
  let bytes = 0
  const end = values.findIndex((value) => {
    bytes += Buffer.byteLength(JSON.stringify(value))
    return bytes > max
  })
  return values.slice(0, end === -1 ? values.length : Math.max(end, 1))
}

/** Reads notifications that are in inboxes, by user and id. Ids of UUIDv7 sort by age. */
async function readNewest(tx: Tx, items: readonly Item[]): Promise<ReadonlyMap<string, readonly Notification[]>> {
  const found = new Map<string, Notification[]>()
  for (const some of chunksOf(items, ROWS_PER_STATEMENT)) {
    const rows = await tx
      .selectFrom('inbox')
      .innerJoin('notifications', (join) => join.on('notifications.id', '=', SHOWN))
      .where(isOneOf(toKeys(some)))
      .select(inboxColumns(undefined))
      .select('inbox.user_id')
      .orderBy('inbox.arrived_revision', 'desc')
      .execute()
    const notifications = await toNotifications(tx, rows)
    for (const [index, { user_id: userId }] of rows.entries()) {
      const notification = notifications[index]
      if (notification) found.set(userId, [...(found.get(userId) ?? []), notification])
    }
  }
  return found
}

/** Creates what hand-off asks of inboxes: how notifications stand with their users, and the event that says what nobody saw. */
export function createUnseenItems({ clock, limits }: { readonly clock: Clock; readonly limits: Limits }) {
  return {
    /**
     * Reads whether notifications were delivered, seen and read. What was archived counts as read, what was read as seen, and what was seen
     * as delivered. Those that are gone or have expired are left out.
     */
    readStates: async (tx: Tx, items: readonly Item[]) => {
      const now = clock.now()
      const states: State[] = []
      for (const some of chunksOf(items, ROWS_PER_STATEMENT)) {
        const rows = await tx
          .selectFrom('inbox')
          .select(['user_id', 'notification_id', 'delivered_at', 'seen_at', 'read_at', 'archived_at'])
          .where(isOneOf(toKeys(some)))
          .where('removed_at', 'is', null)
          .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
          .execute()
        for (const { user_id: userId, notification_id: item, delivered_at, seen_at, read_at, archived_at } of rows) {
          const isRead = read_at !== null || archived_at !== null
          const isSeen = isRead || seen_at !== null
          states.push({ userId, item, isDelivered: isSeen || delivered_at !== null, isSeen, isRead })
        }
      }
      return states
    },
    /** Finds those that are urgent, by what they show now. */
    readUrgent: async (tx: Tx, items: readonly Item[]): Promise<readonly Item[]> => {
      const urgent: Item[] = []
      for (const some of chunksOf(items, ROWS_PER_STATEMENT)) {
        const rows = await tx
          .selectFrom('inbox')
          .innerJoin('notifications', (join) => join.on('notifications.id', '=', SHOWN))
          .where(isOneOf(toKeys(some)))
          .where('priority', '=', 'URGENT')
          .select(['inbox.user_id as userId', 'inbox.notification_id as item'])
          .execute()
        urgent.push(...rows)
      }
      return urgent
    },
    /** Makes one event `inbox.unseen` for each user, with the newest of their notifications and the number of all, and notes that. */
    toEvents: async (tx: Tx, items: readonly Item[], now: number) => {
      for (const some of chunksOf(items, ROWS_PER_STATEMENT)) {
        const rows = tx.updateTable('inbox').set({ handed_off_at: now })
        await rows.where(isOneOf(toKeys(some))).execute()
      }
      const byUser = [...Map.groupBy(items, ({ userId }) => userId)]
      const newest = byUser.flatMap(([, some]) =>
        some.toSorted((one, other) => (one.item > other.item ? -1 : 1)).slice(0, MAX_NOTIFICATIONS),
      )
      const found = await readNewest(tx, newest)
      return byUser.map(([userId, { length: total }]) => {
        const notifications = withinBytes((found.get(userId) ?? []).map(toJson), limits.eventBytes)
        return { type: 'inbox.unseen', subject: `user:${userId}`, userId, data: { userId, total, notifications } }
      })
    },
  }
}
