import { setTimeout } from 'node:timers/promises'
import { startCpu } from './cpu.ts'
import { faultsSince } from './delivery-counter.ts'
import type { Pace, Window } from './orders.ts'
import { startPace } from './pace.ts'
import { emit, expectedOf, type Run, storeForAll } from './run.ts'

/** Load before a window, so that the server is warm. */
const WARM_UP_MS = 700
/** How long deliveries may take that are under way when a window ends; what has not come by then is lost. */
const LATE_MS = 10_000
const FIRST_ATTEMPTS = 20
const ATTEMPT_MS = 3_000
const LOOK_MS = 20

/** Looks again and again; false when it was not so in time. */
export async function isSoon(isSo: () => boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms
  while (!isSo()) {
    if (performance.now() > end) return false
    await setTimeout(LOOK_MS)
  }
  return true
}

/** Nobody says when a subscription is live, so events are made until one has reached everybody. */
export async function begin(run: Run): Promise<void> {
  const { source, published, counter, target } = run
  run.onDelivery = () => {}
  run.onText = source.learn
  counter.restart()
  for (let attempt = 1; attempt <= FIRST_ATTEMPTS; attempt += 1) {
    if (source.store) await storeForAll(run, source)
    else for (const topic of published.keys()) emit(run, topic, false)
    if (await isSoon(() => counter.faults(expectedOf(run)).lost === 0, ATTEMPT_MS)) {
      run.onText = undefined
      return
    }
  }
  const { lost } = counter.faults(expectedOf(run))
  throw new Error(`Of ${target.clients} clients, not all get events: ${lost} lost, ${run.closed} connections closed`)
}

/** Begins a window over load that somebody makes; what is returned ends it. */
export function startWindow(run: Run): () => Omit<Window, 'faults'> {
  const { counter, latencies, target } = run
  latencies.clear()
  const stopCpu = startCpu(target.pids)
  const before = counter.deliveries()
  return () => {
    const use = stopCpu()
    return { ...use, deliveries: counter.deliveries() - before, latency: latencies.read(), closed: run.closed }
  }
}

/** Makes load, and measures it for so many milliseconds once it is warm. */
export async function measureWindow(run: Run, pace: Pace, ms: number): Promise<Window> {
  const expected = expectedOf(run)
  const before = run.counter.faults(expected)
  const stopPace = startPace(run, pace)
  await setTimeout(WARM_UP_MS)
  const stop = startWindow(run)
  await setTimeout(ms)
  const window = stop()
  stopPace()
  await isSoon(() => run.counter.faults(expected).lost <= before.lost, LATE_MS)
  return { ...window, faults: faultsSince(before, run.counter.faults(expected)) }
}
