import { setTimeout } from 'node:timers/promises'
import { type CpuUse, startCpu } from './cpu.ts'
import { markedBody } from './mark.ts'
import type { Order, Pace, Window } from './orders.ts'
import { startPace } from './pace.ts'
import { openRun, publish, type Run } from './run.ts'

// The load generator, a process of its own: connects, publishes, counts every delivery and samples latency.

/** Load before a window, so that the server is warm. */
const WARM_UP_MS = 700
/** How long deliveries may take that are under way when a window ends. */
const LATE_MS = 5_000
const FIRST_ATTEMPTS = 20
const ATTEMPT_MS = 3_000
const LOOK_MS = 50

let current: Run | undefined

const requireRun = (): Run => {
  if (!current) throw new Error('Not connected')
  return current
}

/** Looks again and again; false when it was not so in time. */
const isSoon = async (isSo: () => boolean, ms: number): Promise<boolean> => {
  for (let waited = 0; waited < ms; waited += LOOK_MS) {
    if (isSo()) return true
    await setTimeout(LOOK_MS)
  }
  return isSo()
}

/** Nobody says when a subscription is live, so events are sent until one has reached everybody. */
const begin = async (run: Run): Promise<void> => {
  const { source, published, tally, target } = run
  run.onText = source.learn
  for (let attempt = 1; attempt <= FIRST_ATTEMPTS; attempt += 1) {
    if (source.first) {
      published.fill(attempt)
      await source.first({ number: attempt, body: markedBody(attempt) })
    } else for (const topic of published.keys()) publish(run, topic)
    if (await isSoon(() => tally.haveReached(attempt) === target.clients, ATTEMPT_MS)) {
      run.onText = undefined
      return
    }
  }
  throw new Error(`Only ${tally.haveReached(FIRST_ATTEMPTS)} of ${target.clients} clients get events`)
}

const load = async (run: Run, pace: Pace, ms: number): Promise<Window> => {
  const { tally, latencies, published, target } = run
  const stopPace = startPace(run, pace)
  await setTimeout(WARM_UP_MS)
  latencies.clear()
  const stopCpu = startCpu(target.pids)
  const before = tally.deliveries()
  await setTimeout(ms)
  const use = stopCpu()
  const deliveries = tally.deliveries() - before
  stopPace()
  const latency = latencies.read()
  const expected = (client: number): number => published[target.kind === 'ticket' ? 0 : client] ?? 0
  await isSoon(() => tally.faults(expected).lost === 0, LATE_MS)
  return { ...use, deliveries, latency, faults: tally.faults(expected), closed: run.closed }
}

const obey = async (order: Order): Promise<CpuUse | Window | undefined> => {
  switch (order.do) {
    case 'connect': {
      const { run, use } = await openRun(order)
      current = run
      return use
    }
    case 'begin':
      await begin(requireRun())
      return undefined
    case 'load':
      return load(requireRun(), order.pace, order.ms)
  }
}

process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
