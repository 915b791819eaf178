import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createManualClock } from '../support/clock.ts'
import { scrape } from '../support/metrics.ts'
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts'
import { type SmallServer, startSmallServer } from '../support/small-server.ts'

async function waiting(server: SmallServer): Promise<number | undefined> {
  return (await scrape(server)).value('herald_handshakes_waiting')
}

function until(server: SmallServer, count: number): Promise<void> {
  return expect.poll(() => waiting(server)).toBe(count)
}

/** Opens sockets one after the other, all of which wait for their turn. */
async function queueUp(server: SmallServer, count: number): Promise<readonly Promise<RawSocket>[]> {
  const before = (await waiting(server)) ?? 0
  const sockets: Promise<RawSocket>[] = []
  for (let n = 1; n <= count; n += 1) {
    const socket = openRawSocket(server.wsUrl)
    socket.catch(() => {})
    sockets.push(socket)
    await until(server, before + n)
  }
  return sockets
}

test('lets handshakes wait for their turn, in the order of coming, until one is acknowledged', async () => {
  const server = await startSmallServer({ limits: { handshakes: 1 } })
  const first = await openRawSocket(server.wsUrl)
  const [second, third] = await queueUp(server, 2)
  await first.init()
  await (await second!).init()
  await (await third!).init()
  expect((await scrape(server)).value('herald_handshakes')).toBe(0)
})

test('gives the turn on when a handshake fails, in whichever way', async () => {
  const clock = createManualClock(Date.now())
  const server = await startSmallServer({ clock, limits: { handshakes: 1 } })
  const lost = await openRawSocket(server.wsUrl)
  const [refused, silent, last] = await queueUp(server, 3)
  lost.ws.terminate()
  const wrong = await refused!
  wrong.send({ type: 'connection_init', payload: { token: 'not-a-token' } })
  expect((await wrong.closed).code).toBe(4401)
  const mute = await silent!
  await until(server, 1)
  clock.advance(3_000)
  expect((await mute.closed).code).toBe(4408)
  await (await last!).init()
  expect((await scrape(server)).value('herald_handshakes')).toBe(0)
})

test('sends away whom it cannot take in, and says when to come again', async () => {
  const clock = createManualClock(Date.now())
  const limits = { handshakes: 1, waitingHandshakes: 1, handshakeWaitMs: 500 }
  const server = await startSmallServer({ clock, limits })
  await openRawSocket(server.wsUrl)
  const [late] = await queueUp(server, 1)
  const headers = { 'retry-after': expect.stringMatching(/^[123]$/) }
  await expect(openRawSocket(server.wsUrl)).rejects.toMatchObject({ status: 503, headers })
  clock.advance(500)
  await expect(late).rejects.toMatchObject({ status: 503, headers })
  const { value } = await scrape(server)
  expect(value('herald_rejects_total{reason="handshakes_full"}')).toBe(1)
  expect(value('herald_rejects_total{reason="handshake_wait"}')).toBe(1)
  expect(value('herald_handshakes_waiting')).toBe(0)
})

test('is not held up by who has gone meanwhile', async () => {
  const server = await startSmallServer({ limits: { handshakes: 1 } })
  const first = await openRawSocket(server.wsUrl)
  const gone = new WebSocket(server.wsUrl, 'graphql-transport-ws')
  gone.on('error', () => {})
  await until(server, 1)
  const [last] = await queueUp(server, 1)
  gone.terminate()
  await first.init()
  await (await last!).init()
})

test('sends away at a stop whoever still waits', async () => {
  const server = await startSmallServer({ limits: { handshakes: 1 } })
  const first = await openRawSocket(server.wsUrl)
  const [waits] = await queueUp(server, 1)
  const closed = server.close()
  expect((await first.closed).code).toBe(1012)
  await expect(waits).rejects.toMatchObject({ status: 503 })
  await closed
})
