import { startCpu } from './cpu.ts'
import { faultsSince } from './delivery-counter.ts'
import type { Storm, StormOrder, Window } from './orders.ts'
import { startPace } from './pace.ts'
import { connect, expectedOf, idle, type Run } from './run.ts'
import { isSoon, startWindow } from './window.ts'

/** Clients that come back under way at a time. */
const AT_ONCE = 1_000
/** Everything must have come after this. */
const TIMEOUT_MS = 120_000

/** Follows those who were there all the time while something happens; call what it returns when that is over. */
function watchLive(live: Run, pace: StormOrder['live']['pace']): () => Promise<Window> {
  const before = live.counter.faults(expectedOf(live))
  const stopPace = startPace(live, pace)
  const stop = startWindow(live)
  return async () => {
    stopPace()
    const window = stop()
    await isSoon(() => live.counter.faults(expectedOf(live)).lost <= before.lost, TIMEOUT_MS)
    return { ...window, faults: faultsSince(before, live.counter.faults(expectedOf(live))) }
  }
}

/** Has all clients of a run come back at once, with the same operations as before, and waits until each has what it missed. */
export async function measureStorm(run: Run, live: Run, { urls, pids, live: { pace } }: StormOrder): Promise<Storm> {
  const expected = expectedOf(run)
  const isComplete = (): boolean => run.counter.faults(expected).lost === 0
  const isResumed = !isComplete()
  const stopLive = watchLive(live, pace)
  const stopCpu = startCpu(pids)
  const started = performance.now()
  await connect(run, urls, AT_ONCE)
  const subscribedMs = performance.now() - started
  if (isResumed) await isSoon(isComplete, TIMEOUT_MS)
  else await idle(pids.servers)
  const completeMs = isResumed ? performance.now() - started : undefined
  const use = stopCpu()
  return { ...use, subscribedMs, completeMs, faults: run.counter.faults(expected), live: await stopLive() }
}
