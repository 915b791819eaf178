import { type Counter, createCounter } from '../lib/counter.ts'

/** What the bus of a node did so far. Written where it happens, read when somebody looks. */
export interface BusStats {
  /** Events that this node published. */
  published: number
  /** Events of other nodes that somebody here listened to. */
  received: number
  /** Gaps: how often listeners had to expect that they had missed something. */
  gaps: number
  /** Topics that the link listens to now. */
  topics: number
  /** What the last canary took to the other side and back, in milliseconds; undefined: none came back yet, or the node is alone. */
  lagMs: number | undefined
  /** Sessions of the link that were lost. */
  losses: number
  /** Messages that were not sent, or not understood, by reason. */
  readonly drops: Counter
}

/** Starts at zero. */
export function createBusStats(): BusStats {
  return {
    published: 0,
    received: 0,
    gaps: 0,
    topics: 0,
    lagMs: undefined,
    losses: 0,
    drops: createCounter(),
  }
}
