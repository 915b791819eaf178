import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openMemoryPositions } from '../../src/delivery/memory-positions.ts'
import { type PositionKey, type Positions, positionKey, type Start } from '../../src/delivery/positions.ts'
import { openRedisPositions } from '../../src/delivery/redis-positions.ts'
import { openCommandClient } from '../../src/lib/redis-client.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { newPrefix, redisAddress, useRedis } from '../support/redis.ts'
import { prepareStorage } from '../support/storage.ts'

const TTL_MS = 60_000
const PER_USER = 40
const redis = useRedis()

const OPTIONS = { log: silentLog(), ttlMs: TTL_MS, perUser: PER_USER }

/** What an implementation gives to a test. */
interface Nodes {
  /** Starts a node. */
  start(): Promise<{ readonly positions: Positions; readonly storage: Storage }>
  /** Lets time pass, and what is due happen. */
  pass(ms: number): Promise<void>
}

const inMemory = (): Nodes => {
  const clock = createManualClock()
  const open = prepareStorage()
  const storages: Storage[] = []
  return {
    start: async () => {
      const storage = await open()
      storages.push(storage)
      return { storage, positions: openMemoryPositions({ storage, clock, ...OPTIONS }) }
    },
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        clock.advance(1_000)
        // What was begun to be written before is on disk now.
        for (const storage of storages) await storage.write(async () => {}, 'positions')
      }
    },
  }
}

const inRedis = (): Nodes => {
  const clock = createManualClock()
  const open = prepareStorage()
  const prefix = newPrefix()
  const clients: Awaited<ReturnType<typeof openCommandClient>>[] = []
  return {
    start: async () => {
      const [storage, client] = [
        await open(),
        await openCommandClient({ address: redisAddress(redis.url()), name: 'test' }),
      ]
      onTestFinished(() => client.disconnect())
      clients.push(client)
      const { now } = clock
      return { storage, positions: await openRedisPositions({ storage, client, prefix, clock, now, ...OPTIONS }) }
    },
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        clock.advance(1_000)
        // What was begun to be written before has been answered: first where lost memories are looked for, then what moved.
        for (let trips = 0; trips < 2; trips++) {
          await setImmediate()
          for (const client of clients) await client.ping()
        }
        await setImmediate()
      }
    },
  }
}

const implementations: readonly (readonly [name: string, open: () => Nodes])[] = [
  ['in memory', inMemory],
  ['in Redis', inRedis],
]

const newKey = (userId = 'ada'): PositionKey =>
  positionKey({ userId, operationId: randomUUID(), query: 'subscription { a }' })!

const lane = (revision: number, epoch = 'first') => ({ epoch, revision })

const startOf = async (positions: Positions, key: PositionKey, at: ReturnType<typeof lane>): Promise<Start> =>
  (await positions.begin(key, at)).start

describe.each(implementations)('positions %s', (_, open) => {
  test('begin a new subscription where the lane stands', async () => {
    const { positions } = await open().start()
    expect(await startOf(positions, newKey(), lane(7))).toEqual({ revision: 7, isExpired: false })
  })

  test('that begin again right after they were forgotten are kept', async () => {
    const { positions } = await open().start()
    const key = newKey()
    const first = await positions.begin(key, lane(1))
    await positions.store()
    positions.forget(first)
    const [held] = await Promise.all([positions.begin(key, lane(5)), positions.store()])
    expect(held.start).toEqual({ revision: 5, isExpired: false })
    positions.acknowledge(held, 7)
    await positions.store()
    positions.release(held)
    await positions.store()
    expect(await startOf(positions, key, lane(9))).toEqual({ revision: 7, isExpired: false })
  })

  test('go on after what was acknowledged, and never back', async () => {
    const { positions } = await open().start()
    const key = newKey()
    const held = await positions.begin(key, lane(1))
    positions.acknowledge(held, 5)
    positions.acknowledge(held, 4)
    positions.release(held)
    expect(await startOf(positions, key, lane(9))).toEqual({ revision: 5, isExpired: false })
  })

  test('outlive the node, from the start on and after each second', async () => {
    const nodes = open()
    const first = await nodes.start()
    const [idle, busy] = [newKey(), newKey()]
    await first.positions.begin(idle, lane(3))
    const held = await first.positions.begin(busy, lane(3))
    first.positions.acknowledge(held, 8)
    await nodes.pass(1_000)
    const { positions } = await nodes.start()
    expect(await startOf(positions, idle, lane(9))).toEqual({ revision: 3, isExpired: false })
    expect(await startOf(positions, busy, lane(9))).toEqual({ revision: 8, isExpired: false })
  })

  test('are stored when the node closes', async () => {
    const nodes = open()
    const first = await nodes.start()
    const key = newKey()
    const held = await first.positions.begin(key, lane(3))
    first.positions.acknowledge(held, 8)
    first.positions.release(held)
    await first.positions.close()
    const { positions } = await nodes.start()
    expect(await startOf(positions, key, lane(9))).toEqual({ revision: 8, isExpired: false })
  })

  test('never expire while they are held, also when the node dies', async () => {
    const nodes = open()
    const first = await nodes.start()
    const key = newKey()
    await first.positions.begin(key, lane(3))
    await nodes.pass(5 * TTL_MS)
    const { positions } = await nodes.start()
    expect(await startOf(positions, key, lane(9))).toEqual({ revision: 3, isExpired: false })
  })

  test('expire some time after they were released, and say so until something is acknowledged', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const key = newKey()
    const held = await positions.begin(key, lane(3))
    positions.release(held)
    await nodes.pass(TTL_MS + 1_000)
    const late = await positions.begin(key, lane(9))
    expect(late.start).toEqual({ revision: 9, isExpired: true })
    positions.release(late)
    const again = await positions.begin(key, lane(12))
    expect(again.start).toEqual({ revision: 12, isExpired: true })
    positions.acknowledge(again, 13)
    positions.release(again)
    expect(await startOf(positions, key, lane(15))).toEqual({ revision: 13, isExpired: false })
  })

  test('cannot be continued in another epoch, beyond the end of the lane, or when they were given up', async () => {
    const { positions } = await open().start()
    const [other, beyond, silent] = [newKey(), newKey(), newKey()]
    for (const key of [other, beyond]) positions.release(await positions.begin(key, lane(3)))
    expect(await startOf(positions, other, lane(9, 'second'))).toEqual({ revision: 9, isExpired: true })
    expect(await startOf(positions, beyond, lane(2))).toEqual({ revision: 2, isExpired: true })
    const held = await positions.begin(silent, lane(3))
    positions.acknowledge(held, null)
    positions.release(held)
    expect(await startOf(positions, silent, lane(9))).toEqual({ revision: 9, isExpired: true })
  })

  test('of a new socket outlast the old one', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const key = newKey()
    const old = await positions.begin(key, lane(3))
    const held = await positions.begin(key, lane(9))
    positions.acknowledge(held, 9)
    positions.release(old)
    await nodes.pass(3 * TTL_MS)
    positions.release(held)
    expect(await startOf(positions, key, lane(12))).toEqual({ revision: 9, isExpired: false })
  })

  test('are forgotten when the subscription is over', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const [soon, later] = [newKey(), newKey()]
    for (const key of [soon, later]) positions.forget(await positions.begin(key, lane(3)))
    expect(await startOf(positions, soon, lane(9))).toEqual({ revision: 9, isExpired: false })
    await nodes.pass(2_000)
    expect(await startOf(positions, later, lane(9))).toEqual({ revision: 9, isExpired: false })
  })

  test('of an erased user are gone, and stay gone', async () => {
    const nodes = open()
    const { positions, storage } = await nodes.start()
    const [ada, bob] = [newKey('ada'), newKey('bob')]
    const held = await positions.begin(ada, lane(3))
    positions.acknowledge(held, 5)
    await positions.begin(bob, lane(3))
    await storage.write((tx) => positions.erase(tx, 'ada'))
    positions.acknowledge(held, 6)
    await nodes.pass(2_000)
    expect(await startOf(positions, ada, lane(9))).toEqual({ revision: 9, isExpired: false })
    expect(await startOf(positions, bob, lane(9))).toEqual({ revision: 3, isExpired: false })
  })

  test('begin and move in thousands', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const keys = Array.from({ length: 5_000 }, (_, index) => newKey(`user-${index % 500}`))
    const held = await Promise.all(keys.map((key) => positions.begin(key, lane(3))))
    for (const each of held) positions.acknowledge(each, 4)
    await positions.store()
    const other = await nodes.start()
    const starts = await Promise.all(keys.map((key) => startOf(other.positions, key, lane(9))))
    expect(starts.every(({ revision, isExpired }) => revision === 4 && !isExpired)).toBe(true)
  })

  test('of a user are bounded: the oldest are given up, and whoever comes back to one is told', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const keys = Array.from({ length: PER_USER + 1 }, () => newKey('mallory'))
    const bob = newKey('bob')
    positions.release(await positions.begin(bob, lane(3)))
    for (const key of keys) {
      positions.release(await positions.begin(key, lane(3)))
      await nodes.pass(1_000)
    }
    const other = (await nodes.start()).positions
    expect(await startOf(other, keys[0]!, lane(9))).toEqual({ revision: 9, isExpired: true })
    expect(await startOf(other, keys.at(-1)!, lane(9))).toEqual({ revision: 3, isExpired: false })
    // Nobody knows which subscriptions of this user are new.
    expect(await startOf(other, newKey('mallory'), lane(9))).toEqual({ revision: 9, isExpired: true })
    expect(await startOf(other, bob, lane(9))).toEqual({ revision: 3, isExpired: false })
    expect(await startOf(other, newKey('bob'), lane(9))).toEqual({ revision: 9, isExpired: false })
  })

  test('of a user are bounded while they are held, too', async () => {
    const nodes = open()
    const { positions } = await nodes.start()
    const keys = Array.from({ length: 3 * PER_USER }, () => newKey('mallory'))
    const held = await Promise.all(keys.map((key) => positions.begin(key, lane(3))))
    for (const each of held) positions.acknowledge(each, 4)
    await nodes.pass(2_000)
    const other = (await nodes.start()).positions
    const starts = await Promise.all(keys.map((key) => startOf(other, key, lane(9))))
    const continued = starts.filter(({ isExpired }) => !isExpired)
    expect(continued.length).toBeGreaterThan(0)
    expect(continued.length).toBeLessThanOrEqual(PER_USER)
    for (const { revision } of continued) expect(revision).toBeLessThanOrEqual(4)
  })

  test('that go from node to node go on where the client got to, whatever the old node still believes', async () => {
    const nodes = open()
    const [one, two] = [await nodes.start(), await nodes.start()]
    const key = newKey()
    const halfOpen = await one.positions.begin(key, lane(1))
    one.positions.acknowledge(halfOpen, 2)
    await one.positions.store()
    const held = await two.positions.begin(key, lane(5))
    expect(held.start.revision).toBe(2)
    two.positions.acknowledge(held, 5)
    await two.positions.store()
    one.positions.release(halfOpen)
    await one.positions.store()
    const third = await nodes.start()
    expect((await third.positions.begin(key, lane(7))).start.isExpired).toBe(false)
  })
})

describe('the key of a position', () => {
  const operationId = randomUUID()
  const question = { userId: 'ada', operationId, query: 'subscription { a }' }

  test('is the same for the same question, whether what is not said is null or missing', () => {
    expect(positionKey({ ...question, operationName: null, variables: null })).toEqual(positionKey(question))
  })

  test.each([
    ['user', { userId: 'bob' }],
    ['operation', { operationId: randomUUID() }],
    ['document', { query: 'subscription { b }' }],
    ['operation name', { operationName: 'A' }],
    ['variables', { variables: { a: 1 } }],
  ])('differs with the %s', (_, change) => {
    expect(positionKey({ ...question, ...change })?.hash).not.toBe(positionKey(question)?.hash)
  })

  test.each(['1', '', 'my-id', `${operationId}-1`])('does not exist for the id "%s"', (id) => {
    expect(positionKey({ ...question, operationId: id })).toBeUndefined()
  })
})
