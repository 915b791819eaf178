import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { migrate } from '../../src/storage/migrate.ts'
import { BEFORE_WORDS } from '../support/before-words.ts'
import { openScene, type Scene } from '../support/notifications.ts'
import { read as follow } from '../support/reader.ts'
import { viewer } from '../support/viewer.ts'

const zoe = viewer('zoe')

/** Each way in which an inbox begins. */
const BEGINNINGS: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
  'reading the list': ({ notifications }) => notifications.list(zoe, { first: 20 }),
  'reading the count': ({ notifications }) => notifications.unreadCount(zoe),
  'following what arrives': async ({ notifications }) => follow(await notifications.followAdded(zoe, undefined)),
  'following what changes': async ({ notifications }) => follow(await notifications.followEvents(zoe, undefined)),
  'following the count': async ({ notifications }) => follow(await notifications.followUnread(zoe)).next(),
  'marking all as read': ({ notifications }) => notifications.markAll(zoe, 'READ', {}),
  'several at once': ({ notifications, begin }) =>
    Promise.all([begin('zoe'), notifications.followUnread(zoe), notifications.markAll(zoe, 'READ', {}), begin('zoe')]),
}

describe.each(Object.entries(BEGINNINGS))('an inbox that begins by %s', (_name, begin) => {
  test('begins with the present', async () => {
    const scene = await openScene()
    for (let i = 0; i < 3; i++) await scene.announce()
    await begin(scene)
    expect(await scene.ids('zoe')).toEqual([])
    expect(await scene.notifications.unreadCount(zoe)).toMatchObject({ count: 0 })
    const id = await scene.announce()
    expect(await scene.ids('zoe')).toEqual([id])
  })

  test('begins with the present again after it was erased', async () => {
    const scene = await openScene()
    const { notifications, announce, ids } = scene
    await begin(scene)
    const erased = await announce()
    expect(await ids('zoe')).toEqual([erased])
    await notifications.erase('zoe')
    await begin(scene)
    expect(await ids('zoe')).toEqual([])
    const id = await announce()
    expect(await ids('zoe')).toEqual([id])
  })

  test('finds there what was announced for new users, too, and nothing else', async () => {
    const scene = await openScene()
    const { announce, ids, clock, notifications } = scene
    await scene.begin('ann')
    const all = [await announce()]
    const welcome = await announce({ title: 'Welcome' }, { includeNewUsers: true })
    all.push(welcome, await announce())
    const passing = await announce({ expiresAt: clock.now() + 1_000 }, { includeNewUsers: true })
    const retracted = await announce({}, { includeNewUsers: true })
    await announce({}, { includeNewUsers: true, excludeUserId: 'zoe' })
    const rules = await announce({ title: 'Rules' }, { includeNewUsers: true })
    clock.advance(1_000)
    await notifications.retract([retracted])
    await begin(scene)
    expect(await ids('zoe')).toEqual([rules, welcome])
    const id = await announce({}, { includeNewUsers: true })
    expect(await ids('zoe')).toEqual([id, rules, welcome])
    expect(await ids('ann')).toEqual(expect.arrayContaining([...all, rules, id]))
    expect(await ids('ann')).not.toContain(passing)
  })
})

describe('an inbox that begins with its first notification', () => {
  test('has that one alone, and what is announced later', async () => {
    const { announce, send, ids } = await openScene()
    for (let i = 0; i < 3; i++) await announce()
    const first = await send(['zoe', 'ann'])
    const next = await announce()
    expect(await ids('zoe')).toEqual([next, first])
    expect(await ids('ann')).toEqual([next, first])
  })

  test('begins so after it was erased, too', async () => {
    const { announce, send, ids, notifications } = await openScene()
    await send('zoe')
    await announce()
    await notifications.erase('zoe')
    const first = await send('zoe')
    expect(await ids('zoe')).toEqual([first])
  })

  test('has what was announced for new users behind it', async () => {
    const { announce, send, ids } = await openScene()
    const welcome = await announce({}, { includeNewUsers: true })
    await announce()
    const first = await send(['zoe', 'ann'])
    expect(await ids('zoe')).toEqual([first, welcome])
  })
})

describe('announcements for new users', () => {
  test('come all, however many, and each once', async () => {
    const { announce, ids, notifications } = await openScene()
    const all: string[] = []
    for (let i = 0; i < 250; i++) {
      await announce()
      if (i % 2 === 0) all.push(await announce({}, { includeNewUsers: true }))
    }
    const added = follow(await notifications.followAdded(zoe, undefined))
    const later = await announce()
    expect(await added.next()).toMatchObject({ id: later, revision: 126 })
    expect(await ids('zoe')).toEqual([later, ...all.slice(26).reverse()])
  })

  test('have an idempotency key that knows the difference', async () => {
    const { notifications } = await openScene()
    const input = { notification: { type: 'a.b', title: 'Hi' }, idempotencyKey: 'k' }
    await notifications.announce(input)
    expect(await notifications.announce({ ...input, includeNewUsers: false })).toMatchObject({ isDuplicate: true })
    const other = notifications.announce({ ...input, includeNewUsers: true })
    await expect(other).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

test('inboxes that begin while something is announced have all from then on', async () => {
  const { announce, ids, begin } = await openScene()
  const users = Array.from({ length: 40 }, (_, n) => `user-${n}`)
  const all: string[] = []
  await Promise.all([
    (async () => {
      for (let i = 0; i < 40; i++) all.push(await announce())
    })(),
    ...users.map((userId) => begin(userId)),
  ])
  for (const userId of users) {
    const got = await ids(userId)
    expect(got).toEqual(all.toReversed().slice(0, got.length))
  }
})

test('inboxes of a Herald that knew no beginning go on where they were', async () => {
  const { announce, ids, begin, storage } = await openScene()
  await begin('ann')
  const missed = await announce()
  await storage.write(async (tx) => {
    await sql`DROP INDEX notifications_for_new_users`.execute(tx)
    await sql`ALTER TABLE streams DROP COLUMN began`.execute(tx)
    await sql`ALTER TABLE notifications DROP COLUMN for_new_users`.execute(tx)
    for (const statement of BEFORE_WORDS) await sql.raw(statement).execute(tx)
    await sql`DELETE FROM migrations WHERE name = '0011-new-users'`.execute(tx)
    await migrate(tx, 'text')
  })
  expect(await ids('ann')).toEqual([missed])
  expect(await ids('zoe')).toEqual([])
})
