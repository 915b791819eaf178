import { describe, expect, onTestFinished, test } from 'vitest'
import type { Actor } from '../../src/auth/viewer.ts'
import { openCommandClient, type RedisCommands } from '../../src/redis/redis-client.ts'
import { createMemoryTicketRooms } from '../../src/tickets/memory-ticket-rooms.ts'
import { openRedisTicketRooms, type SharedTicketRooms } from '../../src/tickets/redis-ticket-rooms.ts'
import type { TicketRooms } from '../../src/tickets/ticket-rooms.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { newPrefix, redisAddress, startRedis, useRedisClient } from '../support/redis.ts'
import { useEachRedis } from '../support/redis-cluster.ts'

const LEASE_MS = 25_000
const GRACE_MS = 5_000
const MAX = 3
const clients = useEachRedis().map(([name, redis]) => [name, useRedisClient(redis)] as const)

const actor = (id: string, role: Actor['role'] = 'CUSTOMER'): Actor => ({ id, name: id, role, avatarUrl: null })
const [ann, bob] = [actor('ann'), actor('bob')]

/** Nodes over one Redis, whose time is that of the test. */
const openNodes = (client: RedisCommands) => {
  const clock = createManualClock()
  const prefix = newPrefix()
  const start = (): SharedTicketRooms => {
    // Its timers never fire: the test sweeps.
    const still = { now: clock.now, after: () => () => {} }
    const options = { client, prefix, log: silentLog(), leaseMs: LEASE_MS, graceMs: GRACE_MS, max: MAX, clock: still }
    const rooms = openRedisTicketRooms({ ...options, now: clock.now })
    onTestFinished(rooms.close)
    return rooms
  }
  return { clock, start }
}

const told = (...all: readonly TicketRooms[]) => {
  const changes: string[] = []
  for (const rooms of all) {
    rooms.onChange(({ room, change, user, visitors }) =>
      changes.push(`${user.id} ${change} ${room}: ${visitors.map(({ id }) => id)}`),
    )
  }
  return changes
}

interface Opened {
  readonly rooms: TicketRooms
  /** Lets time pass, and whoever is due leave. */
  pass(ms: number): Promise<void>
}

const openMemory = (): Opened => {
  const clock = createManualClock()
  const rooms = createMemoryTicketRooms({ clock, max: MAX, graceMs: GRACE_MS })
  return { rooms, pass: async (ms) => clock.advance(ms) }
}

const openRedis = (client: RedisCommands): Opened => {
  const { clock, start } = openNodes(client)
  const rooms = start()
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms)
    await rooms.sweep()
  }
  return { rooms, pass }
}

const implementations: readonly (readonly [name: string, open: () => Opened])[] = [
  ['in memory', openMemory],
  ...clients.map(([name, client]) => [`in ${name}`, () => openRedis(client())] as const),
]

describe.each(implementations)('ticket rooms %s', (_, openOne) => {
  const open = (): TicketRooms => openOne().rooms

  test('keep whoever lost a connection for the grace, and say nothing when they come back in it', async () => {
    const { rooms, pass } = openOne()
    const changes = told(rooms)
    await rooms.join({ room: '1', user: ann, id: 'a1' })
    await rooms.join({ room: '1', user: bob, id: 'b1' })
    await rooms.leave({ room: '1', user: ann, id: 'a1' }, 'lost')
    await pass(GRACE_MS - 1)
    expect(await rooms.visitors('1')).toEqual([ann, bob])
    await rooms.join({ room: '1', user: ann, id: 'a2' })
    await pass(GRACE_MS)
    expect(changes.splice(0)).toEqual(['ann JOINED 1: ann', 'bob JOINED 1: ann,bob'])
    await rooms.leave({ room: '1', user: ann, id: 'a2' }, 'lost')
    await pass(GRACE_MS - 1)
    expect(changes).toEqual([])
    await pass(1)
    expect(changes.splice(0)).toEqual(['ann LEFT 1: bob'])
    expect(await rooms.visitors('1')).toEqual([bob])
    await rooms.join({ room: '1', user: ann, id: 'a3' })
    expect(changes).toEqual(['ann JOINED 1: bob,ann'])
  })

  test('let whoever wants to leave go at once, also after another connection was lost', async () => {
    const { rooms, pass } = openOne()
    const changes = told(rooms)
    await rooms.join({ room: '1', user: ann, id: 'a1' })
    await rooms.join({ room: '1', user: ann, id: 'a2' })
    await rooms.leave({ room: '1', user: ann, id: 'a1' }, 'lost')
    await rooms.leave({ room: '1', user: ann, id: 'a2' }, 'left')
    expect(changes.splice(0)).toEqual(['ann JOINED 1: ann', 'ann LEFT 1: '])
    await pass(GRACE_MS)
    expect(changes).toEqual([])
  })

  test('know who is there, in the order they came, and tell it once per user', async () => {
    const rooms = open()
    const changes = told(rooms)
    await rooms.join({ room: '1', user: bob, id: 'b1' })
    await rooms.join({ room: '1', user: ann, id: 'a1' })
    await rooms.join({ room: '1', user: ann, id: 'a1' })
    await rooms.join({ room: '1', user: ann, id: 'a2' })
    expect(await rooms.visitors('1')).toEqual([bob, ann])
    await rooms.leave({ room: '1', user: ann, id: 'a1' }, 'left')
    await rooms.leave({ room: '1', user: bob, id: 'b1' }, 'left')
    await rooms.leave({ room: '1', user: bob, id: 'b1' }, 'left')
    await rooms.leave({ room: '1', user: ann, id: 'a2' }, 'left')
    expect(await rooms.visitors('1')).toEqual([])
    expect(changes).toEqual(['bob JOINED 1: bob', 'ann JOINED 1: bob,ann', 'bob LEFT 1: ann', 'ann LEFT 1: '])
  })

  test('keep rooms apart', async () => {
    const rooms = open()
    await rooms.join({ room: '1', user: ann, id: 'a1' })
    await rooms.join({ room: '2', user: bob, id: 'b1' })
    expect(await rooms.visitors('1')).toEqual([ann])
    expect(await rooms.visitors('3')).toEqual([])
  })

  test('name the first customers and the first of the staff, however many are there', async () => {
    const rooms = open()
    const customers = ['c1', 'c2', 'c3', 'c4', 'c5'].map((id) => actor(id))
    const staff = ['s1', 's2', 's3', 's4'].map((id) => actor(id, 'AGENT'))
    const ids = async () => (await rooms.visitors('1')).map(({ id }) => id)
    for (const user of [...customers, ...staff]) await rooms.join({ room: '1', user, id: user.id })
    expect(await ids()).toEqual(['c1', 'c2', 'c3', 's1', 's2', 's3'])
    const changes = told(rooms)
    await rooms.leave({ room: '1', user: actor('c2'), id: 'c2' }, 'left')
    await rooms.leave({ room: '1', user: actor('c5'), id: 'c5' }, 'left')
    await rooms.leave({ room: '1', user: actor('s1', 'AGENT'), id: 's1' }, 'left')
    expect(changes).toEqual([
      'c2 LEFT 1: c1,c3,c4,s1,s2,s3',
      'c5 LEFT 1: c1,c3,c4,s1,s2,s3',
      's1 LEFT 1: c1,c3,c4,s2,s3,s4',
    ])
  })
})

describe.each(clients)('ticket rooms of several nodes in %s', (_, client) => {
  test('number their changes, on whichever node they are heard', async () => {
    const { start } = openNodes(client())
    const [one, other] = [start(), start()]
    const versions: number[] = []
    for (const rooms of [one, other]) rooms.onChange(({ version }) => versions.push(version))
    await one.join({ room: '1', user: ann, id: 'a1' })
    await other.join({ room: '1', user: bob, id: 'b1' })
    await one.leave({ room: '1', user: ann, id: 'a1' }, 'left')
    expect(versions).toHaveLength(3)
    expect([...new Set(versions)].sort((a, b) => a - b)).toEqual(versions)
  })

  test('count a user once who is there on two nodes', async () => {
    const { start } = openNodes(client())
    const [one, other] = [start(), start()]
    const changes = told(one, other)
    await one.join({ room: '1', user: ann, id: 'a1' })
    await other.join({ room: '1', user: ann, id: 'a2' })
    expect(await one.visitors('1')).toEqual([ann])
    await one.leave({ room: '1', user: ann, id: 'a1' }, 'left')
    expect(await one.visitors('1')).toEqual([ann])
    await other.leave({ room: '1', user: ann, id: 'a2' }, 'left')
    expect(changes).toEqual(['ann JOINED 1: ann', 'ann LEFT 1: '])
  })

  test('say nothing of a reload that ends on another node', async () => {
    const { clock, start } = openNodes(client())
    const [one, other] = [start(), start()]
    const changes = told(one, other)
    await one.join({ room: '1', user: ann, id: 'a1' })
    await one.leave({ room: '1', user: ann, id: 'a1' }, 'lost')
    clock.advance(GRACE_MS - 1)
    await other.join({ room: '1', user: ann, id: 'a2' })
    clock.advance(GRACE_MS)
    await Promise.all([one.sweep(), other.sweep()])
    expect(await one.visitors('1')).toEqual([ann])
    expect(changes).toEqual(['ann JOINED 1: ann'])
  })

  test('tell of those who left on a node that was closed', async () => {
    const { clock, start } = openNodes(client())
    const [closes, stays] = [start(), start()]
    await closes.join({ room: '1', user: ann, id: 'a1' })
    await closes.leave({ room: '1', user: ann, id: 'a1' }, 'lost')
    await closes.close()
    const changes = told(stays)
    clock.advance(GRACE_MS)
    await stays.sweep()
    expect(changes).toEqual(['ann LEFT 1: '])
  })

  test('lose the visitors of a node that died, and tell each once', async () => {
    const { clock, start } = openNodes(client())
    const [dies, lives, third] = [start(), start(), start()]
    await dies.join({ room: '1', user: ann, id: 'a1' })
    await dies.join({ room: '1', user: bob, id: 'b1' })
    await lives.join({ room: '1', user: bob, id: 'b2' })
    const changes = told(lives, third)
    clock.advance(LEASE_MS)
    await Promise.all([lives.sweep(), third.sweep()])
    expect(changes).toEqual([])
    clock.advance(GRACE_MS)
    await Promise.all([lives.sweep(), third.sweep()])
    expect(await third.visitors('1')).toEqual([bob])
    expect(changes).toEqual(['ann LEFT 1: bob'])
  })
})

describe('ticket rooms of a Redis that fails', () => {
  test('say that they do not know while Redis is away, and know everything again when it comes back empty', async () => {
    const server = await startRedis()
    const own = await openCommandClient({ address: redisAddress(server.url), name: 'test' })
    onTestFinished(() => own.disconnect())
    const rooms = openNodes(own).start()
    await rooms.join({ room: '1', user: ann, id: 'a1' })
    await server.kill()
    await expect(rooms.visitors('1')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await expect(rooms.join({ room: '1', user: bob, id: 'b1' })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await server.start()
    const swept = (): Promise<boolean> =>
      rooms.sweep().then(
        () => true,
        () => false,
      )
    await rooms.visitors('1').catch(() => {})
    while (!(await swept())) await new Promise((resolve) => setTimeout(resolve, 20))
    expect((await rooms.visitors('1')).map(({ id }) => id).sort()).toEqual(['ann', 'bob'])
  })
})
