import { expect, test } from 'vitest'
import { resumeCursor } from '../../src/delivery/cursor.ts'
import { AppError } from '../../src/lib/errors.ts'
import { signTestToken } from '../support/app.ts'
import { openEventStream } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { startSmallServer } from '../support/small-server.ts'

async function bearer(userId = 'ann', claims: Record<string, unknown> = {}) {
  return {
    authorization: `Bearer ${await signTestToken(userId, 'customer', claims)}`,
  }
}

test('delivers a subscription as server-sent events, with cursors on logs', async () => {
  const { url, stage } = await startSmallServer()
  const stream = await openEventStream(url, 'subscription { log }', await bearer())
  expect(stream.response.headers.get('content-type')).toContain('text/event-stream')
  expect(stream.response.headers.get('x-accel-buffering')).toBe('no')
  await expect.poll(() => stage.readers).toBe(1)
  stage.emit(1)
  stage.emit(2)
  expect(await stream.next()).toEqual({
    event: 'next',
    id: resumeCursor('stage', 1),
    data: { data: { log: 1 }, extensions: { cursor: resumeCursor('stage', 1), resume: null } },
  })
  expect(await stream.next()).toEqual({
    event: 'next',
    id: resumeCursor('stage', 2),
    data: { data: { log: 2 }, extensions: { cursor: resumeCursor('stage', 2), resume: null } },
  })
})

test('gives the current value first and no cursor on states', async () => {
  const { url } = await startSmallServer()
  const stream = await openEventStream(url, 'subscription { open }')
  expect(await stream.next()).toEqual({ event: 'next', data: { data: { open: 0 } } })
})

test('delivers to EventSource, which can only GET', async () => {
  const { url } = await startSmallServer()
  const response = await fetch(`${url}?query=subscription{open}`, { headers: { accept: 'text/event-stream' } })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('data: {')) text += (await reader.read()).value
  expect(text).toContain('data: {"data":{"open":0}}')
  await reader.cancel()
})

test('tells why a subscription is refused, and ends', async () => {
  const { url } = await startSmallServer()
  const stream = await openEventStream(url, 'subscription { refused }', await bearer())
  expect(await stream.next()).toMatchObject({
    event: 'next',
    data: { errors: [{ message: 'This is not for you.', extensions: { code: 'FORBIDDEN', why: 'test' } }] },
  })
  expect(await stream.next()).toMatchObject({ event: 'complete' })
  const wrong = await openEventStream(url, 'subscription { nothing }', await bearer())
  expect(await wrong.next()).toMatchObject({ data: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } })
})

test('tells what ended a feed in a last result, and completes', async () => {
  const { url, stage } = await startSmallServer()
  const stream = await openEventStream(url, 'subscription { log }', await bearer())
  await expect.poll(() => stage.readers).toBe(1)
  stage.fail(new AppError('CURSOR_EXPIRED', 'Too old.'))
  expect(await stream.next()).toEqual({
    event: 'next',
    data: { errors: [{ message: 'Too old.', extensions: { code: 'CURSOR_EXPIRED' } }] },
  })
  expect(await stream.next()).toMatchObject({ event: 'complete' })
  expect(stage.readers).toBe(0)
})

test('is a connection while it is open', async () => {
  const { url, stage, services, closed } = await startSmallServer()
  const { presence } = services
  const stream = await openEventStream(url, 'subscription { log }', await bearer())
  await expect.poll(() => stage.readers).toBe(1)
  expect(presence.localConnections('ann')).toBe(1)
  expect(await presence.isOnline('ann')).toBe(true)
  stream.abort()
  await expect.poll(() => stage.readers).toBe(0)
  expect(presence.localConnections('ann')).toBe(0)
  expect(closed).toHaveLength(1)
})

test('holds nothing when the client does not accept a stream', async () => {
  const { url, stage, services } = await startSmallServer()
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...(await bearer()) },
    body: JSON.stringify({ query: 'subscription { log }' }),
  })
  expect(response.status).toBe(406)
  expect(stage.readers).toBe(0)
  expect(services.presence.localConnections('ann')).toBe(0)
})

test('ends when the token does', async () => {
  const clock = createManualClock(Date.now())
  const { url, stage } = await startSmallServer({ clock })
  const exp = Math.floor(Date.now() / 1_000) + 60
  const stream = await openEventStream(url, 'subscription { log }', await bearer('ann', { exp }))
  await expect.poll(() => stage.readers).toBe(1)
  clock.advance(61_000)
  expect(await stream.next()).toEqual({
    event: 'next',
    data: {
      errors: [{ message: 'The token has expired.', extensions: { code: 'UNAUTHENTICATED', reason: 'expired' } }],
    },
  })
  expect(await stream.next()).toMatchObject({ event: 'complete' })
  expect(stage.readers).toBe(0)
})

test('ends when the backend ends the session', async () => {
  const { url, stage, services } = await startSmallServer()
  const stream = await openEventStream(url, 'subscription { log }', await bearer())
  await expect.poll(() => stage.readers).toBe(1)
  expect(await services.presence.disconnect('ann', 'Signed out everywhere.')).toBe(1)
  expect(await stream.next()).toMatchObject({
    data: { errors: [{ message: 'Signed out everywhere.', extensions: { code: 'UNAUTHENTICATED', reason: 'ended' } }] },
  })
  expect(await stream.next()).toMatchObject({ event: 'complete' })
})

test('counts towards the connections of a user', async () => {
  const { url, stage } = await startSmallServer({ limits: { socketsPerUser: 1 } })
  await openEventStream(url, 'subscription { log }', await bearer())
  await expect.poll(() => stage.readers).toBe(1)
  const second = await openEventStream(url, 'subscription { log }', await bearer())
  expect(await second.next()).toMatchObject({ data: { errors: [{ extensions: { code: 'RATE_LIMITED' } }] } })
  expect(await second.next()).toMatchObject({ event: 'complete' })
  expect(stage.readers).toBe(1)
})

test('is cut, not completed, when the server goes, so that the client comes back', async () => {
  const server = await startSmallServer()
  const stream = await openEventStream(server.url, 'subscription { log }', await bearer())
  await expect.poll(() => server.stage.readers).toBe(1)
  const next = stream.next()
  await Promise.all([expect(next).rejects.toThrow(), server.close()])
  expect(server.stage.readers).toBe(0)
})
