import { expect, test } from 'vitest'
import { signTestToken, startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import { openSender } from '../support/commands.ts'
import { connectDevice } from '../support/device.ts'
import { newEnvironment } from '../support/environment.ts'
import { openEventStream } from '../support/event-stream.ts'
import { seconds } from '../support/me-over.ts'
import { nodeEnvironment, until } from '../support/nodes.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startRedis } from '../support/redis.ts'
import { startWatch } from '../support/watch.ts'

const REVOKE = 'mutation { revokeTokens(userId: "alice") { closedConnections } }'
const BADGE = 'subscription { unreadCount { count } }'
const CLOSED = { code: 4403, reason: 'Token revoked' }
const REVOKED = { errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'revoked' } }] }

function sign(): Promise<string> {
  return signTestToken('alice', 'customer', { iat: seconds(), jti: 't-1' })
}

/** What a user has open on a node. */
async function open(app: TestApp, token: string) {
  const socket = await openRawSocket(app.wsUrl)
  await socket.init({ token })
  const stream = await openEventStream(app, token, BADGE)
  await stream.next()
  return { socket, stream }
}

async function expectRefused(app: TestApp, token: string): Promise<void> {
  const socket = await openRawSocket(app.wsUrl)
  socket.send({ type: 'connection_init', payload: { token } })
  expect(await socket.closed).toEqual(CLOSED)
  expect((await ask(app.url, '{ me { id } }', { authorization: `Bearer ${token}` })).body).toMatchObject(REVOKED)
  await expect(openEventStream(app, token, BADGE)).rejects.toThrow('401')
}

test('a revocation outlasts a restart', async () => {
  const env = await newEnvironment()
  const before = await startTestApp({ env })
  const token = await sign()
  await open(before, token)
  const backend = await connectDevice(before, 'shop', 'backend')
  await backend.run(REVOKE)
  await before.close()
  await expectRefused(await startTestApp({ env }), token)
})

test('while Redis is away, a revocation on one node is in force on the other within a second', async () => {
  const redis = await startRedis()
  const env = { ...nodeEnvironment(redis.url), ...(await newEnvironment()), REDIS_CANARY_MS: '200' }
  const [one, other] = [await startTestApp({ env }), await startTestApp({ env })]
  const token = await sign()
  const { socket, stream } = await open(other, token)
  const backend = await connectDevice(one, 'shop', 'backend')
  await backend.run('{ me { id } }')
  await redis.kill()
  await until(async () => !(await fetch(new URL('/ready', one.url))).ok)
  const elapsed = startWatch()
  const revoked = backend.run(REVOKE)
  expect(await socket.closed).toEqual(CLOSED)
  expect(await stream.next()).toMatchObject(REVOKED)
  expect(elapsed()).toBeLessThan(1_000)
  await revoked
  await expectRefused(other, token)
  await expectRefused(one, token)
})

test('a backend can revoke by a command, too', async () => {
  const redis = await startRedis()
  const env = { ...nodeEnvironment(redis.url), ...(await newEnvironment()) }
  const app = await startTestApp({ env })
  const token = await sign()
  const { socket } = await open(app, token)
  const sender = openSender({ url: redis.url, prefix: env.REDIS_PREFIX })
  await sender.add({ type: 'revokeToken', data: { jti: 't-1' } })
  expect(await socket.closed).toEqual(CLOSED)
  await expectRefused(app, token)
})
