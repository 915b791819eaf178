import { expect, test } from 'vitest'
import { signTestToken, startTestApp } from '../support/app.ts'
import { openCrowd } from '../support/crowd.ts'
import { connectDevice } from '../support/device.ts'
import { nodeEnvironment, until } from '../support/nodes.ts'
import { startProcess } from '../support/process.ts'
import { useRedis } from '../support/redis.ts'

const SOCKETS_PER_USER = 10
const userIds = Array.from({ length: 100 }, (_, index) => `user-${index}`)
const redis = useRedis()

test('when a node with a thousand sockets is killed, each of its users goes offline once, and nobody is counted any more', async () => {
  const env = {
    ...nodeEnvironment(redis.url()),
    REDIS_LEASE_MS: '4000',
    PRESENCE_GRACE_MS: '500',
    MAX_CONNECTIONS_PER_SECOND: '10000',
  }
  const lives = await startTestApp({ env })
  const dies = await startProcess(env)
  const tokens = await Promise.all(userIds.map((id) => signTestToken(id)))
  const places = [{ url: dies.wsUrl, tokens: Array.from({ length: SOCKETS_PER_USER }, () => tokens).flat() }]
  await openCrowd(places, null)
  const agent = await connectDevice(lives, 'desk', 'agent')
  const total = async (): Promise<unknown> => (await agent.run('{ totalConnections }'))['totalConnections']
  await until(async () => (await total()) === userIds.length * SOCKETS_PER_USER + 1)
  const presence = agent.subscribe(
    'subscription ($userIds: [ID!]!) { presenceChanged(userIds: $userIds) { userId isOnline connectionCount } }',
    { userIds },
  )
  const changes = async () => (await presence.take(userIds.length)).map(({ presenceChanged }) => presenceChanged)
  const byId = (all: readonly { readonly userId: string }[]) => Object.fromEntries(all.map((one) => [one.userId, one]))
  const expected = (isOnline: boolean, connectionCount: number) =>
    byId(userIds.map((userId) => ({ userId, isOnline, connectionCount })))
  expect(byId(await changes())).toEqual(expected(true, SOCKETS_PER_USER))

  await dies.stop('SIGKILL')
  expect(byId(await changes())).toEqual(expected(false, 0))
  expect(await total()).toBe(1)
  // Behind whatever else there would be to receive.
  await connectDevice(lives, 'user-0').then((device) => device.run('{ unreadCount { count } }'))
  expect(await presence.next()).toMatchObject({ presenceChanged: { userId: 'user-0', isOnline: true } })
  expect(presence.waiting).toEqual([])
})
