import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { ann, bob, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { createNotifications } from '../support/with-bus.ts'

const DAY_MS = 24 * 60 * 60 * 1_000

describe('snoozing', () => {
  test('takes a notification off the list and the counts, and brings it back at its moment as if it had just arrived', async () => {
    const { notifications, send, clock, ids } = await openScene()
    const [one, two] = [await send('ann'), await send('ann')]
    await notifications.mark(ann, 'READ', [one])
    await notifications.mark(ann, 'ARCHIVED', [one])
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    const live = read(await notifications.followEvents(ann, undefined))
    const added = read(await notifications.followAdded(ann, undefined))
    const until = clock.now() + 1_000
    const snoozed = await notifications.snooze(ann, [two, one], until)
    expect(snoozed).toMatchObject({
      changed: 2,
      upToRevision: null,
      notifications: [
        { id: two, snoozedUntil: until },
        { id: one, snoozedUntil: until, archivedAt: null },
      ],
      unread: { count: 0, revision: 5 },
    })
    expect(await live.next()).toMatchObject({
      ids: expect.arrayContaining([two, one]),
      reason: 'SNOOZED',
      unread: { count: 0 },
    })
    expect(await read(await notifications.followEvents(ann, resumeCursor)).next()).toMatchObject({ reason: 'SNOOZED' })
    expect(await ids('ann')).toEqual([])

    clock.advance(999)
    expect(await notifications.sweep()).toBe(0)
    expect(await ids('ann')).toEqual([])
    clock.advance(1)
    await notifications.sweep()
    const back = (id: string, revision: number) => ({
      ...{ id, revision, arrivedRevision: revision },
      ...{ seenAt: null, readAt: null, archivedAt: null, snoozedUntil: null },
    })
    expect(await live.take(2)).toMatchObject([
      { notification: back(one, 6), unread: { count: 2, revision: 7 } },
      { notification: back(two, 7) },
    ])
    expect(await added.take(2)).toMatchObject([back(one, 6), back(two, 7)])
    const { nodes, unread } = await notifications.list(ann, { first: 10 })
    expect(nodes).toMatchObject([back(two, 7), back(one, 6)])
    expect(unread).toMatchObject({ count: 2, revision: 7 })
    // A device that was away all the time gets them as they are now.
    expect(await read(await notifications.followEvents(ann, resumeCursor)).take(2)).toMatchObject([
      { notification: back(one, 6) },
      { notification: back(two, 7) },
    ])
  })

  test('ends when anybody reads the inbox, whether a sweep came or not', async () => {
    const { notifications, send, clock, ids } = await openScene()
    const id = await send('ann')
    await notifications.snooze(ann, [id], clock.now() + 1_000)
    clock.advance(1_000)
    expect(await ids('ann')).toEqual([id])
    await notifications.snooze(ann, [id], clock.now() + 1_000)
    clock.advance(1_000)
    expect(await notifications.mark(ann, 'READ', [id])).toMatchObject({ changed: 1, notifications: [{ id }] })
  })

  test('ends once, however many nodes look at the same moment', async () => {
    const scene = await openScene()
    const { notifications, send, clock } = scene
    const nodes = [1, 2, 3, 4].map(() => createNotifications({ ...scene, limits: DEFAULT_LIMITS }))
    const ids = await Promise.all(Array.from({ length: 120 }, () => send(['ann', 'bob'])))
    for (const who of [ann, bob]) await notifications.snooze(who, ids, clock.now() + 1_000)
    const { revision } = await notifications.unreadCount(ann)
    clock.advance(1_000)
    await Promise.all(nodes.flatMap((node) => [node.sweep(), node.unreadCount(ann), node.list(bob, { first: 1 })]))
    for (const who of [ann, bob]) {
      await notifications.sweep()
      expect(await notifications.unreadCount(who)).toMatchObject({ revision: revision + 120 })
      const { nodes: listed } = await notifications.list(who, { first: 100 })
      expect(new Set(listed.map(({ arrivedRevision }) => arrivedRevision)).size).toBe(100)
    }
  })

  test('is found by a filter, and by id', async () => {
    const { notifications, send, clock } = await openScene()
    const [one, two, three] = [await send('ann'), await send('ann', { type: 'other' }), await send('ann')]
    await notifications.snooze(ann, [one, two], clock.now() + 1_000)
    const list = async (snoozed: boolean | null, more = {}) => {
      const { nodes } = await notifications.list(ann, { first: 10, filter: { snoozed, ...more } })
      return nodes.map(({ id }) => id)
    }
    expect(await list(false)).toEqual([three])
    expect(await list(true)).toEqual([two, one])
    expect(await list(true, { categories: ['other'] })).toEqual([two])
    expect(await list(null)).toEqual([three, two, one])
    const page = await notifications.list(ann, { first: 1, filter: { snoozed: null } })
    expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
    const after = page.pageInfo.endCursor
    const next = await notifications.list(ann, { first: 5, after, filter: { snoozed: true } })
    expect(next.nodes.map(({ id }) => id)).toEqual([two, one])
    expect(next.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false })
    const found = await notifications.find(ann, [one, three])
    expect(found).toMatchObject([{ snoozedUntil: clock.now() + 1_000 }, { snoozedUntil: null }])
  })

  test('can be changed and ended, and marks leave it alone', async () => {
    const { notifications, send, clock, ids } = await openScene()
    const id = await send('ann')
    await notifications.snooze(ann, [id], clock.now() + 1_000)
    expect(await notifications.mark(ann, 'READ', [id])).toMatchObject({ changed: 0 })
    expect(await notifications.markAll(ann, 'ARCHIVED', {})).toMatchObject({ changed: 0 })
    const later = clock.now() + 5_000
    expect(await notifications.snooze(ann, [id], later)).toMatchObject({ changed: 1, unread: { revision: 3 } })
    expect(await notifications.snooze(ann, [id], later)).toMatchObject({ changed: 0, unread: { revision: 3 } })
    clock.advance(1_000)
    expect(await ids('ann')).toEqual([])
    const woken = { changed: 1, notifications: [{ id, arrivedRevision: 4, snoozedUntil: null }], unread: { count: 1 } }
    expect(await notifications.unsnooze(ann, [id])).toMatchObject(woken)
    expect(await notifications.unsnooze(ann, [id])).toMatchObject({ changed: 0, unread: { revision: 4 } })
  })

  test('is refused for what is not the user’s, and for a moment that is past or far', async () => {
    const { notifications, send, clock } = await openScene()
    const id = await send('ann')
    const soon = clock.now() + 1
    await expect(notifications.snooze(bob, [id], soon)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(notifications.unsnooze(bob, [id])).rejects.toMatchObject({ code: 'NOT_FOUND' })
    for (const until of [clock.now(), clock.now() - 1, clock.now() + 367 * DAY_MS]) {
      await expect(notifications.snooze(ann, [id], until)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    }
    await expect(notifications.snooze(ann, [], soon)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    expect(await notifications.snooze(ann, [id], clock.now() + 366 * DAY_MS)).toMatchObject({ changed: 1 })
  })
})

describe('what is snoozed', () => {
  test('goes with what becomes of it, and devices are told', async () => {
    const { notifications, send, clock } = await openScene()
    const [taken, deleted, expires] = [
      await send('ann'),
      await send('ann'),
      await send('ann', { expiresAt: clock.now() + 500 }),
    ]
    await notifications.snooze(ann, [taken, deleted, expires], clock.now() + 1_000)
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    expect(await notifications.retract([taken])).toBe(1)
    await notifications.delete(ann, [deleted])
    clock.advance(1_000)
    await notifications.sweep()
    const events = await read(await notifications.followEvents(ann, resumeCursor)).take(3)
    expect(events).toMatchObject([
      { ids: [taken], reason: 'RETRACTED' },
      { ids: [deleted], reason: 'DELETED' },
      { ids: [expires], reason: 'EXPIRED' },
    ])
    expect((await notifications.list(ann, { first: 10, filter: { snoozed: null } })).nodes).toEqual([])
  })

  test('is kept for as long as it is, with its content, whatever retention deletes', async () => {
    const scene = await openScene()
    const { send, clock, ids } = scene
    const retention = { readDays: 1, removedDays: 1 }
    const notifications = createNotifications({ ...scene, limits: DEFAULT_LIMITS, retention })
    const id = await send(['ann', 'bob'])
    await notifications.mark(ann, 'READ', [id])
    await notifications.snooze(ann, [id], clock.now() + 100 * DAY_MS)
    await notifications.delete(bob, [id])
    clock.advance(99 * DAY_MS)
    expect(await notifications.prune()).toBe(1)
    expect(await notifications.prune()).toBe(0)
    clock.advance(1 * DAY_MS)
    expect(await ids('ann')).toEqual([id])
  })

  test('is erased with its user', async () => {
    const { notifications, send, clock, storage } = await openScene()
    const id = await send('ann')
    await notifications.snooze(ann, [id], clock.now() + 1_000)
    expect(await notifications.erase('ann')).toBe(1)
    const left = await storage.read((tx) => tx.selectFrom('notifications').select('id').execute())
    expect(left).toEqual([])
    clock.advance(1_000)
    expect(await notifications.sweep()).toBe(0)
  })
})

test('a database of an earlier Herald goes on, and can snooze', async () => {
  const { notifications, send, storage, clock, ids } = await openScene()
  const [kept, gone] = [await send('ann'), await send('ann')]
  await notifications.retract([gone])
  await storage.write(async (tx) => {
    const own = ['inbox_snoozed', 'inbox_snoozed_places', 'inbox_waking', 'inbox_snoozed_recipients']
    for (const index of ['inbox_removed', ...own]) await sql`DROP INDEX ${sql.ref(index)}`.execute(tx)
    await sql`ALTER TABLE inbox DROP COLUMN snoozed_until`.execute(tx)
    await sql`CREATE INDEX inbox_removed ON inbox (removed_at) WHERE removed_at IS NOT NULL`.execute(tx)
    await sql`DELETE FROM migrations WHERE name LIKE '%-snoozes'`.execute(tx)
    await migrate(tx, 'text')
  })
  expect(await ids('ann')).toEqual([kept])
  await notifications.snooze(ann, [kept], clock.now() + 1_000)
  expect(await ids('ann')).toEqual([])
  clock.advance(1_000)
  expect(await ids('ann')).toEqual([kept])
})
