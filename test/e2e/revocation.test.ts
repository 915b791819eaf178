import { expect, onTestFinished, test } from 'vitest'
import { signTestToken, startTestApp, type TestApp } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import { connectDevice, connectWith } from '../support/device.ts'
import { openEventStream } from '../support/event-stream.ts'
import { seconds } from '../support/me-over.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startWatch } from '../support/watch.ts'

const REVOKE = 'mutation ($user: ID!) { revokeTokens(userId: $user) { issuedBefore closedConnections } }'
const BADGE = 'subscription { unreadCount { count } }'
const REVOKED = { message: 'The token was revoked.', extensions: { code: 'UNAUTHENTICATED', reason: 'revoked' } }
const CLOSED = { code: 4403, reason: 'Token revoked' }

function signed(userId: string, claims: Record<string, unknown> = {}): Promise<string> {
  return signTestToken(userId, 'customer', { iat: seconds(), ...claims })
}

/** A socket of a user that follows the badge. */
async function follow(app: TestApp, token: string) {
  const socket = await openRawSocket(app.deviceUrl())
  await socket.init({ token })
  socket.subscribe('1', BADGE)
  expect(await socket.next()).toMatchObject({ payload: { data: { unreadCount: { count: 0 } } } })
  return socket
}

/** How each transport answers a token. */
async function answers(app: TestApp, token: string) {
  const headers = { authorization: `Bearer ${token}` }
  const socket = await openRawSocket(app.wsUrl)
  socket.send({ type: 'connection_init', payload: { token } })
  const acknowledged = socket.next().then(
    ({ type }) => type as unknown,
    () => socket.closed,
  )
  const anonymous = await openRawSocket(app.wsUrl)
  await anonymous.init()
  anonymous.subscribe('1', '{ me { id } }', { extensions: { headers } })
  const http = await ask(app.url, '{ me { id } }', headers)
  const stream = await fetch(app.url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: BADGE }),
  })
  onTestFinished(() => stream.body?.cancel().catch(() => {}))
  return {
    socket: await acknowledged,
    operation: (await anonymous.next())['type'],
    http: http.body['errors']?.[0] ?? http.status,
    stream: stream.status,
  }
}

test('ends what was opened with a user\u2019s tokens on every node and transport, and refuses them from then on', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const token = await signed('alice')
  const sockets = [await follow(app, token), await follow(app, token)]
  const bob = await follow(app, await signed('bob'))
  const stream = await openEventStream(app, token, BADGE)
  await stream.next()
  expect(await answers(app, token)).toEqual({
    socket: 'connection_ack',
    operation: 'next',
    http: 200,
    stream: 200,
  })

  const elapsed = startWatch()
  const { revokeTokens } = await backend.run(REVOKE, { user: 'alice' })
  for (const socket of sockets) expect(await socket.closed).toEqual(CLOSED)
  expect(await stream.next()).toMatchObject({ errors: [REVOKED] })
  await expect(stream.next()).rejects.toThrow('The stream has ended')
  expect(elapsed()).toBeLessThan(1_000)

  // Those of `answers` among them: two sockets and a stream.
  expect(revokeTokens.closedConnections).toBe(6)
  expect(await answers(app, token)).toEqual({
    socket: CLOSED,
    operation: 'error',
    http: REVOKED,
    stream: 401,
  })
  const [, { data }] = await Promise.all([
    backend.run(
      'mutation { notify(input: { userIds: ["bob"], notification: { type: "a", title: "Hi" } }) { recipients } }',
    ),
    bob.next().then(({ payload }) => payload),
  ])
  expect(data).toEqual({ unreadCount: { count: 1 } })
  const fresh = await signed('alice', { iat: Date.parse(revokeTokens.issuedBefore) / 1_000 })
  expect(await answers(app, fresh)).toMatchObject({ socket: 'connection_ack', http: 200 })
})

test('lets the real client go on with a fresh token where it was, and keeps out the one with the old', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const token = await signed('alice')
  const tokens = [token]
  const codes: number[] = []
  const device = connectWith(app, undefined, {
    connectionParams: () => ({ authorization: `Bearer ${tokens.at(-1)}` }),
    retryAttempts: 100,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 20)),
    on: { closed: (event) => void codes.push((event as CloseEvent).code) },
  })
  const added = device.subscribe('subscription { notificationAdded { title } }')
  const notify = (title: string) =>
    backend.run(
      'mutation ($title: String!) { notify(input: { userIds: ["alice"], notification: { type: "a", title: $title } }) { recipients } }',
      { title },
    )
  await device.run('{ me { id } }')
  await notify('before')
  expect(await added.next()).toEqual({ notificationAdded: { title: 'before' } })
  const { revokeTokens } = await backend.run(REVOKE, { user: 'alice' })
  // It comes back with the same token, again and again, and receives nothing.
  await expect.poll(() => codes.length).toBeGreaterThan(2)
  expect(new Set(codes)).toEqual(new Set([4403]))
  await notify('meanwhile')
  tokens.push(await signed('alice', { iat: Date.parse(revokeTokens.issuedBefore) / 1_000 }))
  const titles: string[] = []
  while (titles.at(-1) !== 'meanwhile') titles.push((await added.next())['notificationAdded'].title)
  expect(titles.filter((title) => title === 'meanwhile')).toHaveLength(1)
})

test('ends one token and leaves the others of its user alone', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const [stolen, own] = [await signed('alice', { jti: 't-1' }), await signed('alice', { jti: 't-2' })]
  const [thief, alice] = [await follow(app, stolen), await follow(app, own)]
  // Used by one operation of a socket that somebody else opened.
  const shared = await openRawSocket(app.deviceUrl())
  await shared.init({ token: own })
  shared.subscribe('1', '{ me { id } }', { extensions: { headers: { authorization: `Bearer ${stolen}` } } })
  await shared.next()
  expect(await backend.run('mutation { revokeToken(jti: "t-1") { issuedBefore closedConnections } }')).toEqual({
    revokeToken: { issuedBefore: null, closedConnections: 2 },
  })
  expect(await thief.closed).toEqual(CLOSED)
  expect(await shared.closed).toEqual(CLOSED)
  alice.subscribe('2', '{ me { id } }')
  expect(await alice.next()).toMatchObject({ id: '2', payload: { data: { me: { id: 'alice' } } } })
  expect(await answers(app, stolen)).toMatchObject({ socket: CLOSED, http: REVOKED })
})

test('is for backends', async () => {
  const app = await startTestApp()
  for (const role of ['customer', 'agent', 'admin'] as const) {
    const device = await connectDevice(app, 'alice', role)
    await expect(device.run(REVOKE, { user: 'alice' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const one = device.run('mutation { revokeToken(jti: "t-1") { closedConnections } }')
    await expect(one).rejects.toMatchObject({ code: 'FORBIDDEN' })
  }
})

test('ending connections, or erasing a user, ends no token; a revocation outlasts an erasure', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const token = await signed('alice')
  const headers = { authorization: `Bearer ${token}` }
  const first = await follow(app, token)
  await backend.run('mutation { disconnectUser(userId: "alice") }')
  expect(await first.closed).toEqual({ code: 4403, reason: 'Session ended by the backend' })
  const second = await follow(app, token)
  await backend.run('mutation { eraseUser(userId: "alice") { messages } }')
  expect(await second.closed).toEqual({ code: 4403, reason: 'This user was erased.' })
  expect((await ask(app.url, '{ me { id } }', headers)).body).toEqual({ data: { me: { id: 'alice' } } })
  await backend.run(REVOKE, { user: 'alice' })
  await backend.run('mutation { eraseUser(userId: "alice") { messages } }')
  expect((await ask(app.url, '{ me { id } }', headers)).body).toMatchObject({ errors: [REVOKED] })
})
