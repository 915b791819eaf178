import { expect } from 'vitest'
import { createBus } from '../../src/bus/bus.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import type { Mark } from '../../src/notifications/notification.ts'
import type { Notifications } from '../../src/notifications/notifications.ts'
import { createPreferences } from '../../src/preferences/preferences.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { Embedded } from './embedded.ts'
import { emptyDatabase, pick } from './histories.ts'
import { createInboxCounts } from './inbox-counts.ts'
import { DAY_MS, type InboxHistory, type InboxStep } from './inbox-steps.ts'
import {
  ALL_OF_IT,
  createLoad,
  createReasons,
  openArrivals,
  openBadge,
  openWhole,
  type Watched,
} from './inbox-watched.ts'
import { readInPieces } from './log-device.ts'
import { ann } from './notifications.ts'
import { openWire } from './wire.ts'
import { createNotifications } from './with-bus.ts'

const CAP = 3
const TAKEN_BACK = { SEEN: undefined, READ: 'UNREAD', ARCHIVED: 'UNARCHIVED' } as const
const RETENTION = { readDays: 2, removedDays: 1 }

/** Plays a history on an empty database: every device that is connected shows what is stored whenever things have settled. */
export async function playInboxHistory(embedded: Embedded, { pages, steps }: InboxHistory): Promise<void> {
  const { wire, openLink } = openWire()
  const bus = createBus({ ...embedded, openLink })
  const reasons = createReasons()
  const counts = createInboxCounts(embedded.storage, ann.userId, CAP)
  const limits = { ...DEFAULT_LIMITS, unreadCap: CAP }
  const preferences = createPreferences({ ...embedded, limits })
  const deps = {
    ...{ ...embedded, bus, storage: counts.storage, limits, retention: RETENTION, pageSizes: pages },
    preferences: preferences.inbox,
  }
  // Another one each time, as if it were another node: what one node gathers would only take time.
  const nodeOf = (): Notifications => createNotifications(deps)
  const node = nodeOf()
  const load = createLoad()
  const list = () => load(nodeOf())
  const ids: string[] = []
  const send = async (
    userIds: readonly string[],
    category: string,
    { lastsMs = null, group = null }: { readonly lastsMs?: number | null; readonly group?: string | null } = {},
  ): Promise<string> => {
    const expiresAt = lastsMs === null ? null : embedded.clock.now() + lastsMs
    const actor = { id: `actor ${ids.length % 4}`, name: `${ids.length}` }
    const content = { type: 'x', title: `${ids.length}`, category, expiresAt, groupKey: group, actor }
    const input = { userIds, notification: content }
    const { notificationId } = await node.notify(input)
    if (group !== null) reasons.leaveOut(notificationId)
    return notificationId
  }

  // All know these from the start, and can miss what becomes of them.
  for (const category of ['a', 'b', 'a']) ids.push(await send([ann.userId], category))
  const watched: Watched[] = [
    await openWhole(nodeOf, list, { counts, reasons }),
    await openWhole(nodeOf, list, { counts, reasons }, ALL_OF_IT),
    await openWhole(nodeOf, list, { counts, reasons }),
    await openArrivals(nodeOf, list),
  ]
  const badges = [await openBadge(nodeOf, counts), await openBadge(nodeOf, counts, true)]
  // Who follows from the start, and is cut off, misses something of what it shows.
  for (const { device } of watched.slice(0, 2)) await device.connect(0, null)

  const settle = async (pieces?: { readonly device: number; readonly back: number }): Promise<void> => {
    wire.mend()
    await node.sweep()
    await node.unreadCount(ann)
    await embedded.settled()
    const barrier = await send([ann.userId], 'a')
    const { notifications, revision } = await list()
    wire.expectTold(`user:${ann.userId}`, revision)
    if (pieces) await readInPieces(pick(watched, pieces.device), pieces.back, barrier)
    for (const { device, has, compare } of watched) {
      if (await device.waitFor(() => has(barrier))) compare(notifications)
    }
    for (const badge of badges) await badge.catchUp(revision)
    await expectBadgeOfList(node)
    await reasons.note(barrier, 'RETRACTED', node.retract([barrier]))
  }

  const markSome = async (mark: Mark, which: readonly number[], takesMs = 0): Promise<unknown> => {
    const { notifications } = await list()
    embedded.clock.advance(takesMs)
    const named = new Set(which.flatMap((number) => pick(notifications, number)?.id ?? []))
    return named.size > 0 && node.mark(ann, mark, [...named])
  }

  const act = async (step: InboxStep): Promise<unknown> => {
    switch (step.do) {
      case 'send':
        return ids.push(await send(step.to === 'ann' ? ['ann'] : ['ann', 'bob'], step.category, step))
      case 'announce': {
        const expiresAt = step.lastsMs === null ? null : embedded.clock.now() + step.lastsMs
        const notification = { type: 'x', title: `${ids.length}`, category: 'a', expiresAt }
        const { notificationId } = await node.announce({ notification, excludeUserId: step.except })
        return step.except === 'ann' ? undefined : ids.push(notificationId)
      }
      case 'mark':
        return markSome(step.mark, step.which, step.takesMs)
      case 'mark all': {
        const { revision } = await node.unreadCount(ann)
        const upToRevision = step.back === null ? null : Math.max(0, revision - step.back)
        const { category, mark, onlyRead } = step
        const takenBack = TAKEN_BACK[mark]
        embedded.clock.advance(step.takesMs)
        if (takenBack) await markSome(takenBack, step.still)
        await node.markAll(ann, mark, { category, upToRevision, onlyRead: onlyRead && mark === 'ARCHIVED' })
        return takenBack && markSome(takenBack, step.but)
      }
      case 'retract': {
        const id = pick(ids, step.which)
        return id && reasons.note(id, 'RETRACTED', node.retract([id]))
      }
      case 'delete': {
        const id = pick(ids, step.which)
        return id && reasons.note(id, 'DELETED', node.delete(ann, [id]))
      }
      case 'update': {
        const id = pick(ids, step.which)
        const expiresAt = step.lastsMs == null ? step.lastsMs : embedded.clock.now() + step.lastsMs
        const changes = { title: `${embedded.clock.now()}`, expiresAt }
        return id && node.update(id, changes).catch((error) => expect(error).toMatchObject({ code: 'NOT_FOUND' }))
      }
      case 'snooze': {
        const { notifications } = await list()
        const named = [...new Set(step.which.flatMap((number) => pick(notifications, number)?.id ?? []))]
        reasons.snooze(named)
        return named.length > 0 && node.snooze(ann, named, embedded.clock.now() + step.forMs)
      }
      case 'unsnooze': {
        const { nodes } = await node.list(ann, { first: 100, filter: { snoozed: true } })
        const id = pick(nodes, step.which)?.id
        return id && node.unsnooze(ann, [id])
      }
      case 'prefer':
        return preferences.set(ann, { category: step.category, inApp: step.inApp })
      case 'wait':
        return embedded.clock.advance(step.ms)
      case 'wait and prune':
        embedded.clock.advance(step.days * DAY_MS)
        return node.prune()
      case 'lose events':
        return wire.cut()
      case 'connect':
        return pick(watched, step.device)?.device.connect(step.back, step.takes)
      case 'cut':
        return pick(watched, step.device)?.device.cut()
      case 'read in pieces':
        return settle(step)
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
    // The first comes back as clients do, with its last cursor.
    await settle({ device: 0, back: 0 })
    for (const [index, { device }] of watched.entries()) await device.connect(index * 3 + steps.length, null)
    await settle()
    await expectGroups(embedded.storage)
  } finally {
    for (const badge of badges) await badge.stop()
    for (const { device } of watched) await device.cut()
    await embedded.settled()
    await bus.close()
    await emptyDatabase(embedded.storage)
  }
}

/** Expects that the badge counts what a list shows of what is unread and not muted, and that each one listed says whether it is muted. */
async function expectBadgeOfList(node: Notifications): Promise<void> {
  const counted = await node.list(ann, { first: 100, filter: { read: false, muted: false } })
  const muted = await node.list(ann, { first: 100, filter: { muted: true, archived: null } })
  expect(counted.unread).toMatchObject({
    count: Math.min(counted.nodes.length, CAP),
    isCapped: counted.nodes.length > CAP,
  })
  expect(counted.nodes.filter(({ isMuted }) => isMuted)).toEqual([])
  expect(muted.nodes.filter(({ isMuted }) => !isMuted)).toEqual([])
}

/** Expects that each group in an inbox stands for as many as belong to it, shows the latest of them, and is muted if that is. */
async function expectGroups(storage: Storage): Promise<void> {
  await storage.read(async (tx) => {
    const entries = await tx.selectFrom('inbox').selectAll().where('group_key', 'is not', null).execute()
    const members = await tx.selectFrom('group_members').selectAll().orderBy('revision').execute()
    for (const { user_id, notification_id, content_id, group_count, muted } of entries.filter(
      (row) => !row.removed_at,
    )) {
      const own = members.filter(
        (one) => one.user_id === user_id && one.entry_id === notification_id && !one.removed_at,
      )
      expect({ count: group_count, shows: content_id, muted }).toEqual({
        count: own.length,
        shows: own.at(-1)?.notification_id,
        muted: own.at(-1)?.muted,
      })
    }
  })
}
