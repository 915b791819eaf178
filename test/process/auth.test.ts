import { UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { createAuthenticate } from '../../src/auth/authenticate.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { signTestToken, TEST_SECRET } from '../support/app.ts'
import { ask, openEventStream } from '../support/ask.ts'
import { silentLog } from '../support/embedded.ts'
import { meOver, seconds } from '../support/me-over.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

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
