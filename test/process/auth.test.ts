import { createClient } from 'graphql-ws'
import { UnsecuredJWT } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { createAuthenticate } from '../../src/auth/authenticate.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { signTestToken, TEST_SECRET } from '../support/app.ts'
import { ask, openEventStream } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { startIssuer } from '../support/issuer.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

const seconds = (): number => Math.floor(Date.now() / 1_000)

const meOver = async (socket: Awaited<ReturnType<typeof openRawSocket>>, payload?: Record<string, unknown>) => {
  socket.subscribe('me', '{ me }', payload)
  const { type, payload: result } = await socket.next()
  if (type === 'error') return result[0]
  await socket.next()
  return result.errors ? result.errors[0] : result.data.me
}

test('finds the token wherever clients put it in connection_init', async () => {
  const { wsUrl } = await startSmallServer()
  const token = await signTestToken('ann')
  const payloads = [
    { Authorization: `Bearer ${token}` },
    { authorization: `bearer ${token}` },
    { authorization: token },
    { authToken: token },
    { token },
    { accessToken: `Bearer ${token}` },
    { headers: { Authorization: `Bearer ${token}` } },
    { headers: { authorization: `Bearer ${token}` } },
  ]
  for (const payload of payloads) {
    const socket = await openRawSocket(wsUrl)
    expect((await socket.init(payload))['payload']).toMatchObject({ userId: 'ann' })
  }
})

test('finds the token in the header of the upgrade, but the one in connection_init wins', async () => {
  const { wsUrl } = await startSmallServer()
  const headers = { authorization: `Bearer ${await signTestToken('ann')}` }
  const socket = await openRawSocket(wsUrl, { headers })
  expect((await socket.init())['payload']).toMatchObject({ userId: 'ann' })
  const other = await openRawSocket(wsUrl, { headers })
  expect((await other.init({ token: await signTestToken('bob') }))['payload']).toMatchObject({ userId: 'bob' })
})

test('takes signed-out clients and passwords for others as nobody', async () => {
  const { wsUrl } = await startSmallServer()
  for (const payload of [{ authorization: 'Bearer ' }, { authorization: '' }, { token: null }, { token: 42 }, {}]) {
    const socket = await openRawSocket(wsUrl)
    expect((await socket.init(payload))['payload']).toMatchObject({ userId: null })
  }
  const socket = await openRawSocket(wsUrl, { headers: { authorization: 'Basic YTpi' } })
  expect((await socket.init())['payload']).toMatchObject({ userId: null })
})

test('never reads a token from an address', async () => {
  const { url, wsUrl } = await startSmallServer()
  const token = await signTestToken('ann')
  const socket = await openRawSocket(`${wsUrl}?token=${token}&authorization=Bearer%20${token}`)
  expect((await socket.init())['payload']).toMatchObject({ userId: null })
  const { body } = await ask(`${url}?token=${token}`, '{ me }')
  expect(body['errors'][0].extensions.code).toBe('UNAUTHENTICATED')
})

test('lets the headers of one operation speak for it, as GraphiQL sends them', async () => {
  const { wsUrl, services } = await startSmallServer()
  const socket = await openRawSocket(wsUrl)
  await socket.init()
  const headersOf = async (userId: string) => ({
    extensions: { headers: { Authorization: `Bearer ${await signTestToken(userId)}` } },
  })
  expect(await meOver(socket, await headersOf('ann'))).toBe('ann')
  expect(await meOver(socket, await headersOf('bob'))).toBe('bob')
  expect(await meOver(socket)).toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } })
  expect(services.presence.localConnections('ann')).toBe(1)
  expect(services.presence.localConnections('bob')).toBe(1)
  const wrong = { extensions: { headers: { authorization: 'Bearer nonsense' } } }
  expect(await meOver(socket, wrong)).toMatchObject({ extensions: { code: 'UNAUTHENTICATED', reason: 'invalid' } })
  expect(await meOver(socket, await headersOf('ann'))).toBe('ann')
  socket.ws.close()
  await expect.poll(() => services.presence.localConnections('ann')).toBe(0)
  expect(services.presence.localConnections('bob')).toBe(0)
})

const bad = async (): Promise<readonly (readonly [string, string, number, string])[]> => [
  ['expired', await signTestToken('ann', 'customer', { aud: 'herald', exp: seconds() - 60 }), 4403, 'Token expired'],
  [
    'unsigned',
    new UnsecuredJWT({ sub: 'ann', exp: seconds() + 60 }).encode(),
    4401,
    'The token is not valid: its algorithm is not allowed here.',
  ],
  [
    'of another secret',
    `${(await signTestToken('ann')).slice(0, -6)}AAAAAA`,
    4401,
    'The token is not valid: its signature does not fit the key.',
  ],
  [
    'for another audience',
    await signTestToken('ann', 'customer', { aud: 'shop' }),
    4401,
    'The token is not valid: its claim "aud" is wrong.',
  ],
  ['without an audience', await signTestToken('ann'), 4401, 'The token is not valid: its claim "aud" is missing.'],
  [
    'without an end',
    await signTestToken('ann', 'customer', { aud: 'herald', exp: undefined }),
    4401,
    'The token is not valid: its claim "exp" is missing.',
  ],
  [
    'of an unknown role',
    await signTestToken('ann', 'customer', { aud: 'herald', role: 'king' }),
    4401,
    'The token is not valid: its claim "role" must be customer, agent, admin or backend.',
  ],
  ['that is none', 'undefined', 4401, 'The token is not valid.'],
]

test('closes a socket with a wrong token so that the client does what helps', async () => {
  const authenticate = createAuthenticate({
    secret: TEST_SECRET,
    audience: 'herald',
    clock: systemClock,
    log: silentLog(),
  })
  const { wsUrl, services } = await startSmallServer({ authenticate })
  for (const [what, token, code, reason] of await bad()) {
    const socket = await openRawSocket(wsUrl)
    socket.send({ type: 'connection_init', payload: { token } })
    expect([what, await socket.closed]).toEqual([what, { code, reason }])
  }
  expect(services.presence.localConnections('ann')).toBe(0)
})

test('answers a wrong token over HTTP with 401 and the reason, before anything is done', async () => {
  const authenticate = createAuthenticate({
    secret: TEST_SECRET,
    audience: 'herald',
    clock: systemClock,
    log: silentLog(),
  })
  const { url, stage } = await startSmallServer({ authenticate })
  for (const [what, token, code] of await bad()) {
    const headers = { authorization: `Bearer ${token}` }
    const asked = await ask(url, '{ hello }', headers)
    expect([what, asked.status, asked.headers.get('www-authenticate')]).toEqual([what, 401, 'Bearer'])
    const reason = code === 4403 ? 'expired' : 'invalid'
    expect(asked.body).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED', reason } }] })
    expect(asked.body).not.toHaveProperty('data')
    const stream = await openEventStream(url, 'subscription { log }', headers)
    expect(await stream.next()).toMatchObject({
      data: { errors: [{ extensions: { code: 'UNAUTHENTICATED', reason } }] },
    })
  }
  expect(stage.readers).toBe(0)
})

test('closes a socket when a token that was used on it ends', async () => {
  const clock = createManualClock(Date.now())
  const { wsUrl, services } = await startSmallServer({ clock })
  const soon = await signTestToken('bob', 'customer', { exp: seconds() + 10 })
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  const untouched = await openRawSocket(wsUrl)
  await untouched.init({ token: await signTestToken('ann') })
  expect(await meOver(socket, { extensions: { headers: { authorization: `Bearer ${soon}` } } })).toBe('bob')
  clock.advance(8_000)
  expect(await meOver(socket)).toBe('ann')
  clock.advance(4_000)
  expect(await socket.closed).toEqual({ code: 4403, reason: 'Token expired' })
  expect(await meOver(untouched)).toBe('ann')
  await expect.poll(() => services.presence.localConnections('bob')).toBe(0)
})

test('lets the real client go on with a fresh token', async () => {
  const clock = createManualClock(Date.now())
  const { wsUrl } = await startSmallServer({ clock })
  const tokens = [
    await signTestToken('ann', 'customer', { exp: seconds() - 60 }),
    await signTestToken('ann', 'customer', { exp: seconds() + 10 }),
    await signTestToken('ann'),
  ]
  const client = createClient({
    url: wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: () => ({ authorization: `Bearer ${tokens.shift()}` }),
    retryWait: async () => {},
  })
  onTestFinished(() => void client.dispose())
  const results = client.iterate({ query: 'subscription { state }' })
  expect((await results.next()).value).toEqual({ data: { state: 0 } })
  const next = results.next()
  clock.advance(12_000)
  expect((await next).value).toEqual({ data: { state: 0 } })
  expect(tokens).toEqual([])
})

test('keeps a socket whose token lasts longer than any timer', async () => {
  const clock = createManualClock(Date.now())
  const { wsUrl } = await startSmallServer({ clock })
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann', 'customer', { exp: seconds() + 10 * 365 * 86_400 }) })
  clock.advance(5_000)
  expect(await meOver(socket)).toBe('ann')
})

test('closes the sockets of a user when the backend says so, with its reason', async () => {
  const { wsUrl, services } = await startSmallServer()
  const ann = await openRawSocket(wsUrl)
  await ann.init({ token: await signTestToken('ann') })
  const bob = await openRawSocket(wsUrl)
  await bob.init({ token: await signTestToken('bob') })
  const reason = `${'ä'.repeat(59)}xy`
  await services.presence.disconnect('ann', reason)
  expect(await ann.closed).toEqual({ code: 4403, reason })
  expect(await meOver(bob)).toBe('bob')
})

test('says that it is busy when tokens cannot be checked now', async () => {
  const issuer = await startIssuer()
  const authenticate = createAuthenticate({ jwksUrl: issuer.jwksUrl, clock: systemClock, log: silentLog() })
  const { url, wsUrl } = await startSmallServer({ authenticate })
  issuer.setBroken(true)
  const token = await issuer.sign({ sub: 'ann', exp: seconds() + 60 })
  const socket = await openRawSocket(wsUrl)
  socket.send({ type: 'connection_init', payload: { token } })
  expect(await socket.closed).toEqual({ code: 1013, reason: 'Tokens cannot be checked now. Try again later.' })
  expect(await ask(url, '{ me }', { authorization: `Bearer ${token}` })).toMatchObject({
    status: 503,
    body: { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] },
  })
  issuer.setBroken(false)
  expect((await ask(url, '{ me }', { authorization: `Bearer ${token}` })).body).toEqual({ data: { me: 'ann' } })
  const hs256 = await openRawSocket(wsUrl)
  hs256.send({ type: 'connection_init', payload: { token: await signTestToken('ann') } })
  expect((await hs256.closed).code).toBe(4401)
})

test('leaves nobody behind when a socket goes while its token is being checked', async () => {
  const checking = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const authenticate = async () => {
    checking.resolve()
    await answer.promise
    return { userId: 'ann', role: 'CUSTOMER' as const, name: null, avatarUrl: null, expiresAt: Date.now() + 60_000 }
  }
  const { wsUrl, services, closed, lines } = await startSmallServer({ authenticate })
  const socket = await openRawSocket(wsUrl)
  socket.send({ type: 'connection_init', payload: { token: 'slow' } })
  await checking.promise
  socket.ws.terminate()
  await expect.poll(() => closed.length).toBe(1)
  answer.resolve()
  await answer.promise
  // A whole connection later, whatever the answer set off has happened.
  const next = await openRawSocket(wsUrl)
  await next.init()
  expect(services.presence.localConnections('ann')).toBe(0)
  expect(lines.filter(({ level }) => level === 'error')).toEqual([])
})
