import { expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { Description } from '../../src/delivery/description.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { ann, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { createNotifications } from '../support/with-bus.ts'

const MISSED = 150
/** Small, so that many pages are read. */
const pageSizes = { additions: 5, changes: 10 }

function range(length: number) {
  return Array.from({ length }, (_, index) => index)
}

function idOf(item: object): unknown {
  return 'notification' in item ? Object(item.notification).id : Object(item).id
}

/** Reads a log until the notification with this id; how often the store was read for that. */
async function readsUntil(log: Description<object>, last: string, countReads: () => number): Promise<number> {
  const before = countReads()
  const reader = read(log)
  while (idOf(await reader.next()) !== last);
  await reader.stop()
  return countReads() - before
}

/** That a page looks at no more than it gives is seen in `contract/query-plans`. */
test('catching up reads a page for what fits into one, however much is left', async () => {
  const { storage, bus, clock, log, send } = await openScene()
  let reads = 0
  const counted: Storage = {
    ...storage,
    read: (work) => {
      reads += 1
      return storage.read(work)
    },
  }
  const notifications = createNotifications({ storage: counted, bus, clock, log, limits: DEFAULT_LIMITS, pageSizes })
  const cursor = async (viewer: Viewer) => (await notifications.list(viewer, { first: 1 })).resumeCursor
  const beforeAll = await cursor(ann)
  const ids: string[] = []
  for (const _ of range(MISSED)) ids.push(await send('ann'))
  const last = await send('ann')
  const added = await readsUntil(await notifications.followAdded(ann, beforeAll), last, () => reads)
  expect(added).toBeLessThanOrEqual(MISSED / pageSizes.additions + 2)

  const beforeMarks = await cursor(ann)
  const third = MISSED / 3
  for (const id of ids) await notifications.mark(ann, 'READ', [id])
  for (const id of ids.slice(0, third)) await notifications.mark(ann, 'UNREAD', [id])
  for (const id of ids.slice(third, 2 * third)) await notifications.mark(ann, 'ARCHIVED', [id])
  for (const id of ids.slice(2 * third)) await notifications.retract([id])
  const barrier = await send('ann')
  // Of each notification at most that it was seen, that it was read, and one thing more.
  const changes = (3 * MISSED) / (pageSizes.changes - 1)
  const marked = await readsUntil(await notifications.followEvents(ann, beforeMarks), barrier, () => reads)
  expect(marked).toBeLessThanOrEqual(changes + 2)
  const all = await readsUntil(await notifications.followEvents(ann, beforeAll), barrier, () => reads)
  expect(all).toBeLessThanOrEqual(changes + MISSED / pageSizes.additions + 2)
})
