import type { Cancel, Clock } from '../lib/clock.ts'

/** Somebody who wants to connect. */
export interface Candidate {
  /** It is its turn. `leave` says that its handshake is over, whatever became of it. */
  readonly begin: (leave: Cancel) => void
  /** There is no room, or its turn did not come in time. */
  readonly refuse: (reason: 'handshakes_full' | 'handshake_wait') => void
}

/** Bounds how many handshakes are under way, so that a node to which everybody comes back at once still serves those it has. */
export interface Handshakes {
  /** Begins at once, or in the order of coming; returns `leave`, which also gives up waiting. Leaving twice does nothing. */
  enter(candidate: Candidate): Cancel
  underWay(): number
  waiting(): number
}

export interface HandshakesOptions {
  readonly clock: Clock
  /** Handshakes under way at a time. */
  readonly atOnce: number
  /** Further ones that may wait; who comes then is refused at once. */
  readonly maxWaiting: number
  /** How long one may wait, in milliseconds. */
  readonly maxWaitMs: number
}

/** Starts with nobody. */
export const createHandshakes = ({ clock, atOnce, maxWaiting, maxWaitMs }: HandshakesOptions): Handshakes => {
  /** Those who wait, in the order of coming, each with how to let it begin. */
  const queue = new Map<Candidate, () => void>()
  let underWay = 0
  let isFilling = false

  const fill = (): void => {
    // One that is over before it has begun would get here again, as deep as the queue is long.
    if (isFilling) return
    isFilling = true
    for (const begin of queue.values()) {
      if (underWay >= atOnce) break
      begin()
    }
    isFilling = false
  }

  const start = (candidate: Candidate): Cancel => {
    let isOver = false
    const leave = (): void => {
      if (isOver) return
      isOver = true
      underWay -= 1
      fill()
    }
    underWay += 1
    candidate.begin(leave)
    return leave
  }

  const wait = (candidate: Candidate): Cancel => {
    let leave: Cancel = () => void queue.delete(candidate)
    const cancelWait = clock.after(maxWaitMs, () => {
      if (queue.delete(candidate)) candidate.refuse('handshake_wait')
    })
    queue.set(candidate, () => {
      queue.delete(candidate)
      cancelWait()
      leave = start(candidate)
    })
    return () => {
      cancelWait()
      leave()
    }
  }

  return {
    enter: (candidate) => {
      if (underWay < atOnce && queue.size === 0) return start(candidate)
      if (queue.size < maxWaiting) return wait(candidate)
      candidate.refuse('handshakes_full')
      return () => {}
    },
    underWay: () => underWay,
    waiting: () => queue.size,
  }
}
