import { Agent, request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { connectDevice } from '../support/device.ts'
import { startProcess } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

const CONNECTIONS = 20
const FLOOD_MS = 3_000
const SAMPLES = 60
/** Takes long to check: every pair of fields is compared. */
const EXPENSIVE = `{ ${Array.from({ length: 600 }, () => 'me{id}').join(' ')} }`

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** Asks again as soon as it is answered, over connections of its own, until it is stopped; counts statuses. */
const flood = (url: string, headers: Record<string, string>) => {
  const statuses = new Map<number, number>()
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  let isOver = false
  const ask = (): void => {
    if (isOver) return
    const sent = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json', ...headers } })
    sent.on('response', (response) => {
      const { statusCode = 0 } = response
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
      response.resume().on('end', ask)
    })
    sent.on('error', ask)
    sent.end(JSON.stringify({ query: EXPENSIVE }))
  }
  for (let n = 0; n < CONNECTIONS; n += 1) ask()
  const stop = (): void => {
    isOver = true
    agent.destroy()
  }
  onTestFinished(stop)
  return { statuses, stop }
}

test.each([
  ['without a token', {}],
  ['with a wrong token', { authorization: 'Bearer not-a-token' }],
])(
  'twenty HTTP connections that flood %s do not slow a neighbour',
  async (_, headers) => {
    const herald = await startProcess({ DATA_DIR: tempFolder() })
    const neighbour = await connectDevice({ deviceUrl: () => herald.wsUrl }, 'alice')
    const measure = async (): Promise<number> => {
      const times: number[] = []
      for (let sample = 0; sample < SAMPLES; sample += 1) {
        const begun = performance.now()
        await neighbour.run('{ unreadCount { count } }')
        times.push(performance.now() - begun)
        await setTimeout(FLOOD_MS / SAMPLES / 2)
      }
      return median(times)
    }
    await measure()
    const quiet = await measure()
    const { statuses, stop } = flood(herald.url, headers)
    await setTimeout(500)
    const busy = await measure()
    stop()
    expect(statuses.get(429) ?? 0).toBeGreaterThan(100)
    // A neighbour waits for those who are refused before it, each of whom costs little.
    expect(busy).toBeLessThan(Math.max(50, quiet * 5))
    expect((await fetch(herald.url.replace('/graphql', '/live'))).status).toBe(200)
  },
  60_000,
)
