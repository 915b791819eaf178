import { createClient } from 'graphql-ws'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { createAuthenticate } from '../../src/auth/authenticate.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { signTestToken, TEST_SECRET } from '../support/app.ts'
import { ask, openEventStream } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { startIssuer } from '../support/issuer.ts'
import { seconds } from '../support/me-over.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

const EARLY = 'The token is not accepted yet: its claim "nbf" is in the future.'

test('a token that holds later is refused so that clients come again, on every transport', async () => {
  const { url, wsUrl } = await startSmallServer()
  const token = await signTestToken('ann', 'customer', { nbf: seconds() + 60 })
  const socket = await openRawSocket(wsUrl)
  socket.send({ type: 'connection_init', payload: { token } })
  expect(await socket.closed).toEqual({ code: 4403, reason: EARLY })
  const headers = { authorization: `Bearer ${token}` }
  const refusal = { errors: [{ message: EARLY, extensions: { code: 'UNAUTHENTICATED', reason: 'early' } }] }
  const asked = await ask(url, '{ hello }', headers)
  expect([asked.status, asked.body]).toMatchObject([401, refusal])
  expect(Number(asked.headers.get('retry-after'))).toBeGreaterThan(50)
  const stream = await openEventStream(url, 'subscription { log }', headers)
  expect(stream.response.status).toBe(401)
  expect(await stream.next()).toMatchObject({ data: refusal })
  const late = await openRawSocket(wsUrl)
  await late.init()
  late.subscribe('1', '{ me }', { extensions: { headers } })
  expect(await late.next()).toMatchObject({ type: 'error', payload: refusal.errors })
})

test('the real client gets in with the same token when its time has come', async () => {
  const clock = createManualClock(Date.now())
  const authenticate = createAuthenticate({ secret: TEST_SECRET, clock, log: silentLog() })
  const { wsUrl } = await startSmallServer({ authenticate })
  const token = await signTestToken('ann', 'customer', { nbf: seconds() + 8 })
  const codes: number[] = []
  const client = createClient({
    url: wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: { token },
    retryWait: async () => clock.advance(4_000),
    on: { closed: (event) => void codes.push((event as CloseEvent).code) },
  })
  onTestFinished(() => void client.dispose())
  expect((await client.iterate({ query: '{ me }' }).next()).value).toEqual({ data: { me: 'ann' } })
  expect(codes[0]).toBe(4403)
})

test('a key that its issuer does not serve yet is no reason to give up either', async () => {
  const issuer = await startIssuer()
  const other = await startIssuer('RS256', 'other')
  const authenticate = createAuthenticate({ jwksUrl: issuer.jwksUrl, clock: systemClock, log: silentLog() })
  const { url, wsUrl } = await startSmallServer({ authenticate })
  const token = await other.sign({ sub: 'ann', exp: seconds() + 60 })
  const socket = await openRawSocket(wsUrl)
  socket.send({ type: 'connection_init', payload: { token } })
  const reason = 'The token is not accepted yet: its key is not among those of its issuer.'
  expect(await socket.closed).toEqual({ code: 4403, reason })
  const asked = await ask(url, '{ hello }', { authorization: `Bearer ${token}` })
  expect([asked.status, asked.headers.get('retry-after')]).toEqual([401, '1'])
  issuer.setBroken(true)
  await issuer.rotate()
  const fresh = { authorization: `Bearer ${await issuer.sign({ sub: 'ann', exp: seconds() + 60 })}` }
  const away = await ask(url, '{ hello }', fresh)
  expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1'])
  issuer.setBroken(false)
  expect((await ask(url, '{ me }', fresh)).body).toEqual({ data: { me: 'ann' } })
})

test('whoever checks a token is told where it comes from, on every transport', async () => {
  const check = createAuthenticate({ secret: TEST_SECRET, clock: systemClock, log: silentLog() })
  const addresses: (string | undefined)[] = []
  const { url, wsUrl } = await startSmallServer({
    authenticate: (token, address) => {
      addresses.push(address)
      return check(token)
    },
  })
  const token = await signTestToken('ann')
  const headers = { authorization: `Bearer ${token}` }
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token })
  socket.subscribe('1', '{ me }', { extensions: { headers } })
  await socket.next()
  await ask(url, '{ me }', headers)
  await openEventStream(url, 'subscription { log }', headers)
  expect(addresses).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.1'])
})
