import { expect, onTestFinished, test } from 'vitest'
import type { Role, Viewer } from '../../src/auth/viewer.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { createMemoryPresenceLeases } from '../../src/presence/memory-presence-leases.ts'
import { createPresence, type Presence } from '../../src/presence/presence.ts'
import { PRESENCE_GRACE_MS } from '../../src/presence/presence-leases.ts'
import { presenceTopic } from '../../src/presence/presence-state.ts'
import { type Embedded, openEmbedded } from '../support/embedded.ts'
import { read } from '../support/reader.ts'

const viewer = (userId: string, role: Role = 'CUSTOMER'): Viewer => ({
  userId,
  role,
  name: null,
  avatarUrl: null,
  expiresAt: Number.MAX_SAFE_INTEGER,
})

const ada = viewer('ada')
const agent = viewer('sam', 'AGENT')

const STEP_MS = 1_000

interface Scene extends Embedded {
  readonly presence: Presence
  /** A connection of a user; `closed` holds the reasons it was closed with. */
  connect(id: string, userId: string): Promise<{ readonly closed: readonly string[] }>
  /** Lets time pass, and then lets what it set off come to its end. */
  pass(ms: number): Promise<void>
}

const openScene = async (mechanisms?: Embedded): Promise<Scene> => {
  const embedded = mechanisms ?? (await openEmbedded())
  const { storage, bus, clock, log, settled } = embedded
  const leases = createMemoryPresenceLeases({ clock })
  const presence = createPresence({ storage, bus, clock, log, limits: DEFAULT_LIMITS, leases })
  onTestFinished(() => presence.close())
  return {
    ...embedded,
    presence,
    connect: async (id, userId) => {
      const closed: string[] = []
      await presence.enter({ id, userId, close: (reason) => closed.push(reason) })
      return { closed }
    },
    pass: async (ms) => {
      await settled()
      for (let left = ms; left > 0; left -= STEP_MS) {
        clock.advance(Math.min(STEP_MS, left))
        await settled()
      }
      // What was due at the end, and was only found out there.
      clock.advance(0)
      await settled()
    },
  }
}

/** All that is told of a user on the bus. */
const toldOf = async ({ bus }: Scene, userId: string): Promise<boolean[]> => {
  const told: boolean[] = []
  const subscription = bus.subscribe(presenceTopic(userId), {
    event: ({ isOnline }) => told.push(isOnline),
    gap: () => {},
  })
  onTestFinished(() => subscription.end())
  await subscription.live
  return told
}

test('two devices of a user are one coming and one going', async () => {
  const scene = await openScene()
  const told = await toldOf(scene, 'ada')
  await scene.connect('laptop', 'ada')
  await scene.connect('phone', 'ada')
  await scene.presence.leave('laptop')
  await scene.pass(60_000)
  expect(told).toEqual([true])

  await scene.presence.leave('phone')
  await scene.pass(PRESENCE_GRACE_MS - 1)
  expect(told).toEqual([true])
  expect(await scene.presence.isOnline('ada')).toBe(true)
  await scene.pass(1)
  expect(told).toEqual([true, false])
  expect(await scene.presence.isOnline('ada')).toBe(false)
  await scene.pass(60_000)
  expect(told).toEqual([true, false])
})

test('reloading a page again and again is no event', async () => {
  const scene = await openScene()
  const reader = read(await scene.presence.follow(agent, ['ada', 'bob']))
  await reader.take(2)
  await scene.connect('tab-0', 'ada')
  expect(await reader.next()).toMatchObject({ userId: 'ada', isOnline: true })
  for (let turn = 1; turn <= 10; turn++) {
    await scene.presence.leave(`tab-${turn - 1}`)
    await scene.pass(PRESENCE_GRACE_MS - 1)
    await scene.connect(`tab-${turn}`, 'ada')
  }
  await scene.connect('laptop', 'bob')
  expect(await reader.next()).toMatchObject({ userId: 'bob', isOnline: true })
  await scene.presence.leave('tab-10')
  await scene.pass(PRESENCE_GRACE_MS)
  expect(await reader.next()).toMatchObject({ userId: 'ada', isOnline: false })
})

test('a user is told to be offline after the time is stored, and the time is when the last connection went', async () => {
  const scene = await openScene()
  const { presence, clock } = scene
  await scene.connect('laptop', 'ada')
  await scene.pass(5_000)
  const wentAt = clock.now()
  await presence.leave('laptop')
  const reader = read(await presence.follow(agent, ['ada']))
  expect(await reader.next()).toMatchObject({ isOnline: true, connectionCount: 0, lastSeenAt: null })
  await scene.pass(PRESENCE_GRACE_MS)
  expect(await reader.next()).toMatchObject({ isOnline: false, connectionCount: 0, lastSeenAt: wentAt })
  expect(await presence.presenceOf(agent, ['ada'])).toMatchObject([{ isOnline: false, lastSeenAt: wentAt }])
})

test('a store that is away delays the news, but loses none', async () => {
  const embedded = await openEmbedded()
  let isAway = false
  const storage: Embedded['storage'] = {
    ...embedded.storage,
    write: (work) => (isAway ? Promise.reject(new Error('away')) : embedded.storage.write(work)),
  }
  const scene = await openScene({ ...embedded, storage })
  const told = await toldOf(scene, 'ada')
  await scene.connect('laptop', 'ada')
  await scene.presence.leave('laptop')
  await scene.pass(0)
  isAway = true
  scene.clock.advance(PRESENCE_GRACE_MS)
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toEqual([true])
  expect(await scene.presence.isOnline('ada')).toBe(true)
  isAway = false
  await scene.pass(1_000)
  expect(told).toEqual([true, false])
})

test('the time of coming is stored too, so that a process that is killed leaves a trace', async () => {
  const embedded = await openEmbedded()
  const scene = await openScene(embedded)
  const cameAt = scene.clock.now()
  await scene.connect('laptop', 'ada')
  await scene.pass(3_000)
  const restarted = await openScene(embedded)
  expect(await restarted.presence.presenceOf(ada, ['ada'])).toMatchObject([{ isOnline: false, lastSeenAt: cameAt }])
})

test('closing stores when everyone was last seen', async () => {
  const embedded = await openEmbedded()
  const scene = await openScene(embedded)
  await scene.connect('laptop', 'ada')
  await scene.connect('phone', 'bob')
  await scene.pass(3_000)
  const wentAt = scene.clock.now()
  await scene.presence.leave('laptop')
  await scene.pass(2_000)
  await scene.presence.close()
  const restarted = await openScene(embedded)
  expect(await restarted.presence.presenceOf(agent, ['ada', 'bob'])).toMatchObject([
    { isOnline: false, lastSeenAt: wentAt },
    { isOnline: false, lastSeenAt: scene.clock.now() },
  ])
})

test('presence comes in the order of the ids, once per id given, and unknown users are offline', async () => {
  const scene = await openScene()
  await scene.connect('laptop', 'bob')
  const states = await scene.presence.presenceOf(ada, ['zoe', 'bob', 'ada', 'bob'])
  expect(states.map(({ userId, isOnline }) => [userId, isOnline])).toEqual([
    ['zoe', false],
    ['bob', true],
    ['ada', false],
    ['bob', true],
  ])
})

test('counts and times are for the user itself and for staff', async () => {
  const scene = await openScene()
  await scene.connect('laptop', 'bob')
  await scene.connect('tablet', 'ada')
  await scene.presence.leave('tablet')
  await scene.pass(PRESENCE_GRACE_MS)
  const details = async (who: Viewer) =>
    (await scene.presence.presenceOf(who, ['ada', 'bob'])).map((one) => [one.connectionCount, one.lastSeenAt !== null])
  expect(await details(ada)).toEqual([
    [0, true],
    [null, false],
  ])
  expect(await details(viewer('bob'))).toEqual([
    [null, false],
    [1, false],
  ])
  expect(await details(agent)).toEqual([
    [0, true],
    [1, false],
  ])
  expect(await scene.presence.connectionCount(viewer('bob'), 'bob')).toBe(1)
  expect(await scene.presence.connectionCount(viewer('shop', 'BACKEND'), 'bob')).toBe(1)
  await expect(scene.presence.connectionCount(ada, 'bob')).rejects.toMatchObject({ code: 'FORBIDDEN' })
})

test('what a follower is told hides counts and times just as a query does', async () => {
  const scene = await openScene()
  const readers = await Promise.all(
    [ada, viewer('bob'), agent].map(async (who) => read(await scene.presence.follow(who, ['ada']))),
  )
  await Promise.all(readers.map((reader) => reader.next()))
  await scene.connect('laptop', 'ada')
  const states = await Promise.all(readers.map((reader) => reader.next()))
  expect(states.map(({ isOnline, connectionCount }) => [isOnline, connectionCount])).toEqual([
    [true, 1],
    [true, null],
    [true, 1],
  ])
  await scene.presence.leave('laptop')
  await scene.pass(PRESENCE_GRACE_MS)
  const gone = await Promise.all(readers.map((reader) => reader.next()))
  expect(gone.map(({ isOnline, lastSeenAt }) => [isOnline, lastSeenAt !== null])).toEqual([
    [false, true],
    [false, false],
    [false, true],
  ])
})

test('only viewers who see the same share results', async () => {
  const { presence } = await openScene()
  const scopeOf = async (who: Viewer) => (await presence.follow(who, ['ada', 'bob'])).scope
  expect(await scopeOf(viewer('cy'))).toBe(await scopeOf(viewer('dan')))
  expect(await scopeOf(agent)).toBe(await scopeOf(viewer('shop', 'BACKEND')))
  const scopes = await Promise.all([ada, viewer('bob'), viewer('cy'), agent].map(scopeOf))
  expect(new Set(scopes).size).toBe(4)
})

test('following gives each user at once, in the order of the ids, then the changes', async () => {
  const scene = await openScene()
  await scene.connect('laptop', 'bob')
  const reader = read(await scene.presence.follow(ada, ['ada', 'bob', 'ada']))
  expect(await reader.take(2)).toMatchObject([
    { userId: 'ada', isOnline: false },
    { userId: 'bob', isOnline: true },
  ])
  await scene.connect('phone', 'bob')
  await scene.connect('laptop-2', 'ada')
  expect(await reader.next()).toMatchObject({ userId: 'ada', isOnline: true })
})

test('a reader who is late gets the latest, and nothing when all is as it was', async () => {
  const scene = await openScene()
  const reader = read(await scene.presence.follow(agent, ['ada', 'bob']))
  await reader.take(2)
  await scene.connect('a', 'ada')
  await scene.presence.leave('a')
  await scene.pass(PRESENCE_GRACE_MS)
  await scene.connect('b', 'bob')
  expect(await reader.next()).toMatchObject({ userId: 'ada', isOnline: false })
  expect(await reader.next()).toMatchObject({ userId: 'bob', isOnline: true })
})

test('a socket that serves two users is one connection, and both go with it', async () => {
  const scene = await openScene()
  await scene.connect('graphiql', 'ada')
  await scene.connect('graphiql', 'bob')
  await scene.connect('graphiql', 'bob')
  expect(await scene.presence.totalConnections()).toBe(1)
  expect(await scene.presence.stats()).toMatchObject({
    connections: 1,
    users: 2,
    nodes: [{ connections: 1, users: 2 }],
  })
  expect(scene.presence.localConnections('bob')).toBe(1)
  await scene.presence.leave('graphiql')
  expect(await scene.presence.totalConnections()).toBe(0)
  expect(scene.presence.localConnections('bob')).toBe(0)
})

test('a socket that closes while it is taken in leaves nothing behind', async () => {
  const scene = await openScene()
  const entering = scene.connect('laptop', 'ada')
  await Promise.all([entering, scene.presence.leave('laptop')])
  expect(await scene.presence.totalConnections()).toBe(0)
  expect(await scene.presence.connectionCount(ada, 'ada')).toBe(0)
})

test('disconnecting closes all connections of a user and of nobody else', async () => {
  const scene = await openScene()
  const laptop = await scene.connect('laptop', 'ada')
  const phone = await scene.connect('phone', 'ada')
  const other = await scene.connect('desktop', 'bob')
  expect(await scene.presence.disconnect('ada', 'Password changed')).toBe(2)
  expect([laptop.closed, phone.closed, other.closed]).toEqual([['Password changed'], ['Password changed'], []])
  expect(await scene.presence.disconnect('bob', null)).toBe(1)
  expect(other.closed).toEqual(['Session ended by the backend'])
  expect(await scene.presence.disconnect('nobody', null)).toBe(0)
})

test('disconnecting reaches the connections of other nodes', async () => {
  const embedded = await openEmbedded()
  const [here, there] = [await openScene(embedded), await openScene(embedded)]
  const laptop = await there.connect('laptop', 'ada')
  await here.presence.disconnect('ada', null)
  expect(laptop.closed).toHaveLength(1)
})

test('who is erased leaves no trace by going', async () => {
  const scene = await openScene()
  await scene.connect('laptop', 'ada')
  await scene.pass(0)
  await scene.storage.write((tx) => scene.presence.erase(tx, 'ada'))
  const told = await toldOf(scene, 'ada')
  await scene.presence.leave('laptop')
  await scene.pass(PRESENCE_GRACE_MS)
  expect(told).toEqual([false])
  expect(await scene.presence.presenceOf(agent, ['ada'])).toMatchObject([{ isOnline: false, lastSeenAt: null }])
})

test('thousands of users who leave at once are all told once', async () => {
  const scene = await openScene()
  const users = Array.from({ length: 5_000 }, (_, index) => `user-${index}`)
  await Promise.all(users.map((userId) => scene.connect(userId, userId)))
  const told = await toldOf(scene, 'user-4999')
  await Promise.all(users.map((userId) => scene.presence.leave(userId)))
  const wentAt = scene.clock.now()
  await scene.pass(PRESENCE_GRACE_MS)
  expect(told).toEqual([false])
  expect(await scene.presence.stats()).toMatchObject({ connections: 0, users: 0 })
  const states = await scene.presence.presenceOf(agent, users.slice(0, 100))
  expect(states.every(({ isOnline, lastSeenAt }) => !isOnline && lastSeenAt === wentAt)).toBe(true)
})

test.each([
  ['no ids', []],
  ['too many ids', Array.from({ length: 101 }, (_, index) => `user-${index}`)],
  ['an empty id', ['ada', '']],
])('%s cannot be asked for or followed', async (_, userIds) => {
  const { presence } = await openScene()
  await expect(presence.presenceOf(ada, userIds)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  await expect(presence.follow(ada, userIds)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
})

test.each([
  ['longer than a close frame has room for', 'ä'.repeat(61)],
  ['of two lines', 'one\ntwo'],
  ['that is empty', ''],
])('a reason %s is refused, and nothing is closed', async (_, reason) => {
  const scene = await openScene()
  const laptop = await scene.connect('laptop', 'ada')
  await expect(scene.presence.disconnect('ada', reason)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  expect(laptop.closed).toEqual([])
})
