import { describe, expect, onTestFinished, test } from 'vitest'
import type { RedisCommands } from '../../src/lib/redis-client.ts'
import { createMemoryPresenceLeases } from '../../src/presence/memory-presence-leases.ts'
import { PRESENCE_GRACE_MS, type PresenceLeases, type Transition } from '../../src/presence/presence-leases.ts'
import { createRedisPresenceLeases } from '../../src/presence/redis-presence-leases.ts'
import { createManualClock } from '../support/clock.ts'
import { newPrefix, useRedisClient } from '../support/redis.ts'
import { useEachRedis } from '../support/redis-cluster.ts'

/** What an implementation gives to a test. */
interface Nodes {
  readonly graceMs: number
  /** Starts a node. */
  start(): PresenceLeases
  /** Lets time pass for the leases. */
  pass(ms: number): Promise<void>
  /** Ends a node as `kill -9` does and waits until its lease has run out. Only implementations for several nodes have it. */
  readonly kill?: (node: PresenceLeases) => Promise<void>
}

const inMemory = (): Nodes => {
  const clock = createManualClock()
  return {
    graceMs: PRESENCE_GRACE_MS,
    start: () => createMemoryPresenceLeases({ clock }),
    pass: async (ms) => clock.advance(ms),
  }
}

const LEASE_MS = 25_000

/** Time is that of the test, also for Redis. */
const inRedis = (client: () => RedisCommands) => (): Nodes => {
  const clock = createManualClock()
  const prefix = newPrefix()
  const pass = async (ms: number): Promise<void> => clock.advance(ms)
  return {
    graceMs: PRESENCE_GRACE_MS,
    start: () => createRedisPresenceLeases({ client: client(), prefix, clock, leaseMs: LEASE_MS, now: clock.now }),
    pass,
    kill: () => pass(LEASE_MS),
  }
}

const implementations: readonly (readonly [name: string, open: () => Nodes])[] = [
  ['in memory', inMemory],
  ...useEachRedis().map(([name, redis]) => [`in ${name}`, inRedis(useRedisClient(redis))] as const),
]

const started = (nodes: Nodes): PresenceLeases => {
  const leases = nodes.start()
  onTestFinished(() => leases.close(async () => {}))
  return leases
}

/** Sweeps once and returns what was handed over. */
const swept = async (leases: PresenceLeases): Promise<readonly Transition[]> => {
  const told: Transition[] = []
  await leases.sweep(async (transitions) => {
    told.push(...transitions)
  })
  return told
}

const lookUp = async (leases: PresenceLeases, userId: string) => {
  const { isOnline, connections } = (await leases.lookUp([userId])).get(userId)!
  return { isOnline, connections }
}

describe.each(implementations)('presence leases %s', (_, open) => {
  test('report the first connection of a user and no further one', async () => {
    const leases = started(open())
    const transition = await leases.enter('laptop', 'ada')
    expect(transition).toMatchObject({ userId: 'ada', isOnline: true, connections: 1 })
    expect(await leases.enter('phone', 'ada')).toBeUndefined()
    expect(await leases.enter('phone', 'ada')).toBeUndefined()
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 2 })
    expect(await swept(leases)).toEqual([])
  })

  test('keep a user online as long as one connection is left', async () => {
    const nodes = open()
    const leases = started(nodes)
    await leases.enter('laptop', 'ada')
    await leases.enter('phone', 'ada')
    await leases.leave('laptop', 'ada')
    await nodes.pass(2 * nodes.graceMs)
    expect(await swept(leases)).toEqual([])
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 1 })
  })

  test('hand over a user once, when the grace after the last connection is over', async () => {
    const nodes = open()
    const leases = started(nodes)
    const came = await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 0 })
    expect(await swept(leases)).toEqual([])

    await nodes.pass(nodes.graceMs)
    const told = await swept(leases)
    expect(told).toMatchObject([{ userId: 'ada', isOnline: false, connections: 0 }])
    expect(told[0]!.version).toBeGreaterThan(came!.version)
    expect(told[0]!.at - came!.at).toBeLessThan(nodes.graceMs)
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: false, connections: 0 })
    expect(await swept(leases)).toEqual([])
  })

  test('say nothing of a user who comes back within the grace, however often', async () => {
    const nodes = open()
    const leases = started(nodes)
    await leases.enter('tab-0', 'ada')
    for (let turn = 1; turn <= 5; turn++) {
      await leases.leave(`tab-${turn - 1}`, 'ada')
      await nodes.pass(nodes.graceMs / 2)
      expect(await swept(leases)).toEqual([])
      expect(await leases.enter(`tab-${turn}`, 'ada')).toBeUndefined()
    }
    await nodes.pass(2 * nodes.graceMs)
    expect(await swept(leases)).toEqual([])
  })

  test('begin the grace anew each time the last connection goes', async () => {
    const nodes = open()
    const leases = started(nodes)
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs / 2)
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs / 2)
    expect(await swept(leases)).toEqual([])
    await nodes.pass(nodes.graceMs / 2)
    expect(await swept(leases)).toMatchObject([{ userId: 'ada', isOnline: false }])
  })

  test('hand over a user again when telling failed, and count them as online until then', async () => {
    const nodes = open()
    const leases = started(nodes)
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs)
    const failed = leases.sweep(async () => {
      expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 0 })
      throw new Error('the database is away')
    })
    await expect(failed).rejects.toThrow('the database is away')
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 0 })
    expect(await swept(leases)).toMatchObject([{ userId: 'ada', isOnline: false }])
  })

  test('report who comes back while it is told that they left, as newer than that', async () => {
    const nodes = open()
    const leases = started(nodes)
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs)
    await leases.sweep(async ([left]) => {
      const back = await leases.enter('phone', 'ada')
      expect(back).toMatchObject({ userId: 'ada', isOnline: true, connections: 1 })
      expect(back!.version).toBeGreaterThan(left!.version)
      expect(await leases.enter('tablet', 'ada')).toBeUndefined()
    })
    expect(await lookUp(leases, 'ada')).toEqual({ isOnline: true, connections: 2 })
    await nodes.pass(2 * nodes.graceMs)
    expect(await swept(leases)).toEqual([])
  })

  test('order what is looked up among the transitions', async () => {
    const nodes = open()
    const leases = started(nodes)
    const versionNow = async () => (await leases.lookUp(['ada'])).get('ada')!.version
    const before = await versionNow()
    const came = await leases.enter('laptop', 'ada')
    const during = await versionNow()
    await leases.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs)
    const [went] = await swept(leases)
    const after = await versionNow()
    const again = await leases.enter('laptop', 'ada')
    expect(before).toBeLessThan(came!.version)
    expect(during).toBe(came!.version)
    expect(went!.version).toBeGreaterThan(during)
    expect(after).toBeGreaterThanOrEqual(went!.version)
    expect(again!.version).toBeGreaterThan(after)
  })

  test('say when they want to be swept next, so that nobody stays longer than the grace', async () => {
    const nodes = open()
    const leases = started(nodes)
    const idle = await leases.sweep(async () => {})
    expect(idle).toBeGreaterThan(0)
    expect(idle).toBeLessThanOrEqual(nodes.graceMs)
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs / 2)
    expect(await leases.sweep(async () => {})).toBeLessThanOrEqual(nodes.graceMs / 2)
  })

  test('count a connection that serves two users once, and users who are in the grace not at all', async () => {
    const leases = started(open())
    await leases.enter('graphiql', 'ada')
    await leases.enter('graphiql', 'bob')
    await leases.enter('phone', 'bob')
    expect(await leases.stats()).toMatchObject({ connections: 2, users: 2, nodes: [{ connections: 2, users: 2 }] })
    await leases.leave('graphiql', 'ada')
    await leases.leave('graphiql', 'ada')
    expect(await leases.stats()).toMatchObject({ connections: 2, users: 1 })
    await leases.leave('graphiql', 'bob')
    expect(await leases.stats()).toMatchObject({ connections: 1, users: 1 })
    await leases.leave('phone', 'bob')
    expect(await leases.stats()).toMatchObject({ connections: 0, users: 0 })
  })

  test('name their node by another id after each start', async () => {
    const [one, other] = [started(open()), started(open())]
    const id = async (leases: PresenceLeases) => (await leases.stats()).nodes[0]?.id
    expect(await id(one)).not.toBe(await id(other))
  })

  test('look up users whom they have never seen as offline', async () => {
    expect(await lookUp(started(open()), 'nobody')).toEqual({ isOnline: false, connections: 0 })
  })
})

const forManyNodes = implementations.filter(([, open]) => open().kill !== undefined)

describe.each(forManyNodes)('presence leases %s of several nodes', (_, open) => {
  test('keep a user online who has moved to another node', async () => {
    const nodes = open()
    const [one, other] = [started(nodes), started(nodes)]
    await one.enter('laptop', 'ada')
    expect(await other.enter('phone', 'ada')).toBeUndefined()
    await one.leave('laptop', 'ada')
    await nodes.pass(nodes.graceMs)
    expect([...(await swept(one)), ...(await swept(other))]).toEqual([])
    expect(await lookUp(one, 'ada')).toEqual({ isOnline: true, connections: 1 })
    expect(await one.stats()).toMatchObject({ connections: 1, users: 1 })
    expect((await one.stats()).nodes).toHaveLength(2)
  })

  test('hand over each user to exactly one node, when all sweep at once', async () => {
    const nodes = open()
    const all = [started(nodes), started(nodes), started(nodes)]
    const users = Array.from({ length: 50 }, (_, index) => `user-${index}`)
    for (const [index, user] of users.entries()) {
      await all[index % 3]!.enter(user, user)
      await all[index % 3]!.leave(user, user)
    }
    await nodes.pass(nodes.graceMs)
    const told = (await Promise.all([...all, ...all].map(swept))).flat()
    expect(told.map(({ userId }) => userId).sort()).toEqual(users.sort())
  })

  test('hand over the users of a node that died, but not those who have another device elsewhere', async () => {
    const nodes = open()
    const [dies, lives] = [started(nodes), started(nodes)]
    await dies.enter('laptop', 'ada')
    await dies.enter('desktop', 'bob')
    await lives.enter('phone', 'bob')
    await nodes.kill!(dies)
    // The first sweep finds the dead node, and the grace of its users begins at the latest then.
    const told = [...(await swept(lives))]
    await nodes.pass(nodes.graceMs)
    told.push(...(await swept(lives)))
    expect(told).toMatchObject([{ userId: 'ada', isOnline: false }])
    expect(await lookUp(lives, 'bob')).toEqual({ isOnline: true, connections: 1 })
    expect((await lives.stats()).nodes).toHaveLength(1)
  })
})

describe('presence leases in memory', () => {
  test('keep nobody online for longer when the clock of the machine is set back', async () => {
    const clock = createManualClock()
    const leases = createMemoryPresenceLeases({ clock })
    await leases.enter('laptop', 'ada')
    await leases.leave('laptop', 'ada')
    clock.advance(-3_600_000)
    expect(await swept(leases)).toMatchObject([{ userId: 'ada', isOnline: false }])
  })
})
