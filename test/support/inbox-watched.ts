import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { WantedEvents } from '../../src/notifications/inbox-pages.ts'
import type {
  Notification,
  NotificationEvent,
  NotificationsMarked,
  NotificationsRemoved,
  RemovalReason,
  UnreadCount,
} from '../../src/notifications/notification.ts'
import type { Notifications } from '../../src/notifications/notifications.ts'
import type { InboxCounts } from './inbox-counts.ts'
import { createInboxReplica, toShown } from './inbox-replica.ts'
import { createLogDevice, type LogDevice } from './log-device.ts'
import { ann } from './notifications.ts'
import { read } from './reader.ts'

/** A device beside what it must show. */
export interface Watched {
  readonly device: LogDevice
  /** It has got this notification. */
  has(id: string): boolean
  /** Expects that it shows what is stored. */
  compare(stored: readonly Notification[]): void
}

/** Knows why notifications were removed: what was not taken back or deleted had its time. */
export function createReasons() {
  const known = new Map<string, RemovalReason>()
  const snoozed = new Set<string>()
  const grouped = new Set<string>()
  return {
    /** Of an entry that stands for several, the last of them says why it went: it is not known here. */
    leaveOut: (id: string): void => void grouped.add(id),
    /** Notes why something is removed, unless it is gone already: then its content, or its trace, may be deleted. */
    note: async (id: string, reason: RemovalReason, removing: Promise<unknown>): Promise<void> => {
      const first = known.get(id) ?? reason
      known.set(id, first)
      await removing.catch((error) => expect(error).toMatchObject({ code: 'NOT_FOUND' }))
    },
    snooze: (ids: readonly string[]): void => {
      for (const id of ids) snoozed.add(id)
    },
    check: ({ ids, reason }: NotificationsRemoved): void => {
      for (const id of ids) {
        if (reason === 'SNOOZED') expect(snoozed.has(id) || grouped.has(id)).toBe(true)
        else if (reason !== 'EXPIRED' && !grouped.has(id)) expect(reason).toBe(known.get(id))
      }
    },
  }
}

type Reasons = ReturnType<typeof createReasons>

/** What is asked of every change: what events say, or also what is read from the store. */
export const ALL_OF_IT = { entries: undefined, marked: true, unseen: true }

/** One that gets every change, as it is `asked`. */
export async function openWhole(
  nodeOf: () => Notifications,
  list: () => Promise<Loaded>,
  { counts, reasons }: { readonly counts: InboxCounts; readonly reasons: Reasons },
  asked?: WantedEvents,
): Promise<Watched> {
  const replica = createInboxReplica()
  let newest = 0
  const apply = (event: NotificationEvent): void => {
    counts.check(event.unread)
    expect(event.unread.revision).toBeGreaterThanOrEqual(newest)
    newest = event.unread.revision
    expect(event.unread.unseen !== undefined).toBe(asked !== undefined)
    if (asked && event.__typename === 'NotificationsMarked') expectRows(event)
    if (event.__typename === 'NotificationsRemoved') reasons.check(event)
    replica.apply(event)
  }
  const load = async (): Promise<string> => {
    const { notifications, cursor } = await list()
    replica.load(notifications)
    return cursor
  }
  return {
    device: await createLogDevice({
      follow: (after) => nodeOf().followEvents(ann, after, asked),
      load,
      apply,
      cursorIn: ({ cursor }) => cursor,
    }),
    has: (id) => replica.shown()[id] !== undefined,
    compare: (stored) => expect(replica.shown()).toEqual(toShown(stored)),
  }
}

/** The notifications of a mark, if there are any still, are those that it names, or have arrived up to its bound. */
function expectRows({ ids, upToRevision, notifications = [], unread }: NotificationsMarked): void {
  for (const { id, arrivedRevision, revision } of notifications) {
    expect(upToRevision === null ? ids.includes(id) : arrivedRevision <= upToRevision).toBe(true)
    expect(revision).toBeLessThanOrEqual(unread.revision)
  }
}

/** One that gets arrivals alone. */
export async function openArrivals(nodeOf: () => Notifications, list: () => Promise<Loaded>): Promise<Watched> {
  const arrived = new Map<string, Notification>()
  let since = 0
  let loaded: ReadonlySet<string> = new Set()
  const load = async (): Promise<string> => {
    const { notifications, cursor, revision } = await list()
    loaded = new Set(notifications.map(({ id }) => id))
    since = revision
    return cursor
  }
  return {
    device: await createLogDevice({
      follow: (after) => nodeOf().followAdded(ann, after),
      load,
      apply: (notification) => void arrived.set(notification.id, notification),
    }),
    has: (id) => arrived.has(id) || loaded.has(id),
    compare: (stored) => {
      const missing = stored.filter(
        ({ id, arrivedRevision }) => arrivedRevision > since && arrived.get(id)?.arrivedRevision !== arrivedRevision,
      )
      expect(missing).toEqual([])
    },
  }
}

/** A badge: the latest count, which is never an older one. It also says how many are unseen, if that is asked. */
export async function openBadge(nodeOf: () => Notifications, counts: InboxCounts, unseen = false) {
  const reader = read(await nodeOf().followUnread(ann, unseen))
  let shown: UnreadCount | undefined
  return {
    stop: reader.stop,
    catchUp: async (revision: number): Promise<void> => {
      while (!shown || shown.revision < revision) {
        const count = await reader.next()
        counts.check(count)
        expect(count.unseen !== undefined).toBe(unseen)
        expect(count.revision).toBeGreaterThan(shown?.revision ?? -1)
        shown = count
      }
    },
  }
}

export interface Loaded {
  readonly notifications: readonly Notification[]
  readonly cursor: string
  readonly revision: number
}

/** Loads the whole inbox, the archive included, and sees to it that each revision says when its notification changed. */
export function createLoad() {
  let last: Loaded | undefined
  return async (node: Notifications): Promise<Loaded> => {
    const first = await node.list(ann, { first: 100, filter: { archived: null } })
    expect(first.pageInfo.hasNextPage).toBe(false)
    const loaded = { notifications: first.nodes, cursor: first.resumeCursor, revision: first.unread.revision }
    if (last) expectRevisions(last, loaded)
    last = loaded
    return loaded
  }
}

/** What changed between the two did so at a revision of its own, which is later than the whole of the first. */
function expectRevisions(before: Loaded, after: Loaded): void {
  const known = new Map(before.notifications.map((notification) => [notification.id, notification]))
  for (const { revision, ...now } of after.notifications) {
    expect(revision).toBeLessThanOrEqual(after.revision)
    const old = known.get(now.id)
    if (!old) continue
    const { revision: since, ...then } = old
    expect(revision).toBeGreaterThanOrEqual(since)
    if (!isDeepStrictEqual(now, then)) expect(revision, `a change of ${now.title}`).toBeGreaterThan(before.revision)
  }
}
