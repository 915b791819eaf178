import { sql } from 'kysely'
import { describe, expect, inject, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { ann, openScene } from '../support/notifications.ts'
import { noting } from '../support/query-plans.ts'
import { read } from '../support/reader.ts'
import { viewer } from '../support/viewer.ts'
import { createNotifications } from '../support/with-bus.ts'

function hello(title: string) {
  return { type: 'chat.hello', title }
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index)
}

describe('calls of notify at the same time', () => {
  test('share transactions and statements, however many they are', async () => {
    const { storage: plain, ...embedded } = await openScene()
    const { storage, take } = noting(plain)
    let transactions = 0
    const counted: typeof storage = {
      ...storage,
      write: (work, stream) => {
        transactions += 1
        return storage.write(work, stream)
      },
    }
    const { notify } = createNotifications({ ...embedded, storage: counted, limits: DEFAULT_LIMITS })
    const calls = (count: number) =>
      Promise.all(
        range(count).map((n) =>
          notify({ userIds: [`user-${n}`], notification: hello(`${n}`), idempotencyKey: `${count}-${n}` }),
        ),
      )
    await calls(1)
    const alone = take().length
    transactions = 0
    await calls(100)
    expect(transactions).toBe(1)
    expect(take().length).toBe(alone)
    await calls(1_000)
    expect(transactions).toBe(11)
  })

  test('arrive in their order, each at a revision of its own', async () => {
    const { notifications } = await openScene()
    const feed = read(await notifications.followAdded(ann, undefined))
    const first = feed.take(200)
    await Promise.all(
      range(200).map((n) => notifications.notify({ userIds: ['ann', `user-${n % 7}`], notification: hello(`${n}`) })),
    )
    const titles = (await first).map(({ title }) => title)
    expect(titles).toEqual(range(200).map(String))
    expect(await notifications.unreadCount(ann)).toMatchObject({ revision: 200 })
    expect(await notifications.unreadCount(viewer('user-0'))).toMatchObject({ count: 29, revision: 29 })
  })

  test('keep their keys apart: repeated ones are duplicates, misused ones are refused, the others are not affected', async () => {
    const { notifications, clock } = await openScene()
    const { notify } = notifications
    const send = (userId: string, idempotencyKey: string, title = 'Hello') =>
      notify({ userIds: [userId], notification: hello(title), idempotencyKey })
    const before = await send('ann', 'old')
    const settled = await Promise.allSettled([
      send('ann', 'old'),
      send('ann', 'old', 'Other'),
      send('ann', 'new'),
      send('ann', 'new'),
      send('ann', 'new', 'Other'),
      send('bob', 'bobs'),
      notify({ userIds: ['bob'], notification: { ...hello('Late'), expiresAt: clock.now() }, idempotencyKey: 'late' }),
    ])
    const short = settled.map((one) =>
      one.status === 'fulfilled' ? (one.value.isDuplicate ? 'duplicate' : 'stored') : one.reason.code,
    )
    expect(short).toEqual(['duplicate', 'CONFLICT', 'stored', 'duplicate', 'CONFLICT', 'stored', 'BAD_USER_INPUT'])
    expect(settled[0]).toMatchObject({ value: { notificationId: before.notificationId } })
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 2, revision: 2 })
    expect(await notifications.unreadCount(viewer('bob'))).toMatchObject({ count: 1, revision: 1 })
  })

  test('repeated with its key after it has expired, is still a duplicate', async () => {
    const { notifications, clock } = await openScene()
    const send = () =>
      notifications.notify({ userIds: ['ann'], notification: { ...hello('Soon'), expiresAt }, idempotencyKey: 'k' })
    const expiresAt = clock.now() + 1_000
    const { notificationId } = await send()
    clock.advance(1_000)
    expect(await send()).toEqual({ notificationId, recipients: 1, isDuplicate: true })
  })

  test('are carried out one by one when one of them makes the database fail', async () => {
    const { notifications, storage } = await openScene()
    const isPostgres = inject('setup').database === 'postgres'
    await storage.write(async (tx) => {
      const fail = isPostgres
        ? sql`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$`
        : sql`SELECT 1`
      await fail.execute(tx)
      const trigger = isPostgres
        ? sql`CREATE TRIGGER refuse BEFORE INSERT ON inbox FOR EACH ROW WHEN (NEW.user_id = 'bob') EXECUTE FUNCTION refuse()`
        : sql`CREATE TRIGGER refuse BEFORE INSERT ON inbox WHEN NEW.user_id = 'bob' BEGIN SELECT RAISE(ABORT, 'refused'); END`
      await trigger.execute(tx)
    })
    const settled = await Promise.allSettled(
      ['ann', 'bob', 'carl', 'ann'].map((userId) =>
        notifications.notify({ userIds: [userId], notification: hello('Hello') }),
      ),
    )
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 2, revision: 2 })
    await storage.write(async (tx) => {
      await (isPostgres ? sql`DROP TRIGGER refuse ON inbox` : sql`DROP TRIGGER refuse`).execute(tx)
      if (isPostgres) await sql`DROP FUNCTION refuse()`.execute(tx)
    })
  })
})
