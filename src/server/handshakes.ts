import type { Cancel, Clock } from '../lib/clock.ts'
import { createCounts } from '../lib/counts.ts'

/** Somebody who wants to connect. */
export interface Candidate {
  /** Where it comes from; undefined when that is not known, and many may share it. */
  readonly address: string | undefined
  /** It is its turn. `leave` says that its handshake is over, whatever became of it. */
  readonly begin: (leave: Cancel) => void
  /** There is no room, or its turn did not come in time. */
  readonly refuse: (reason: 'handshakes_full' | 'handshake_wait') => void
}

/**
 * Bounds how many handshakes are under way, so that a node to which everybody comes back at once still serves those it has. One address gets
 * a part of the places: who connects from another one does not wait for it.
 */
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
  /** Those of one address; of the places to wait it gets the same part. */
  readonly perAddress: number
  /** Further ones that may wait; who comes then is refused at once. */
  readonly maxWaiting: number
  /** How long one may wait, in milliseconds. */
  readonly maxWaitMs: number
}

/** Counts by address; what has none is not counted. */
function createCountsByAddress() {
  const counts = createCounts()
  return {
    of: ({ address }: Candidate): number => (address === undefined ? 0 : counts.of(address)),
    add: ({ address }: Candidate, by: 1 | -1): void => {
      if (address !== undefined) counts.add(address, by)
    },
  }
}

/** Starts with nobody. */
export function createHandshakes(options: HandshakesOptions): Handshakes {
  const { clock, atOnce, perAddress, maxWaiting, maxWaitMs } = options
  const waitingPerAddress = Math.ceil(maxWaiting * Math.min(1, perAddress / atOnce))
  /** Those who wait, in the order of coming, each with how to let it begin. */
  const queue = new Map<Candidate, () => void>()
  const started = createCountsByAddress()
  const waiting = createCountsByAddress()
  let underWay = 0
  let isFilling = false

  const fill = (): void => {
    // One that is over before it has begun would get here again, as deep as the queue is long.
    if (isFilling) return
    isFilling = true
    for (const [candidate, begin] of queue) {
      if (underWay >= atOnce) break
      if (started.of(candidate) < perAddress) begin()
    }
    isFilling = false
  }

  const start = (candidate: Candidate): Cancel => {
    let isOver = false
    const leave = (): void => {
      if (isOver) return
      isOver = true
      underWay -= 1
      started.add(candidate, -1)
      fill()
    }
    underWay += 1
    started.add(candidate, 1)
    candidate.begin(leave)
    return leave
  }

  const wait = (candidate: Candidate): Cancel => {
    const leaveQueue = (): boolean => {
      const wasWaiting = queue.delete(candidate)
      if (wasWaiting) waiting.add(candidate, -1)
      return wasWaiting
    }
    let leave: Cancel = leaveQueue
    const cancelWait = clock.after(maxWaitMs, () => {
      if (leaveQueue()) candidate.refuse('handshake_wait')
    })
    waiting.add(candidate, 1)
    queue.set(candidate, () => {
      leaveQueue()
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
      // While there is a place, whoever waits does so for others of the same address.
      if (underWay < atOnce && started.of(candidate) < perAddress) return start(candidate)
      if (queue.size < maxWaiting && waiting.of(candidate) < waitingPerAddress) return wait(candidate)
      candidate.refuse('handshakes_full')
      return () => {}
    },
    underWay: () => underWay,
    waiting: () => queue.size,
  }
}
