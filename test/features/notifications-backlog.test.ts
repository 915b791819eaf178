import { expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { Feed } from '../../src/feed/feed.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { createNotifications } from '../../src/notifications/notifications.ts'
import { ann, openScene } from '../support/notifications.ts'
import { type Reader, read } from '../support/reader.ts'

const MISSED = 1_500
/** Small, so that many pages are read: what grows with what is left would take hundreds of times as long. */
const pageSizes = { additions: 5, changes: 10 }
const ATTEMPTS = 3

const range = (length: number) => Array.from({ length }, (_, index) => index)

/** Reads until the store has nothing more; how long that took in milliseconds, the least of several attempts. */
const timeOf = async <Item>(follow: () => Promise<Feed<Item>>, isLast: (item: Item) => boolean): Promise<number> => {
  const times: number[] = []
  for (const _ of range(ATTEMPTS)) {
    const startedAt = performance.now()
    const reader: Reader<Item> = read(await follow())
    while (!isLast(await reader.next()));
    times.push(performance.now() - startedAt)
    await reader.stop()
  }
  return Math.min(...times)
}

test('catching up takes time for what was missed, not for what is left at each step', {
  timeout: 120_000,
}, async () => {
  const { storage, bus, clock, log, tell } = await openScene()
  const notifications = createNotifications({ storage, bus, clock, log, limits: DEFAULT_LIMITS, pageSizes })
  const cursor = async (viewer: Viewer) => (await notifications.list(viewer, { first: 1 })).resumeCursor
  const beforeAll = await cursor(ann)
  const ids = await Promise.all(range(MISSED).map(() => tell('ann')))
  const last = await tell('ann')
  const added = await timeOf(
    () => notifications.followAdded(ann, beforeAll),
    ({ id }) => id === last,
  )
  const until = (barrier: string) => (event: object) =>
    'notification' in event && Object(event.notification).id === barrier

  const beforeMarks = await cursor(ann)
  for (const id of ids) await notifications.mark(ann, 'READ', [id])
  for (const id of ids.slice(0, MISSED / 3)) await notifications.mark(ann, 'UNREAD', [id])
  for (const id of ids.slice(MISSED / 3, (2 * MISSED) / 3)) await notifications.mark(ann, 'ARCHIVED', [id])
  for (const id of ids.slice((2 * MISSED) / 3)) await notifications.retract([id])
  const barrier = until(await tell('ann'))
  const marked = await timeOf(() => notifications.followEvents(ann, beforeMarks), barrier)
  const all = await timeOf(() => notifications.followEvents(ann, beforeAll), barrier)

  // Events of several kinds, with counts: a few times as long, not hundreds of times.
  expect(marked / added).toBeLessThan(15)
  expect(all / added).toBeLessThan(15)
})
