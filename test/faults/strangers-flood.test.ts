import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { connectDevice } from '../support/device.ts'
import type { Flood } from '../support/flood-worker.ts'
import { startProcess } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

const CONNECTIONS = 20
const SAMPLES = 60
const PAUSE_MS = 25
/** As a busy machine makes everything slower, quiet is measured in the same run, before and after. */
const TIMES_QUIET = 5
/** Takes long to check: every pair of fields is compared. */
const EXPENSIVE = JSON.stringify({ query: `{ ${Array.from({ length: 600 }, () => 'me{id}').join(' ')} }` })

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

/** Floods from a thread of its own, so that a neighbour waits for Herald alone. */
function flood(url: string, headers: Flood['headers']) {
  const workerData: Flood = { url, connections: CONNECTIONS, headers, body: EXPENSIVE }
  const worker = new Worker(new URL('../support/flood-worker.ts', import.meta.url), { workerData })
  onTestFinished(async () => void (await worker.terminate()))
  return async (): Promise<Readonly<Record<number, number>>> => {
    worker.postMessage('stop')
    const [statuses] = await once(worker, 'message')
    return statuses
  }
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
        await setTimeout(PAUSE_MS)
      }
      return median(times)
    }
    await measure()
    const before = await measure()
    const stop = flood(herald.url, headers)
    await setTimeout(500)
    const busy = await measure()
    const statuses = await stop()
    const quiet = Math.max(before, await measure())
    expect(statuses[429] ?? 0).toBeGreaterThan(50)
    // A neighbour waits for those who are refused before it, each of whom costs little.
    expect(busy).toBeLessThan(Math.max(50, quiet * TIMES_QUIET))
  },
  60_000,
)
