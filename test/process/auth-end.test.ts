import { createClient } from 'graphql-ws'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { createAuthenticate } from '../../src/auth/authenticate.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { signTestToken, TEST_SECRET } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { startIssuer } from '../support/issuer.ts'
import { meOver, seconds } from '../support/me-over.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

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
  const maxTtlSeconds = 10 * 365 * 86_400
  const authenticate = createAuthenticate({ secret: TEST_SECRET, maxTtlSeconds, clock: systemClock, log: silentLog() })
  const { wsUrl } = await startSmallServer({ clock, authenticate })
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann', 'customer', { exp: seconds() + maxTtlSeconds }) })
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
  // Before anybody asks it for keys, which a start does.
  issuer.setBroken(true)
  const authenticate = createAuthenticate({ jwksUrl: issuer.jwksUrl, clock: systemClock, log: silentLog() })
  const { url, wsUrl } = await startSmallServer({ authenticate })
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
