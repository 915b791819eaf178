import { request } from 'node:http'
import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { ask, openEventStream } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

const SECRET_TEXT = 'text-that-no-log-may-show'

type Lines = readonly Record<string, unknown>[]

function warnings(lines: Lines) {
  return lines.filter(({ level }) => level === 'warn')
}

test('a page that is not allowed is told of with what to set, over WebSocket and HTTP', async () => {
  const { url, wsUrl, lines } = await startSmallServer({ origins: ['https://app.example'] })
  const origin = 'https://new.example'
  for (let n = 0; n < 3; n += 1) {
    await expect(openRawSocket(wsUrl, { headers: { origin } })).rejects.toMatchObject({ status: 403 })
  }
  const advice = 'If this page is yours, set FRONTEND_URL=https://app.example,https://new.example'
  expect(warnings(lines)).toMatchObject([{ msg: 'refused', transport: 'websocket', answer: 403, origin, advice }])
  await fetch(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
  expect(warnings(lines).slice(1)).toMatchObject([{ msg: 'refused', transport: 'http', origin, advice }])
  await expect(openRawSocket(wsUrl, { headers: { origin: 'null' } })).rejects.toMatchObject({ status: 403 })
  expect(warnings(lines).at(-1)).toMatchObject({ origin: 'null', advice: expect.stringContaining('no origin') })
})

test('a token that is refused is told of with the words that its client got, and with what to look at', async () => {
  const { url, wsUrl, lines } = await startSmallServer()
  const forged = `${(await signTestToken('ann', 'customer', { note: SECRET_TEXT })).slice(0, -6)}AAAAAA`
  const reason = 'The token is not valid: its signature does not fit the key.'
  for (let n = 0; n < 3; n += 1) {
    const socket = await openRawSocket(wsUrl)
    socket.send({ type: 'connection_init', payload: { token: forged } })
    expect(await socket.closed).toEqual({ code: 4401, reason })
  }
  const closed = () => lines.filter(({ msg }) => msg === 'connection closed')
  await expect.poll(() => closed().length).toBe(3)
  expect(closed()[0]).toMatchObject({ code: 4401, reason, by: 'herald' })
  const advice = expect.stringContaining('JWT_SECRET')
  expect(warnings(lines)).toMatchObject([{ msg: 'refused', transport: 'websocket', answer: 4401, reason, advice }])
  await ask(url, '{ hello }', { authorization: `Bearer ${forged}` })
  await expect.poll(() => warnings(lines).length).toBe(2)
  expect(warnings(lines)[1]).toMatchObject({ transport: 'http', answer: 401, reason, advice, path: 'POST /graphql' })
  const late = await openRawSocket(wsUrl)
  await late.init()
  late.subscribe('1', '{ hello }', { extensions: { headers: { authorization: `Bearer ${forged}` } } })
  expect(await late.next()).toMatchObject({ type: 'error' })
  expect(warnings(lines)[2]).toMatchObject({ transport: 'websocket', answer: 'UNAUTHENTICATED', reason })
  expect(JSON.stringify(lines)).not.toContain(forged.slice(0, 60))
  expect(JSON.stringify(lines)).not.toContain(SECRET_TEXT)
})

test('each kind of refusal over HTTP is told once, without what the client sent', async () => {
  const { url, lines } = await startSmallServer({ limits: { requestBytes: 1_000, socketsPerUser: 1 } })
  const json = { 'content-type': 'application/json' }
  const body = JSON.stringify({ query: `{ hello } # ${SECRET_TEXT}` })
  const send = (init: RequestInit, path = '') =>
    fetch(`${url}${path}`, { method: 'POST', headers: json, body, ...init })
  const authorization = `Bearer ${await signTestToken('ann')}`
  await openEventStream(url, 'subscription { state }', { authorization })
  for (let n = 0; n < 2; n += 1) {
    await send({}, `x?token=${SECRET_TEXT}`)
    await send({ method: 'PATCH' })
    await send({ headers: { ...json, accept: 'application/xml' } })
    await send({ body: 'x'.repeat(2_000) })
    await send({ headers: { 'content-type': 'text/plain' } })
    await send({ body: `{"query": "${SECRET_TEXT}` })
    await send({ headers: { ...json, accept: 'application/json' }, body: '{"query":"subscription { open }"}' })
    const more = await openEventStream(url, 'subscription { log }', { authorization })
    expect(more.response.status).toBe(429)
    await more.next()
  }
  const told = () =>
    warnings(lines)
      .map(({ answer }) => answer)
      .sort()
  await expect.poll(told).toEqual([400, 404, 405, 406, 406, 413, 415, 429])
  expect(warnings(lines).find(({ answer }) => answer === 413)).toMatchObject({
    advice: expect.stringContaining('MAX_REQUEST_BYTES'),
  })
  expect(warnings(lines).find(({ answer }) => answer === 429)).toMatchObject({
    advice: expect.stringContaining('MAX_SOCKETS_PER_USER'),
  })
  expect(JSON.stringify(lines)).not.toContain(SECRET_TEXT)
})

test('headers that are too large are told of, too', async () => {
  const { url, lines } = await startSmallServer()
  await new Promise((resolve) => {
    request(url, { headers: { authorization: `Bearer ${'x'.repeat(20_000)}` } }, (response) => {
      response.resume().on('close', resolve)
    }).end()
  })
  expect(warnings(lines)).toMatchObject([{ answer: 431, advice: expect.stringContaining('token') }])
})

test('operations over a limit of their socket are told of', async () => {
  const { wsUrl, lines } = await startSmallServer({ limits: { operationsPerSecond: 1, subscriptionsPerSocket: 1 } })
  const socket = await openRawSocket(wsUrl)
  await socket.init()
  for (let n = 0; n < 5; n += 1) socket.subscribe(`${n}`, 'subscription { open }')
  await expect.poll(() => warnings(lines).length).toBe(2)
  expect(warnings(lines)).toMatchObject([
    { transport: 'websocket', answer: 'RATE_LIMITED', advice: expect.stringContaining('MAX_SUBSCRIPTIONS_PER_SOCKET') },
    { transport: 'websocket', answer: 'RATE_LIMITED', advice: expect.stringContaining('MAX_OPERATIONS_PER_SECOND') },
  ])
})

test('every connection that is closed says why', async () => {
  const clock = createManualClock(Date.now())
  const { url, wsUrl, lines, stage, services } = await startSmallServer({ clock })
  const reasons = () => lines.filter(({ msg }) => msg === 'connection closed').map(({ reason }) => reason)
  const silent = await openRawSocket(wsUrl)
  clock.advance(4_000)
  await silent.closed
  const ann = await openRawSocket(wsUrl)
  await ann.init({ token: await signTestToken('ann') })
  const bob = await openEventStream(url, 'subscription { log }', {
    authorization: `Bearer ${await signTestToken('bob')}`,
  })
  await expect.poll(() => stage.readers).toBe(1)
  await services.presence.disconnect('ann', 'Signed out.')
  await services.presence.disconnect('bob', 'Banned.')
  await ann.closed
  await bob.next()
  const leaving = await openRawSocket(wsUrl)
  leaving.ws.close(4123, 'bye')
  await leaving.closed
  await expect
    .poll(() => reasons().sort())
    .toEqual(['Banned.', 'Connection initialisation timeout', 'Signed out.', 'bye'])
})
