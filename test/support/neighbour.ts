import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import type { TestApp } from './app.ts'
import type { Measured, NeighbourOrder } from './neighbour-process.ts'

/** How notifications came, of a time in which twenty were sent a second. */
export interface Deliveries {
  readonly p50: number
  readonly p99: number
  /** What was timed. Notifications during which the neighbour itself had to wait for the machine are not. */
  readonly count: number
  readonly disturbed: number
  /** What never came. */
  readonly lost: number
  readonly refused: readonly string[]
}

/** An honest user beside those who are not, who is told something twenty times a second. */
export interface Neighbour {
  /** Times what is sent during the next `ms`; what takes longer is waited for, up to ten seconds. */
  measure(ms: number): Promise<Deliveries>
}

/** The value that so large a part of the values does not exceed; 0 of none. */
function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * part) - 1)] ?? 0
}

/** Connects a neighbour, in a process of its own that ends with the test. */
export async function openNeighbour({
  url,
  wsUrl,
  token,
}: Pick<TestApp, 'url' | 'wsUrl' | 'token'>): Promise<Neighbour> {
  const child = fork(resolve(import.meta.dirname, 'neighbour-process.ts'), { execArgv: [] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const died = once(child, 'exit').then(([code]) => Promise.reject(new Error(`The neighbour ended with ${code}`)))
  died.catch(() => {})
  const order = async (what: NeighbourOrder): Promise<unknown> => {
    child.send(what)
    const [answer] = await Promise.race([once(child, 'message'), died])
    return answer
  }
  await order({ begin: { url, wsUrl, token: await token('neighbour'), backend: await token('shop', 'backend') } })
  const measure = async (measureMs: number): Promise<Deliveries> => {
    const { delays, ...rest } = (await order({ measureMs })) as Measured
    return { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), count: delays.length, ...rest }
  }
  return {
    measure: (measureMs) => {
      const measuring = measure(measureMs)
      // A test that has failed meanwhile does not wait for it.
      measuring.catch(() => {})
      return measuring
    },
  }
}
