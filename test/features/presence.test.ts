import { expect, test } from 'vitest'
import { type Embedded, openEmbedded } from '../support/embedded.ts'
import { ada, agent, openScene, PRESENCE_GRACE_MS, toldOf } from '../support/presence.ts'
import { read } from '../support/reader.ts'

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
