import { createClient } from 'graphql-ws'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { AppError } from '../../src/lib/errors.ts'
import { signTestToken } from '../support/app.ts'
import { createManualClock } from '../support/clock.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

async function connected(wsUrl: string, userId = 'ann') {
  const socket = await openRawSocket(wsUrl)
  await socket.init({ authorization: `Bearer ${await signTestToken(userId)}` })
  return socket
}

test('serves the real client: a subscription, a query and a mutation', async () => {
  const { wsUrl, stage } = await startSmallServer()
  const token = await signTestToken('ann')
  const client = createClient({
    url: wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: { token },
    lazyCloseTimeout: 1_000,
  })
  onTestFinished(() => void client.dispose())

  const results = client.iterate({ query: 'subscription { state }' })
  expect((await results.next()).value).toEqual({ data: { state: 0 } })
  stage.emit(7)
  expect((await results.next()).value).toEqual({ data: { state: 7 } })

  const me = client.iterate({ query: '{ me }' })
  expect((await me.next()).value).toEqual({ data: { me: 'ann' } })
  const said = client.iterate({ query: 'mutation { say(text: "hi") }' })
  expect((await said.next()).value).toEqual({ data: { say: 'hi' } })

  await results.return?.()
  await expect.poll(() => stage.readers).toBe(0)
})

test('lets in who has no token, for what is public', async () => {
  const { wsUrl } = await startSmallServer()
  const socket = await openRawSocket(wsUrl)
  expect((await socket.init())['payload']).toMatchObject({ userId: null, role: null, expiresAt: null })
  socket.subscribe('1', '{ hello }')
  expect(await socket.next()).toMatchObject({ type: 'next', payload: { data: { hello: 'world' } } })
  expect(await socket.next()).toEqual({ type: 'complete', id: '1' })
  socket.subscribe('2', 'subscription { log }')
  expect(await socket.next()).toMatchObject({
    id: '2',
    payload: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
  })
})

test('answers a wrong document with an error and leaves the other subscriptions alone', async () => {
  const { wsUrl, stage } = await startSmallServer()
  const socket = await connected(wsUrl)
  socket.subscribe('state', 'subscription { state }')
  expect(await socket.next()).toMatchObject({ id: 'state', payload: { data: { state: 0 } } })

  const wrong = [
    'subscription { log',
    'subscription { nothing }',
    '',
    'query A { hello } query B { hello }',
    'fragment F on Query { hello }',
  ]
  for (const [index, query] of wrong.entries()) {
    socket.subscribe(`wrong-${index}`, query)
    expect(await socket.next()).toMatchObject({
      id: `wrong-${index}`,
      type: 'error',
      payload: [{ message: expect.any(String), extensions: { code: 'BAD_USER_INPUT' } }],
    })
  }
  socket.subscribe('variables', 'query($to: Int!) { add(to: $to) }', { variables: { to: 'x' } })
  expect(await socket.next()).toMatchObject({
    type: 'next',
    payload: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
  })
  expect(await socket.next()).toEqual({ type: 'complete', id: 'variables' })

  stage.emit(1)
  expect(await socket.next()).toEqual({
    id: 'state',
    type: 'next',
    payload: { data: { state: 1 } },
  })
})

test('tells what goes wrong in the words of HTTP', async () => {
  const { wsUrl } = await startSmallServer()
  const socket = await connected(wsUrl)
  const refusedWith = async (query: string) => {
    socket.subscribe('1', query)
    const { payload } = await socket.next()
    await socket.next()
    return payload.errors[0]
  }
  expect(await refusedWith('{ broken }')).toMatchObject({
    message: 'Something went wrong.',
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  })
  expect(await refusedWith('subscription { refused }')).toMatchObject({
    message: 'This is not for you.',
    extensions: { code: 'FORBIDDEN', why: 'test' },
  })
  expect(await refusedWith('subscription { broken }')).toMatchObject({
    message: 'Something went wrong.',
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  })
})

test('ends a subscription whose feed fails with a last result, and nothing else', async () => {
  const { wsUrl, stage, lines } = await startSmallServer()
  const socket = await connected(wsUrl)
  const failWith = async (error: unknown) => {
    socket.subscribe('1', 'subscription News { log }')
    await expect.poll(() => stage.readers).toBe(1)
    stage.fail(error)
    const last = await socket.next()
    expect(await socket.next()).toEqual({ type: 'complete', id: '1' })
    expect(stage.readers).toBe(0)
    return last['payload'].errors
  }
  expect(await failWith(new AppError('CURSOR_EXPIRED', 'Too old.'))).toEqual([
    { message: 'Too old.', extensions: { code: 'CURSOR_EXPIRED' } },
  ])
  expect(await failWith(new Error('the disk is on fire'))).toEqual([
    { message: 'Something went wrong.', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
  ])
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'operation failed', operation: 'News' }))
  socket.subscribe('2', '{ hello }')
  expect(await socket.next()).toMatchObject({ payload: { data: { hello: 'world' } } })
})

test('ends a feed when its client completes, and when its socket is gone', async () => {
  const { wsUrl, stage, closed } = await startSmallServer()
  const socket = await connected(wsUrl)
  socket.subscribe('1', 'subscription { log }')
  await expect.poll(() => stage.readers).toBe(1)
  socket.send({ type: 'complete', id: '1' })
  await expect.poll(() => stage.readers).toBe(0)
  socket.subscribe('2', 'subscription { log }')
  await expect.poll(() => stage.readers).toBe(1)
  socket.ws.terminate()
  await expect.poll(() => stage.readers).toBe(0)
  expect(closed).toHaveLength(1)
})

test('pings now and then, and ends sockets whose peer is silent', async () => {
  const clock = createManualClock(Date.now())
  const { wsUrl, closed } = await startSmallServer({ clock })
  const socket = await connected(wsUrl)
  const dead = await openRawSocket(wsUrl, { autoPong: false })
  await dead.init()
  const pinged = new Promise((resolve) => socket.ws.once('ping', resolve))
  // In steps shorter than between two pings, so that the pong of one has been read before the next.
  for (let steps = 0; steps < 5; steps += 1) {
    clock.advance(11_000)
    socket.send({ type: 'ping' })
    await socket.next()
  }
  await pinged
  expect((await dead.closed).code).toBe(1006)
  await expect.poll(() => closed.length).toBe(1)
  expect(socket.ws.readyState).toBe(WebSocket.OPEN)
})

test('gives up a client that does not read', async () => {
  const { wsUrl, lines } = await startSmallServer()
  const socket = await connected(wsUrl)
  socket.ws.pause()
  const text = 'x'.repeat(1_000_000)
  for (let sent = 0; sent < 40; sent += 1) socket.send({ type: 'ping', payload: { text } })
  await expect.poll(() => lines, { timeout: 10_000 }).toContainEqual(expect.objectContaining({ code: 1013 }))
  socket.ws.resume()
  expect(await socket.closed).toEqual({ code: 1013, reason: 'Too slow' })
})

test('logs a connection in two lines, and never a token', async () => {
  const { wsUrl, lines } = await startSmallServer()
  const token = await signTestToken('ann')
  const socket = await openRawSocket(wsUrl)
  const { payload } = await socket.init({ authorization: `Bearer ${token}` })
  socket.subscribe('1', 'query Greeting($to: Int!) { hello add(to: $to) }', { variables: { to: 123_454_321 } })
  await socket.next()
  await socket.next()
  socket.ws.close(4123, 'bye')
  const ofIt = () =>
    lines.filter(({ level, connectionId }) => level === 'info' && connectionId === payload.connectionId)
  await expect.poll(() => ofIt().length).toBe(2)
  expect(ofIt()).toMatchObject([
    { msg: 'connection opened', userId: 'ann', role: 'CUSTOMER' },
    {
      msg: 'connection closed',
      users: ['ann'],
      code: 4123,
      reason: 'bye',
      operations: 1,
      durationMs: expect.any(Number),
    },
  ])
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'debug', msg: 'operation received', type: 'query', name: 'Greeting', id: '1' }),
  )
  expect(JSON.stringify(lines)).not.toContain(token)
  expect(JSON.stringify(lines)).not.toContain('123454321')
})
