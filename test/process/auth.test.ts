import { request } from 'node:http'
import { text } from 'node:stream/consumers'
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
    { access_token: token },
    { 'auth-token': `BEARER   ${token}` },
    { authorization: null, token: ` ${token} ` },
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
  const signedOut = [{ authorization: 'Bearer ' }, { authorization: ' bearer' }, { authorization: '' }]
  for (const payload of [...signedOut, { token: null }, { token: false }, { headers: null }, { headers: [] }, {}]) {
    const socket = await openRawSocket(wsUrl)
    expect((await socket.init(payload))['payload']).toMatchObject({ userId: null })
  }
  const socket = await openRawSocket(wsUrl, { headers: { authorization: 'Basic YTpi' } })
  expect((await socket.init())['payload']).toMatchObject({ userId: null })
})

/** What a client sends in `connection_init`. */
type Payload = Readonly<Record<string, unknown>>

const NO_TEXT = 'The token is not valid: it must be a text; it is'
const NOT_BEARER = 'The token is not valid: it must be written as Bearer, a space, and the token.'

const wrong: readonly (readonly [what: string, payload: (token: string) => Payload, reason: string])[] = [
  ['a list', (token) => ({ authorization: [`Bearer ${token}`] }), `${NO_TEXT} a list.`],
  ['an empty list', () => ({ token: [] }), `${NO_TEXT} a list.`],
  ['an object', (token) => ({ token: { value: token } }), `${NO_TEXT} an object.`],
  ['a number', () => ({ token: 42 }), `${NO_TEXT} a number.`],
  ['true', () => ({ accessToken: true }), `${NO_TEXT} a boolean.`],
  ['a list in headers', (token) => ({ headers: { Authorization: [token] } }), `${NO_TEXT} a list.`],
  [
    'headers that are a list',
    (token) => ({ headers: [['authorization', `Bearer ${token}`]] }),
    'The token is not valid: the headers must be an object; they are a list.',
  ],
  ['another scheme', () => ({ authorization: 'Basic YTpi' }), NOT_BEARER],
  ['a scheme with a colon', (token) => ({ authorization: `Bearer: ${token}` }), NOT_BEARER],
  ['two schemes', (token) => ({ authorization: `Bearer Bearer ${token}` }), NOT_BEARER],
  ['two tokens', (token) => ({ authorization: `Bearer ${token}, Bearer ${token}` }), NOT_BEARER],
]

test.each(wrong)('does not take who gives a token in a wrong way for nobody: %s', async (_, payloadOf, reason) => {
  const { wsUrl } = await startSmallServer()
  const payload = payloadOf(await signTestToken('ann'))
  const socket = await openRawSocket(wsUrl)
  socket.send({ type: 'connection_init', payload })
  expect(await socket.closed).toEqual({ code: 4401, reason })
  if (!('headers' in payload) && !('authorization' in payload)) return
  const anonymous = await openRawSocket(wsUrl)
  await anonymous.init()
  const refused = await meOver(anonymous, { extensions: { headers: payload['headers'] ?? payload } })
  expect(refused).toMatchObject({ message: reason, extensions: { code: 'UNAUTHENTICATED', reason: 'invalid' } })
})

/** Over HTTP, by Node's own client, which sends a header as often as it is given. */
function askWith(url: string, authorization: string | string[]) {
  return new Promise<{ status: number | undefined; body: unknown }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const sent = request(url, { method: 'POST', headers }, async (response) =>
      resolve({ status: response.statusCode, body: JSON.parse(await text(response)) }),
    )
    sent.setHeader('authorization', authorization)
    sent.on('error', reject)
    sent.end('{"query":"{ me }"}')
  })
}

test('reads the header of a request as clients write it, and says what is wrong with any other', async () => {
  const { url } = await startSmallServer()
  const [ann, bob] = [await signTestToken('ann'), await signTestToken('bob')]
  const good = [`Bearer ${ann}`, `bearer ${ann}`, `BEARER\t${ann}`, ann, [`Bearer ${ann}`, `Bearer ${ann}`]]
  for (const value of good) expect(await askWith(url, value)).toEqual({ status: 200, body: { data: { me: 'ann' } } })
  for (const value of ['Basic YTpi', 'Token abc', `Bearer: ${ann}`, `Bearer ${ann} x`]) {
    const refused = { status: 401, body: { errors: [{ message: NOT_BEARER, extensions: { reason: 'invalid' } }] } }
    expect([value, await askWith(url, value)]).toMatchObject([value, refused])
  }
  expect(await askWith(url, [`Bearer ${ann}`, `Bearer ${bob}`])).toMatchObject({
    status: 401,
    body: { errors: [{ message: 'The token is not valid: there are two Authorization headers.' }] },
  })
  for (const value of ['', 'Bearer', 'Bearer ']) {
    expect(await askWith(url, value)).toMatchObject({ body: { errors: [{ message: 'A valid token is needed.' }] } })
  }
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

async function bad(): Promise<readonly (readonly [string, string, number, string])[]> {
  return [
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
}

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
