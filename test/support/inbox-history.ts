import { expect } from 'vitest'
import { createBus } from '../../src/bus/bus.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import type { Notification, NotificationEvent, UnreadCount } from '../../src/notifications/notification.ts'
import { createNotifications, type Notifications } from '../../src/notifications/notifications.ts'
import type { Embedded } from './embedded.ts'
import { emptyDatabase, pick } from './histories.ts'
import { createInboxCounts, type InboxCounts } from './inbox-counts.ts'
import { createInboxReplica, toShown } from './inbox-replica.ts'
import type { InboxHistory, InboxStep } from './inbox-steps.ts'
import { createLogDevice, type LogDevice } from './log-device.ts'
import { ann } from './notifications.ts'
import { openWire } from './wire.ts'

const CAP = 3
const RETENTION = { readDays: 2, removedDays: 1 }

/** A device beside what it must show. */
interface Watched {
  readonly device: LogDevice
  /** It has got this notification. */
  has(id: string): boolean
  /** Expects that it shows what is stored. */
  compare(stored: readonly Notification[]): void
}

/** One that is told of every change. */
const openWhole = async (
  nodeOf: () => Notifications,
  list: () => Promise<Loaded>,
  counts: InboxCounts,
): Promise<Watched> => {
  const replica = createInboxReplica()
  let newest = 0
  const apply = (event: NotificationEvent): void => {
    counts.check(event.unread)
    expect(event.unread.revision).toBeGreaterThanOrEqual(newest)
    newest = event.unread.revision
    replica.apply(event)
  }
  const load = async (): Promise<string> => {
    const { notifications, cursor } = await list()
    replica.load(notifications)
    return cursor
  }
  return {
    device: await createLogDevice({ follow: (after) => nodeOf().followEvents(ann, after), load, apply }),
    has: (id) => replica.shown()[id] !== undefined,
    compare: (stored) => expect(replica.shown()).toEqual(toShown(stored)),
  }
}

/** One that is told of arrivals alone. */
const openArrivals = async (nodeOf: () => Notifications, list: () => Promise<Loaded>): Promise<Watched> => {
  const arrived = new Map<string, Notification>()
  let since = 0
  const load = async (): Promise<string> => {
    const { cursor, revision } = await list()
    since = revision
    return cursor
  }
  return {
    device: await createLogDevice({
      follow: (after) => nodeOf().followAdded(ann, after),
      load,
      apply: (notification) => void arrived.set(notification.id, notification),
    }),
    has: (id) => arrived.has(id),
    compare: (stored) => {
      const missing = stored.filter(({ id, position }) => position > since && !arrived.has(id))
      expect(missing).toEqual([])
    },
  }
}

/** A badge: the latest count, which is never an older one. */
const openBadge = async (nodeOf: () => Notifications, counts: InboxCounts) => {
  const iterator = (await nodeOf().followUnread(ann))[Symbol.asyncIterator]()
  let shown: UnreadCount | undefined
  return {
    stop: async () => iterator.return?.(),
    catchUp: async (revision: number): Promise<void> => {
      while (!shown || shown.revision < revision) {
        const { value } = await iterator.next()
        if (!value) throw new Error('The badge has ended')
        counts.check(value.item)
        expect(value.item.revision).toBeGreaterThan(shown?.revision ?? -1)
        shown = value.item
      }
    },
  }
}

interface Loaded {
  readonly notifications: readonly Notification[]
  readonly cursor: string
  readonly revision: number
}

/** The whole inbox, the archive included, page by page from one node. */
const loadAll = async (node: Notifications): Promise<Loaded> => {
  const first = await node.list(ann, { first: 100, filter: { archived: null } })
  expect(first.pageInfo.hasNextPage).toBe(false)
  return { notifications: first.nodes, cursor: first.resumeCursor, revision: first.unread.revision }
}

/** Plays a history on an empty database: every device that is connected shows what is stored whenever things have settled. */
export async function playInboxHistory(embedded: Embedded, { pages, steps }: InboxHistory): Promise<void> {
  const { wire, openLink } = openWire()
  const bus = createBus({ ...embedded, openLink })
  const counts = createInboxCounts(embedded.storage, ann.userId, CAP)
  const limits = { ...DEFAULT_LIMITS, unreadCap: CAP }
  const deps = { ...embedded, bus, storage: counts.storage, limits, retention: RETENTION, pageSizes: pages }
  // Another one each time, as if it were another node: what one node gathers would only take time.
  const nodeOf = (): Notifications => createNotifications(deps)
  const node = nodeOf()
  const list = () => loadAll(nodeOf())
  const ids: string[] = []
  const watched: Watched[] = [
    await openWhole(nodeOf, list, counts),
    await openWhole(nodeOf, list, counts),
    await openWhole(nodeOf, list, counts),
    await openArrivals(nodeOf, list),
  ]
  const badge = await openBadge(nodeOf, counts)

  const tell = async (userIds: readonly string[], category: string, lastsMs: number | null = null): Promise<string> => {
    const expiresAt = lastsMs === null ? null : embedded.clock.now() + lastsMs
    const input = { userIds, notification: { type: 'x', title: `${ids.length}`, category, expiresAt } }
    const { notificationId } = await node.notify(input)
    return notificationId
  }

  const settle = async (): Promise<void> => {
    wire.mend()
    await node.sweep()
    await node.unreadCount(ann)
    const barrier = await tell([ann.userId], 'a')
    const { notifications, revision } = await list()
    for (const { device, has, compare } of watched) {
      if (await device.waitFor(() => has(barrier))) compare(notifications)
    }
    await badge.catchUp(revision)
    await node.retract([barrier])
  }

  const act = async (step: InboxStep): Promise<unknown> => {
    switch (step.do) {
      case 'tell':
        return ids.push(await tell(step.to === 'ann' ? ['ann'] : ['ann', 'bob'], step.category, step.lastsMs))
      case 'announce': {
        const expiresAt = step.lastsMs === null ? null : embedded.clock.now() + step.lastsMs
        const notification = { type: 'x', title: `${ids.length}`, category: 'a', expiresAt }
        const { notificationId } = await node.announce({ notification, excludeUserId: step.except })
        return step.except === 'ann' ? undefined : ids.push(notificationId)
      }
      case 'mark': {
        const { notifications } = await list()
        const named = new Set(step.which.flatMap((number) => pick(notifications, number)?.id ?? []))
        return named.size > 0 && node.mark(ann, step.mark, [...named])
      }
      case 'read all': {
        const { revision } = await node.unreadCount(ann)
        const upToRevision = step.back === null ? null : Math.max(0, revision - step.back)
        return node.markAllAsRead(ann, { category: step.category, upToRevision })
      }
      case 'retract': {
        const id = pick(ids, step.which)
        // Its content may be deleted already.
        return id && node.retract([id]).catch((error) => expect(error).toMatchObject({ code: 'NOT_FOUND' }))
      }
      case 'wait':
        return embedded.clock.advance(step.ms)
      case 'lose events':
        return wire.cut()
      case 'connect':
        return pick(watched, step.device)?.device.connect(step.back, step.takes)
      case 'cut':
        return pick(watched, step.device)?.device.cut()
      case 'settle':
        return settle()
      default:
        return node[step.do]()
    }
  }

  try {
    for (const step of steps) {
      // No two things happen at one time, so that it shows when something was done.
      embedded.clock.advance(1)
      await act(step)
    }
    await settle()
    for (const [index, { device }] of watched.entries()) await device.connect(index * 3 + steps.length, null)
    await settle()
  } finally {
    await badge.stop()
    for (const { device } of watched) await device.cut()
    await embedded.settled()
    await bus.close()
    await emptyDatabase(embedded.storage)
  }
}
