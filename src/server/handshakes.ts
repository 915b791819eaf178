import type { Cancel, Clock } from '../lib/clock.ts'
import { createCounts } from '../lib/counter.ts'

/** A request that wants to become a WebSocket. */
export interface Candidate {
  /** The address that it comes from; undefined when that is not known, and many may share it. */
  readonly address: string | undefined
  /** Called when its turn has come. `leave` is to be called when the handshake is over, whatever its outcome. */
  readonly begin: (leave: Cancel) => void
  /** Called when there is no room to wait, or when its turn did not come in time. */
  readonly refuse: (reason: 'handshakes_full' | 'handshake_wait') => void
}

/**
 * Bounds how many handshakes are under way. So a node to which all clients come back at once still serves its open connections. An address
 * gets a part of the places, so that clients of other addresses do not wait for it.
 */
export interface Handshakes {
  /**
   * Begins a handshake at once, or in the order of coming, or refuses it. Returns `leave`, which ends the handshake or gives up waiting.
   * Leaving twice does nothing.
   */
  enter(candidate: Candidate): Cancel
  /** How many handshakes are under way. */
  underWay(): number
  /** How many requests wait for their turn. */
  waiting(): number
}

export interface HandshakesOptions {
  readonly clock: Clock
  /** How many handshakes may be under way at a time. */
  readonly atOnce: number
  /** How many of them may be of one address. An address gets the same part of the places to wait. */
  readonly perAddress: number
  /** How many further requests may wait. Any more are refused at once. */
  readonly maxWaiting: number
  /** How long a request may wait, in milliseconds. */
  readonly maxWaitMs: number
}

/** Counts requests by their address. Those without an address are not counted. */
function createCountsByAddress() {
  const counts = createCounts()
  return {
    of: ({ address }: Candidate): number => (address === undefined ? 0 : counts.of(address)),
    add: ({ address }: Candidate, by: 1 | -1): void => {
      if (address !== undefined) counts.add(address, by)
    },
  }
}

/** Returns the bounds of handshakes on a node; at first none is under way. */
export function createHandshakes(options: HandshakesOptions): Handshakes {
  const { clock, atOnce, perAddress, maxWaiting, maxWaitMs } = options
  const waitingPerAddress = Math.ceil(maxWaiting * Math.min(1, perAddress / atOnce))
  /** Requests that wait, in the order of coming, each with the function that begins it. */
  const queue = new Map<Candidate, () => void>()
  const started = createCountsByAddress()
  const waiting = createCountsByAddress()
  let underWay = 0
  let isFilling = false

  const fill = (): void => {
    // A handshake that is over at once gets here again, as deep as the queue is long.
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
      // While a place is free, a request that waits does so for others of its own address.
      if (underWay < atOnce && started.of(candidate) < perAddress) return start(candidate)
      if (queue.size < maxWaiting && waiting.of(candidate) < waitingPerAddress) return wait(candidate)
      candidate.refuse('handshakes_full')
      return () => {}
    },
    underWay: () => underWay,
    waiting: () => queue.size,
  }
}
