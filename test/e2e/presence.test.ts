import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice, type Data } from '../support/device.ts'

const FOLLOW =
  'subscription ($ids: [ID!]!) { presenceChanged(userIds: $ids) { userId isOnline connectionCount lastSeenAt } }'

test('a user is online from the first device to the end of the grace after the last', async () => {
  const app = await startTestApp({ env: { PRESENCE_GRACE_MS: '50' } })
  const agent = await connectDevice(app, 'sam', 'agent')
  const stream = agent.subscribe(FOLLOW, { ids: ['alice'] })
  expect((await stream.next())['presenceChanged']).toEqual({
    userId: 'alice',
    isOnline: false,
    connectionCount: 0,
    lastSeenAt: null,
  })

  const phone = await connectDevice(app, 'alice')
  await phone.run('{ me { id } }')
  expect((await stream.next())['presenceChanged']).toMatchObject({
    isOnline: true,
    connectionCount: 1,
    lastSeenAt: null,
  })

  const laptop = await connectDevice(app, 'alice')
  expect(await laptop.run('{ isUserOnline(userId: "alice") connectionCount(userId: "alice") }')).toEqual({
    isUserOnline: true,
    connectionCount: 2,
  })
  await phone.close()
  await laptop.close()
  expect((await stream.next())['presenceChanged']).toMatchObject({
    isOnline: false,
    connectionCount: 0,
    lastSeenAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  })
})

test('counts of the whole service are for staff, and those of a user for the user and staff', async () => {
  const app = await startTestApp()
  const alice = await connectDevice(app, 'alice')
  const agent = await connectDevice(app, 'sam', 'agent')
  await alice.run('{ me { id } }')
  const stats = '{ totalConnections connectionStats { connections users nodes { id connections users startedAt } } }'
  const { totalConnections, connectionStats } = await agent.run(stats)
  expect(totalConnections).toBe(2)
  expect(connectionStats).toMatchObject({ connections: 2, users: 2 })
  const sum = (key: string) => connectionStats.nodes.reduce((total: number, node: Data) => total + node[key], 0)
  expect([connectionStats.nodes.length, sum('connections'), sum('users')]).toEqual([app.nodes, 2, 2])
  await expect(alice.run('{ totalConnections }')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await expect(alice.run('{ connectionStats { users } }')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await expect(alice.run('{ connectionCount(userId: "sam") }')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(await alice.run('{ presence(userIds: ["sam", "alice"]) { userId isOnline connectionCount } }')).toEqual({
    presence: [
      { userId: 'sam', isOnline: true, connectionCount: null },
      { userId: 'alice', isOnline: true, connectionCount: 1 },
    ],
  })
})

test('a backend closes all connections of a user, who is told why and may come back', async () => {
  const app = await startTestApp()
  const [laptop, phone] = [await connectDevice(app, 'alice'), await connectDevice(app, 'alice')]
  const closings = [laptop, phone].map(
    ({ client }) => new Promise((resolve) => client.on('closed', (event) => resolve(event))),
  )
  await Promise.all([laptop.run('{ me { id } }'), phone.run('{ me { id } }')])
  const backend = await connectDevice(app, 'shop', 'backend')
  const disconnect = 'mutation { disconnectUser(userId: "alice", reason: "Password changed") }'
  await expect(laptop.run(disconnect)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(await backend.run(disconnect)).toEqual({ disconnectUser: 2 })
  for (const closing of closings) expect(await closing).toMatchObject({ code: 4403, reason: 'Password changed' })
  expect(await laptop.run('{ me { id } }')).toEqual({ me: { id: 'alice' } })
})
