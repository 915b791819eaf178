import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { finishTasks } from '../../src/storage/tasks.ts'
import { converse, fillInbox, range, tracesOf } from '../support/big-work.ts'
import { ann, openScene, type Scene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { customer, openDesk } from '../support/tickets.ts'
import { timeDuring } from '../support/timed.ts'
import { abandonTasks, endingAfterTwoWrites, finishing } from '../support/unfinished.ts'
import { createNotifications } from '../support/with-bus.ts'

const MANY = 6_000

describe('others are served between the steps', () => {
  test.each([
    ['of marking an inbox', (scene: Scene) => scene.notifications.markAll(ann, 'READ', {})],
    ['of erasing an inbox', (scene: Scene) => scene.notifications.erase('ann')],
  ])('%s', { timeout: 60_000 }, async (_what, work) => {
    const scene = await openScene()
    await fillInbox(scene, MANY)
    const began = performance.now()
    const working = work(scene)
    const { took, refused } = await timeDuring(working, () => scene.send('bob'))
    await working
    expect(refused).toEqual([])
    expect(took.length).toBeGreaterThan(2)
    expect(Math.max(...took)).toBeLessThan((performance.now() - began) / 2)
  })

  test('of retracting from thousands', { timeout: 60_000 }, async () => {
    const { notifications, send, ids } = await openScene()
    const users = range(2_000).map((n) => `user-${n}`)
    const retracted = await send(users)
    const kept = await send(users)
    const working = notifications.retract([retracted])
    const { took, refused } = await timeDuring(working, () => send('bob'))
    expect(await working).toBe(users.length)
    expect([refused, took.length > 2]).toEqual([[], true])
    for (const userId of ['user-0', 'user-999', 'user-1999']) expect(await ids(userId)).toEqual([kept])
  })

  test('of erasing a writer', { timeout: 60_000 }, async () => {
    const desk = await openDesk()
    await converse(desk, 150, 10)
    await desk.open('other', 'bob')
    const working = desk.tickets.erase('ann')
    const { took, refused } = await timeDuring(working, () => desk.say(customer('bob'), 'other', 'Hello'))
    expect(await working).toBe(1_500)
    expect([refused, took.length > 2]).toEqual([[], true])
    expect(await tracesOf(desk.storage)).toBe('')
  })
})

describe('marking a whole inbox', () => {
  test('in parts marks all that was there when it began, and nothing else, and tells devices of each part', async () => {
    const scene = await openScene()
    const { notifications, send } = scene
    await fillInbox(scene, MANY)
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    const live = read(await notifications.followEvents(ann, undefined))
    const bound = await scene.revision('ann')
    const marking = notifications.markAll(ann, 'READ', {})
    const first = await live.next()
    expect(first).toMatchObject({ mark: 'READ', upToRevision: 500, ids: [] })
    const late = await send('ann')
    await notifications.mark(ann, 'UNREAD', ['n-7'])
    expect(await marking).toMatchObject({ changed: MANY, upToRevision: bound })
    const unread = await notifications.list(ann, { first: 20, filter: { read: false } })
    expect(unread.nodes.map(({ id }) => id)).toEqual([late, 'n-7'])
    expect(await notifications.markAll(ann, 'READ', { upToRevision: bound })).toMatchObject({ changed: 0 })

    // A device that was away ends with the same, wherever the parts were published.
    const away = read(await notifications.followEvents(ann, resumeCursor))
    const isRead = new Map<string, boolean>()
    const known = await scene.storage.read((tx) =>
      tx
        .selectFrom('inbox')
        .select(['notification_id', 'arrived_revision'])
        .where('user_id', '=', 'ann')
        .orderBy('arrived_revision', 'desc')
        .execute(),
    )
    const { resumeCursor: end } = await notifications.list(ann, { first: 1 })
    for (let cursor = ''; cursor !== end; ) {
      const event = await away.next()
      cursor = event.cursor
      if (event.__typename === 'NotificationAdded')
        isRead.set(event.notification.id, event.notification.readAt !== null)
      if (event.__typename !== 'NotificationsMarked') continue
      const { mark, ids, upToRevision } = event
      const named =
        upToRevision === null
          ? ids
          : known
              .filter(({ arrived_revision }) => arrived_revision <= upToRevision)
              .map(({ notification_id }) => notification_id)
      for (const id of named) isRead.set(id, mark === 'READ')
    }
    expect(
      known.filter(({ notification_id }) => !isRead.get(notification_id)).map(({ notification_id }) => notification_id),
    ).toEqual([late, 'n-7'])
  })

  test('that were all marked before comes in pages of a bounded size', async () => {
    const scene = await openScene()
    const { notifications, storage } = scene
    await fillInbox(scene, MANY)
    for (const mark of ['READ', 'UNREAD'] as const) {
      for (const start of range(MANY / 1_000)) {
        await notifications.mark(
          ann,
          mark,
          range(1_000)
            .map((n) => start * 1_000 + n)
            .filter((n) => n > 0)
            .map((n) => `n-${n}`),
        )
      }
    }
    await notifications.markAll(ann, 'READ', {})
    const { rows } = await storage.read(async (tx) => ({
      rows: await tx
        .selectFrom('inbox')
        .select(({ fn }) => ['read_revision', fn.countAll<number>().as('count')])
        .where('user_id', '=', 'ann')
        .groupBy('read_revision')
        .execute(),
    }))
    expect(Math.max(...rows.map(({ count }) => count))).toBeLessThanOrEqual(1_000)
  })

  test('looks past thousands that are read already', async () => {
    const scene = await openScene()
    await fillInbox(scene, 25_000)
    await scene.notifications.markAll(ann, 'READ', {})
    const late = await scene.send('ann')
    expect(await scene.notifications.markAll(ann, 'READ', {})).toMatchObject({ changed: 1 })
    expect(await scene.notifications.markAll(ann, 'READ', { category: 'c-1' })).toMatchObject({ changed: 0 })
    expect((await scene.notifications.list(ann, { first: 1 })).nodes[0]).toMatchObject({ id: late })
  })
})

test('a list finds what a filter lets through, however much stands in between', async () => {
  const scene = await openScene()
  const { notifications, send, storage } = scene
  await fillInbox(scene, 12_000)
  const archive = (from: number, to: number) =>
    storage.write((tx) =>
      tx
        .updateTable('inbox')
        .set({ archived_at: 1 })
        .where('user_id', '=', 'ann')
        .where('arrived_revision', '>', from)
        .where('arrived_revision', '<', to)
        .execute(),
    )
  await archive(3, 11_999)
  const newest = await send('ann')
  const { nodes, pageInfo } = await notifications.list(ann, { first: 4 })
  expect(nodes.map(({ id }) => id)).toEqual([newest, 'n-11999', 'n-11998', 'n-2'])
  const rest = await notifications.list(ann, { first: 4, after: pageInfo.endCursor })
  expect(rest.nodes.map(({ arrivedRevision }) => arrivedRevision)).toEqual([2, 1])
  expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
  const alone = await notifications.list(ann, { first: 4, after: pageInfo.endCursor, filter: { categories: ['c-1'] } })
  expect(alone.nodes.map(({ id }) => id)).toEqual(['n-1'])
  expect(await notifications.list(ann, { first: 4, filter: { categories: ['none'] } })).toMatchObject({ nodes: [] })
})

test('retracting that its process did not finish is finished by another one', { timeout: 60_000 }, async () => {
  const scene = await openScene()
  const { storage, notifications, send, ids } = scene
  const users = range(600).map((n) => `user-${n}`)
  const id = await send(users)
  const broken = createNotifications({ ...scene, storage: endingAfterTwoWrites(storage), limits: DEFAULT_LIMITS })
  await expect(broken.retract([id])).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  await abandonTasks(storage)
  const finish = finishing({ retract: notifications.finishRetracting })
  expect(await finishTasks(storage, finish)).toBe(1)
  for (const userId of ['user-0', 'user-300', 'user-599']) expect(await ids(userId)).toEqual([])
  expect(await finishTasks(storage, finish)).toBe(0)
})

test('two hundred who list at once after an announcement share its materialisation', async () => {
  const scene = await openScene()
  const users = range(200).map((n) => `user-${n}`)
  await scene.begin(...users)
  const id = await scene.announce()
  let writes = 0
  const counted: Storage = {
    ...scene.storage,
    write: (work, stream) => {
      writes += 1
      return scene.storage.write(work, stream)
    },
  }
  const notifications = createNotifications({ ...scene, storage: counted, limits: DEFAULT_LIMITS })
  const lists = await Promise.all(users.map((userId) => notifications.list(customer(userId), { first: 20 })))
  expect(new Set(lists.map(({ nodes }) => nodes.map((node) => node.id).join()))).toEqual(new Set([id]))
  expect(writes).toBeLessThan(10)
})
