import type { Pace } from './orders.ts'
import { emit, type Run } from './run.ts'

/** A closed loop: whenever an event has reached all its clients, the next one is made. */
function saturate(run: Run, outstanding: number, isStored: boolean): () => void {
  const { kind, clients } = run.target
  const left = new Map<number, number>()
  let topic = 0
  let isOver = false

  const next = (): void => {
    if (isOver) return
    if (kind === 'ticket') left.set(emit(run, 0, isStored), clients)
    else {
      emit(run, topic, isStored)
      topic = (topic + 1) % clients
    }
  }

  run.onDelivery = (number) => {
    if (kind === 'users') return next()
    const after = (left.get(number) ?? 0) - 1
    left.set(number, after)
    if (after !== 0) return
    left.delete(number)
    next()
  }
  for (let count = 0; count < outstanding; count += 1) next()
  return () => {
    isOver = true
  }
}

/** An open loop: events at a fixed rate, however long they take. */
function keepRate(run: Run, perSecond: number, isStored: boolean): () => void {
  run.onDelivery = () => {}
  const topics = run.published.length
  const started = performance.now()
  let count = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - started) * perSecond) / 1_000
    for (; count < due; count += 1) emit(run, count % topics, isStored)
  }, 1)
  return () => clearInterval(timer)
}

/** Begins to make events; returns how to stop. */
export function startPace(run: Run, pace: Pace): () => void {
  const isStored = pace.stored ?? false
  return 'outstanding' in pace ? saturate(run, pace.outstanding, isStored) : keepRate(run, pace.perSecond, isStored)
}
