import { request } from 'node:http'
import { createClient } from 'graphql-ws'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { signTestToken } from '../support/app.ts'
import { ask, openEventStream } from '../support/ask.ts'
import { heldBytes } from '../support/memory.ts'
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

const MIB = 1024 * 1024
const LARGE = 'x'.repeat(990_000)

async function connect(wsUrl: string): Promise<RawSocket> {
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  return socket
}

/** When it is answered, all messages before it were handled. */
async function settle(socket: RawSocket): Promise<void> {
  socket.send({ type: 'ping', payload: { settled: true } })
  expect(await socket.next()).toEqual({ type: 'pong', payload: { settled: true } })
}

function follow(at: number) {
  return { query: `subscription Log${at % 3} { log }`, operationName: `Log${at % 3}` }
}

/** What a client can write into a message that nobody needs as long as its subscription lasts. */
const wastes: Readonly<Record<string, (at: number) => object>> = {
  'undeclared variables': (at) => ({ payload: { ...follow(at), variables: { junk: `${at}${LARGE}` } } }),
  extensions: (at) => ({ payload: { ...follow(at), extensions: { junk: `${at}${LARGE}` } } }),
  'other fields of the payload': (at) => ({ payload: { ...follow(at), junk: `${at}${LARGE}` } }),
  'other fields of the message': (at) => ({ payload: follow(at), junk: `${at}${LARGE}` }),
}

test.each(Object.entries(wastes))('a socket keeps no %s of its subscriptions', async (_, wasteOf) => {
  const { wsUrl, stage } = await startSmallServer()
  const socket = await connect(wsUrl)
  await settle(socket)
  const before = heldBytes()
  for (let at = 0; at < 20; at += 1) {
    socket.send({ type: 'subscribe', id: `${at}`, ...wasteOf(at) })
    await settle(socket)
  }
  await vi.waitFor(() => expect(stage.readers).toBe(20))
  expect(heldBytes() - before).toBeLessThan(4 * MIB)
  stage.emit(1)
  expect(await socket.next()).toMatchObject({ type: 'next', payload: { data: { log: 1 } } })
})

test('a stream over HTTP keeps no more of its request than it needs', async () => {
  const { url, stage } = await startSmallServer()
  const headers = {
    authorization: `Bearer ${await signTestToken('ann')}`,
    accept: 'text/event-stream',
    'content-type': 'application/json',
    'herald-connection': 'tab',
  }
  // Node's own client: fetch keeps what it has sent.
  const open = (at: number) =>
    new Promise<void>((resolve, reject) => {
      const sent = request(url, { method: 'POST', headers, agent: false }, (response) => {
        expect(response.statusCode).toBe(200)
        response.resume()
        resolve()
      })
      sent.on('error', reject)
      onTestFinished(
        () =>
          void sent
            .off('error', reject)
            .on('error', () => {})
            .destroy(),
      )
      sent.end(JSON.stringify({ query: 'subscription { log }', variables: { junk: `${at}${LARGE}` } }))
    })
  await open(0)
  const before = heldBytes()
  for (let at = 1; at < 20; at += 1) await open(at)
  await vi.waitFor(() => expect(stage.readers).toBe(20))
  expect(heldBytes() - before).toBeLessThan(6 * MIB)
})

const TOO_MANY = { extensions: { code: 'BAD_USER_INPUT' } }
const LABELLED = 'subscription ($label: String) { log(label: $label) }'

test('the variables of a subscription are bounded, on every transport', async () => {
  const { url, wsUrl } = await startSmallServer({ limits: { subscriptionVariableBytes: 1_000 } })
  const label = 'é'.repeat(500)
  const refusal = /must not have more than 1000 bytes as JSON; these have 1012/
  const socket = await connect(wsUrl)
  socket.subscribe('1', LABELLED, { variables: { label } })
  const { type, payload } = await socket.next()
  expect([type, payload[0]]).toMatchObject(['error', { message: expect.stringMatching(refusal), ...TOO_MANY }])
  const headers = { authorization: `Bearer ${await signTestToken('ann')}`, accept: 'text/event-stream' }
  const refused = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query: LABELLED, variables: { label } }),
  })
  expect(await refused.text()).toMatch(refusal)
  socket.subscribe('2', LABELLED, { variables: { label: 'fits' } })
  await settle(socket)
  // Queries are over soon, and their variables go with them.
  const { body } = await ask(url, { query: 'query ($text: String!) { late(text: $text) }', variables: { text: 1 } })
  expect(body).toMatchObject({ errors: [TOO_MANY] })
})

test.each([129, 900_000])('a socket that uses an operation id of %i characters is closed', async (length) => {
  const { wsUrl, stage } = await startSmallServer()
  const socket = await connect(wsUrl)
  socket.subscribe('a'.repeat(128), 'subscription { log }')
  await settle(socket)
  expect(stage.readers).toBe(1)
  socket.subscribe('a'.repeat(length), 'subscription { log }')
  expect(await socket.closed).toEqual({ code: 4400, reason: 'Operation id longer than 128 characters' })
})

test('a stock client with ids that are too long is told so, and does not come back', async () => {
  const { wsUrl } = await startSmallServer()
  const token = await signTestToken('ann')
  const client = createClient({
    url: wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: { token },
    generateID: () => 'a'.repeat(200),
    retryAttempts: Number.POSITIVE_INFINITY,
  })
  onTestFinished(() => void client.dispose())
  await expect(client.iterate({ query: '{ hello }' }).next()).rejects.toMatchObject({ code: 4400 })
})

/** Different documents of about 100 KB of memory each. */
function dear(at: number): string {
  return `subscription Q${at} { ${'log '.repeat(450)} }`
}

test('what the subscriptions of a socket take is bounded, and given back', async () => {
  const { wsUrl, stage } = await startSmallServer({ limits: { socketBytes: 1_000_000 } })
  const socket = await connect(wsUrl)
  const subscribe = async (id: string, document: string): Promise<boolean> => {
    const before = stage.readers
    socket.subscribe(id, document)
    socket.send({ type: 'ping', payload: { settled: true } })
    const answer = await socket.next()
    if (answer['type'] === 'pong') {
      await vi.waitFor(() => expect(stage.readers).toBe(before + 1))
      return true
    }
    expect(answer).toMatchObject({ id, type: 'error', payload: [{ extensions: { code: 'RATE_LIMITED' } }] })
    expect(await socket.next()).toMatchObject({ type: 'pong' })
    return false
  }
  let fit = 0
  while (await subscribe(`${fit}`, dear(fit))) fit += 1
  expect(fit).toBeGreaterThan(7)
  expect(fit).toBeLessThan(11)
  // The same document again takes next to nothing.
  for (let at = 0; at < 5; at += 1) expect(await subscribe(`again ${at}`, dear(0))).toBe(true)
  // Whichever of them ends first: as long as one is there, its document is.
  for (let at = 0; at < fit; at += 1) socket.send({ type: 'complete', id: `${at}` })
  await vi.waitFor(() => expect(stage.readers).toBe(5))
  let fitNow = 0
  while (await subscribe(`later ${fitNow}`, dear(100 + fitNow))) fitNow += 1
  expect(fitNow).toBe(fit - 1)
})

test('what is under way on a socket is bounded, and begins again when it is over', async () => {
  const { wsUrl, stage } = await startSmallServer({ limits: { socketBytes: 3_000_000 } })
  const socket = await connect(wsUrl)
  const late = 'query ($text: String!) { late(text: $text) }'
  for (let at = 0; at < 3; at += 1) socket.subscribe(`${at}`, late, { variables: { text: LARGE } })
  socket.subscribe('3', late, { variables: { text: LARGE } })
  expect(await socket.next()).toMatchObject({
    id: '3',
    type: 'error',
    payload: [{ extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) } }],
  })
  await vi.waitFor(() => expect(stage.letGo()).toBe(3))
  for (let at = 0; at < 6; at += 1) expect(['next', 'complete']).toContain((await socket.next())['type'])
  socket.subscribe('4', '{ hello }')
  expect(await socket.next()).toMatchObject({ id: '4', type: 'next' })
})

test('of whoever is not known only small messages are read', async () => {
  const { wsUrl } = await startSmallServer()
  const silent = await openRawSocket(wsUrl)
  silent.send({ type: 'connection_init', payload: { junk: LARGE } })
  expect(await silent.closed).toEqual({ code: 4400, reason: 'Message too large' })
  const stranger = await openRawSocket(wsUrl)
  await stranger.init()
  stranger.subscribe('1', `{ hello } # ${LARGE}`)
  expect(await stranger.next()).toMatchObject({ id: '1', type: 'error', payload: [TOO_MANY] })
  stranger.subscribe('2', '{ hello }')
  expect(await stranger.next()).toMatchObject({ id: '2', type: 'next' })
})

test('streams of one connection share its room', async () => {
  const { url } = await startSmallServer({ limits: { socketBytes: 400_000 } })
  const headers = { authorization: `Bearer ${await signTestToken('ann')}`, 'herald-connection': 'tab' }
  const [one, two, three] = [0, 1, 2].map((at) => openEventStream(url, dear(at), headers))
  const statuses = (await Promise.all([one!, two!, three!])).map(({ response }) => response.status)
  expect(statuses.every((status) => status === 200)).toBe(true)
  const last = await openEventStream(url, dear(3), headers)
  expect(last.response.status).toBe(429)
})

test('what a user takes over all sockets and streams is bounded, and given back however it ends', async () => {
  const { url, wsUrl, stage } = await startSmallServer({ limits: { userBytes: 500_000 } })
  const [one, two] = [await connect(wsUrl), await connect(wsUrl)]
  for (const at of [0, 1]) one.subscribe(`${at}`, dear(at))
  two.subscribe('2', dear(2))
  await vi.waitFor(() => expect(stage.readers).toBe(3))
  const headers = { authorization: `Bearer ${await signTestToken('ann')}` }
  const stream = await openEventStream(url, dear(3), headers)
  expect(stream.response.status).toBe(200)
  const isRefused = async (id: string): Promise<boolean> => {
    two.subscribe(id, dear(Number(id)))
    two.send({ type: 'ping', payload: { settled: true } })
    const answer = await two.next()
    if (answer['type'] === 'pong') return false
    expect(answer).toMatchObject({
      id,
      type: 'error',
      payload: [{ message: expect.stringContaining('500000 bytes'), extensions: { code: 'RATE_LIMITED' } }],
    })
    await two.next()
    return true
  }
  expect(await isRefused('4')).toBe(true)
  expect((await openEventStream(url, dear(5), headers)).response.status).toBe(429)
  // Others, and backends, have room of their own.
  const other = await openRawSocket(wsUrl)
  await other.init({ token: await signTestToken('bob') })
  const backend = await openRawSocket(wsUrl)
  await backend.init({ token: await signTestToken('ann', 'backend') })
  for (const at of [10, 11, 12]) other.subscribe(`${at}`, dear(at))
  for (const at of [20, 21, 22, 23, 24, 25]) backend.subscribe(`${at}`, dear(at))
  await vi.waitFor(() => expect(stage.readers).toBe(13))
  one.ws.close()
  stream.abort()
  await vi.waitFor(() => expect(stage.readers).toBe(10))
  for (const id of ['6', '7', '8']) expect(await isRefused(id)).toBe(false)
  expect(await isRefused('9')).toBe(true)
})
