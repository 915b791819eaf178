import type {
  Mark,
  Notification,
  NotificationEvent,
  NotificationsMarked,
} from '../../src/notifications/notification.ts'

/** What a device shows of an inbox. It keeps to what the schema says, and to nothing else. */
export interface InboxReplica {
  /** Takes the place of all that is shown. */
  load(notifications: readonly Notification[]): void
  apply(event: NotificationEvent): void
  /** By id; without the revision, of which marks say nothing. */
  shown(): Readonly<Record<string, Omit<Notification, 'revision'>>>
}

function withMark(item: Notification, { mark, at }: NotificationsMarked): Notification {
  switch (mark) {
    case 'SEEN':
      return { ...item, seenAt: at }
    case 'READ':
      return { ...item, readAt: at, seenAt: item.seenAt ?? at }
    case 'UNREAD':
      return { ...item, readAt: null }
    case 'ARCHIVED':
      return { ...item, archivedAt: at }
    case 'UNARCHIVED':
      return { ...item, archivedAt: null }
  }
}

function isMarked({ seenAt, readAt, archivedAt }: Notification, mark: Mark): boolean {
  if (mark === 'SEEN') return seenAt !== null
  return mark === 'READ' ? readAt !== null : archivedAt !== null
}

/** A mark of named ones is meant for each of them; one of all for those that are not marked so yet. */
function isMeant(item: Notification, { mark, ids, upToRevision, category }: NotificationsMarked): boolean {
  if (upToRevision === null) return ids.includes(item.id)
  const isInScope = item.arrivedRevision <= upToRevision && (category === null || category === item.category)
  return isInScope && !isMarked(item, mark)
}

/** What is shown for these notifications. */
export function toShown(notifications: Iterable<Notification>): ReturnType<InboxReplica['shown']> {
  return Object.fromEntries([...notifications].map(({ revision: _, ...item }) => [item.id, item]))
}

/** A device that shows nothing yet. */
export function createInboxReplica(): InboxReplica {
  const items = new Map<string, Notification>()
  const put = (item: Notification): void => {
    const held = items.get(item.id)
    if (!held || item.revision >= held.revision) items.set(item.id, item)
  }
  return {
    load: (notifications) => {
      items.clear()
      for (const item of notifications) items.set(item.id, item)
    },
    apply: (event) => {
      if (event.__typename === 'NotificationAdded' || event.__typename === 'NotificationUpdated')
        put(event.notification)
      if (event.__typename === 'NotificationsRemoved') for (const id of event.ids) items.delete(id)
      if (event.__typename === 'NotificationsMarked') {
        for (const item of items.values()) if (isMeant(item, event)) items.set(item.id, withMark(item, event))
      }
    },
    shown: () => toShown(items.values()),
  }
}
