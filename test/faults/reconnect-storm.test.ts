import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { signTestToken } from '../support/app.ts'
import { scrape } from '../support/metrics.ts'
import { startProcess } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

const CLIENTS = 2_000
const AT_ONCE = 100
const WAITING = 500

/** Connects once; resolves to the socket, or to undefined when the server sent it away with a hint. */
async function attempt(url: string, token: string): Promise<WebSocket | undefined> {
  const ws = new WebSocket(url, 'graphql-transport-ws')
  const refused = Promise.withResolvers<undefined>()
  ws.on('unexpected-response', (_request, response) => {
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, expect.stringMatching(/^[123]$/)])
    ws.terminate()
    refused.resolve(undefined)
  })
  ws.on('error', (error) => refused.reject(error))
  ws.on('open', () => ws.send(JSON.stringify({ type: 'connection_init', payload: { token } })))
  const acknowledged = once(ws, 'message').then(([data]) => {
    expect(JSON.parse(String(data)).type).toBe('connection_ack')
    return ws
  })
  acknowledged.catch(() => {})
  return Promise.race([acknowledged, refused.promise])
}

test('when everybody comes back at once, whoever is sent away is told when to come again, and all get in', async () => {
  const herald = await startProcess({
    MAX_HANDSHAKES: String(AT_ONCE),
    MAX_WAITING_HANDSHAKES: String(WAITING),
    MAX_CONNECTIONS_PER_SECOND: '100000',
    DATA_DIR: tempFolder(),
  })
  const sockets: WebSocket[] = []
  onTestFinished(() => {
    for (const ws of sockets) ws.terminate()
  })
  let refusals = 0
  const connect = async (token: string): Promise<void> => {
    for (;;) {
      const ws = await attempt(herald.wsUrl, token)
      if (ws) return void sockets.push(ws)
      refusals += 1
      await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 800))
    }
  }
  const tokens = await Promise.all(Array.from({ length: 200 }, (_, index) => signTestToken(`user-${index}`)))
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => connect(tokens[index % tokens.length] ?? '')))

  expect(sockets.every(({ readyState }) => readyState === WebSocket.OPEN)).toBe(true)
  const { value } = await scrape(herald)
  expect(value('herald_connections{transport="websocket"}')).toBe(CLIENTS)
  expect(value('herald_handshakes')).toBe(0)
  expect(value('herald_handshakes_waiting')).toBe(0)
  const full = value('herald_rejects_total{reason="handshakes_full"}') ?? 0
  const late = value('herald_rejects_total{reason="handshake_wait"}') ?? 0
  expect(full + late).toBe(refusals)
  expect(full).toBeGreaterThan(0)
}, 120_000)
