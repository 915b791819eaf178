import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createBus } from '../../src/bus/bus.ts'
import { systemClock as clock } from '../../src/lib/clock.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { openPostgresStorage } from '../../src/storage/postgres-storage.ts'
import { borrowDatabase } from '../support/databases.ts'
import { silentLog } from '../support/embedded.ts'
import { openStoppedHolder } from '../support/holder.ts'
import { openJsonLink } from '../support/json-link.ts'
import { expectUndisturbed } from '../support/undisturbed.ts'
import { viewer } from '../support/viewer.ts'
import { createNotifications } from '../support/with-bus.ts'

const HELD_MS = 2_500

async function openScene() {
  const url = await borrowDatabase()
  const storage = await openPostgresStorage({ url })
  onTestFinished(storage.close)
  const log = silentLog()
  const bus = createBus({ openLink: openJsonLink, clock, log })
  onTestFinished(bus.close)
  const notifications = createNotifications({ storage, bus, clock, log, limits: DEFAULT_LIMITS })
  const tell = (...userIds: readonly string[]) =>
    notifications.notify({ userIds, notification: { type: 'a.b', title: 'Hello' } })
  const count = async (userId: string): Promise<number> => (await notifications.unreadCount(viewer(userId))).count
  return { url, storage, notifications, tell, count }
}

/** Holds the row of a stream until it is told to let go. */
async function hold(url: string, stream: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('BEGIN')
  await client.query('SELECT 1 FROM streams WHERE stream = $1 FOR UPDATE', [stream])
  return async () => {
    await client.query('ROLLBACK')
  }
}

/** What is waited for at the end, and may fail before. */
function collect() {
  const all: Promise<unknown>[] = []
  return {
    all,
    add: (...some: readonly Promise<unknown>[]): void => {
      for (const one of some) one.catch(() => {})
      all.push(...some)
    },
  }
}

type Scene = Awaited<ReturnType<typeof openScene>>

/** Expects that others are told, and read, about as fast as ever while something goes on. */
function expectOthersUndisturbed({ tell, count, notifications }: Scene, meanwhile: () => Promise<unknown>) {
  let turn = 0
  const acts = {
    tell: () => tell(`free-${turn++ % 20}`),
    'tell several': () => tell('free-1', 'free-2', `free-${turn++ % 20}`),
    count: () => count(`free-${turn++ % 20}`),
    list: () => notifications.list(viewer(`free-${turn++ % 20}`), { first: 20 }),
  }
  return expectUndisturbed(acts, meanwhile)
}

// It takes the database seconds to give up a holder, and the machine can be busy.
describe('a row that somebody holds', { timeout: 60_000 }, () => {
  test('of an inbox delays only what is told to that user, which comes in its order', async () => {
    const scene = await openScene()
    const { url, tell, count, notifications } = scene
    const many = Array.from({ length: 50 }, (_, n) => `many-${n}`)
    await tell('held', 'with-held', ...many)
    const letGo = await hold(url, 'user:held')
    const waiting = collect()
    await expectOthersUndisturbed(scene, async () => {
      for (let at = 0; at < HELD_MS; at += 100) {
        waiting.add(tell('held'), tell('held', 'with-held'))
        if (at % 500 === 0) waiting.add(tell('held', ...many))
        await setTimeout(100)
      }
    })
    await letGo()
    await Promise.all(waiting.all)
    expect(await count('held')).toBe(1 + waiting.all.length > 99 ? 99 : 1 + waiting.all.length)
    const { nodes } = await notifications.list(viewer('held'), { first: 100 })
    expect(nodes.length).toBe(1 + waiting.all.length)
  })

  test('of an inbox keeps an announcement, what expires and what is retracted from nobody else', async () => {
    const scene = await openScene()
    const { url, tell, notifications, count } = scene
    const users = ['held', ...Array.from({ length: 30 }, (_, n) => `free-${n}`)]
    const { notificationId } = await tell(...users)
    const readers = users.map((userId) => notifications.followAdded(viewer(userId), undefined))
    await Promise.all(readers)
    const letGo = await hold(url, 'user:held')
    const expiresAt = clock.now() + 3_000
    await notifications.notify({
      userIds: users.slice(1),
      notification: { type: 'a.b', title: 'Soon over', expiresAt },
    })
    await notifications.announce({ notification: { type: 'a.b', title: 'For all' } })
    const retracting = notifications.retract([notificationId])
    while (clock.now() < expiresAt) await setTimeout(50)
    await notifications.sweep()
    // Whoever is free has lost one and got one, while one is still held.
    await expect
      .poll(() => Promise.all(users.slice(1).map(count)), { timeout: 10_000 })
      .toEqual(users.slice(1).map(() => 1))
    await letGo()
    expect(await retracting).toBe(users.length)
    expect(await count('held')).toBe(1)
  })

  test('of many inboxes leaves connections to those who need others', async () => {
    const scene = await openScene()
    const { url, tell } = scene
    const held = Array.from({ length: 20 }, (_, n) => `held-${n}`)
    await tell(...held)
    const letGo = await Promise.all(held.map((userId) => hold(url, `user:${userId}`)))
    const waiting = collect()
    await expectOthersUndisturbed(scene, async () => {
      for (const userId of held) {
        waiting.add(tell(userId), scene.notifications.markAll(viewer(userId), 'READ', {}))
        await setTimeout(50)
      }
      await setTimeout(1_000)
    })
    await Promise.all(letGo.map((release) => release()))
    await Promise.all(waiting.all)
  })

  test('by a process that was stopped in the middle of a transaction is free again in less than 5 s', async () => {
    const scene = await openScene()
    const { url, tell, count } = scene
    await tell('held')
    await openStoppedHolder({ url }, 'user:held')
    const began = performance.now()
    let tookMs = Number.POSITIVE_INFINITY
    await expectOthersUndisturbed(scene, async () => {
      await tell('held')
      tookMs = performance.now() - began
    })
    expect(tookMs).toBeLessThan(5_000)
    expect(await count('held')).toBe(2)
  })
})
