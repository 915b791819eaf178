import type { Notification, NotificationEvent } from '../../src/notifications/notification.ts'

interface Shown {
  /** The revision of the inbox at which it arrived. */
  readonly arrival: number
  readonly category: string
  seen: boolean
  read: boolean
  archived: boolean
}

/** What a device holds of an inbox, kept up to date by nothing but events. */
export interface InboxDevice {
  /** Behind the last event. */
  readonly cursor: string
  /** Takes a notification from the list. */
  add(notification: Notification): void
  apply(event: NotificationEvent): void
  /** Another device with the same contents. */
  copy(): InboxDevice
  /** What it shows, in no order. */
  contents(): Readonly<Record<string, string>>
}

/** The revision in a resume cursor. Clients must not look into one; tests may. */
export function revisionIn(cursor: string): number {
  return JSON.parse(Buffer.from(cursor, 'base64url').toString())[2]
}

function describe(seen: boolean, read: boolean, archived: boolean): string {
  return [seen && 'seen', read && 'read', archived && 'archived'].filter(Boolean).join(' ')
}

/** What a device should show for these notifications. */
export function contentsOf(notifications: readonly Notification[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    notifications.map(({ id, seenAt, readAt, archivedAt }) => [
      id,
      describe(seenAt !== null, readAt !== null, archivedAt !== null),
    ]),
  )
}

/** A device that stands at a cursor. */
export function createInboxDevice(start: string, shown: ReadonlyMap<string, Shown> = new Map()): InboxDevice {
  const items = new Map([...shown].map(([id, item]) => [id, { ...item }]))
  let cursor = start

  const add = ({ id, category, seenAt, readAt, archivedAt, arrivedRevision }: Notification): void => {
    const marks = { seen: seenAt !== null, read: readAt !== null, archived: archivedAt !== null }
    items.set(id, { arrival: arrivedRevision, category, ...marks })
  }

  const mark = (event: Extract<NotificationEvent, { mark: unknown }>): void => {
    const { ids, upToRevision, category } = event
    const named = upToRevision === null ? ids.flatMap((id) => items.get(id) ?? []) : undefined
    const all = [...items.values()].filter(
      (item) => item.arrival <= (upToRevision ?? 0) && (category === null || item.category === category),
    )
    for (const item of named ?? all) {
      if (event.mark === 'SEEN') item.seen = true
      if (event.mark === 'READ') item.seen = true
      if (event.mark === 'READ' || event.mark === 'UNREAD') item.read = event.mark === 'READ'
      if (event.mark === 'ARCHIVED' || event.mark === 'UNARCHIVED') item.archived = event.mark === 'ARCHIVED'
    }
  }

  return {
    get cursor() {
      return cursor
    },
    add,
    apply: (event) => {
      cursor = event.cursor
      if (event.__typename === 'NotificationAdded' || event.__typename === 'NotificationUpdated')
        add(event.notification)
      else if (event.__typename === 'NotificationsMarked') mark(event)
      else if (event.__typename === 'NotificationsRemoved') for (const id of event.ids) items.delete(id)
    },
    copy: () => createInboxDevice(cursor, items),
    contents: () =>
      Object.fromEntries([...items].map(([id, { seen, read, archived }]) => [id, describe(seen, read, archived)])),
  }
}
