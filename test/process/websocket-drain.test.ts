import { createClient } from 'graphql-ws'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { ask } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

test('asks every socket to go with 1012, spread over the time to drain', async () => {
  const clock = createManualClock(Date.now())
  const server = await startSmallServer({ clock, drainMs: 10_000 })
  const sockets = await Promise.all(Array.from({ length: 20 }, () => openRawSocket(server.wsUrl)))
  await Promise.all(sockets.map(({ init }) => init()))
  const goneAt: number[] = []
  const ends = sockets.map(async ({ closed }) => {
    const end = await closed
    goneAt.push(clock.now())
    return end
  })
  const start = clock.now()
  const done = server.close()
  while (goneAt.length < sockets.length) {
    clock.advance(500)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await done
  for (const end of await Promise.all(ends)) expect(end).toEqual({ code: 1012, reason: 'Service restart' })
  expect(new Set(goneAt).size).toBeGreaterThan(3)
  expect(Math.min(...goneAt)).toBeGreaterThanOrEqual(start)
})

test('is not ready and takes nobody in while it drains, but goes on serving', async () => {
  const clock = createManualClock(Date.now())
  const server = await startSmallServer({ clock, drainMs: 10_000 })
  const socket = await openRawSocket(server.wsUrl)
  await socket.init()
  const done = server.close()
  await expect(openRawSocket(server.wsUrl)).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  const ready = await fetch(new URL('/ready', server.url))
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: 'draining', reason: 'This server is going away.' },
  ])
  expect(ready.headers.get('connection')).toBe('close')
  expect((await ask(server.url, '{ hello }')).body).toEqual({ data: { hello: 'world' } })
  socket.subscribe('1', '{ hello }')
  expect(await socket.next()).toMatchObject({ payload: { data: { hello: 'world' } } })
  clock.advance(10_000)
  expect((await socket.closed).code).toBe(1012)
  await done
  await expect(fetch(new URL('/live', server.url))).rejects.toThrow()
})

test('does not wait for a socket that does not answer', async () => {
  const clock = createManualClock(Date.now())
  const server = await startSmallServer({ clock, drainMs: 1_000 })
  const socket = await openRawSocket(server.wsUrl)
  await socket.init()
  socket.ws.pause()
  const done = server.close()
  clock.advance(1_000)
  clock.advance(1_000)
  await done
  expect(server.closed).toHaveLength(1)
})

test('closes twice as once, and without sockets at once', async () => {
  const server = await startSmallServer({ drainMs: 60_000 })
  await Promise.all([server.close(), server.close()])
})

test('sends the real client to another server, where it goes on', async () => {
  const first = await startSmallServer()
  const second = await startSmallServer()
  const urls = [first.wsUrl, second.wsUrl]
  const client = createClient({
    url: () => urls[0]!,
    webSocketImpl: WebSocket,
    retryWait: async () => void urls.shift(),
  })
  onTestFinished(() => void client.dispose())
  const results = client.iterate({ query: 'subscription { open }' })
  expect((await results.next()).value).toEqual({ data: { open: 0 } })
  const next = results.next()
  await first.close()
  expect((await next).value).toEqual({ data: { open: 0 } })
})
