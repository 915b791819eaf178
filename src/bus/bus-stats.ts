import { createTally, type Tally } from '../lib/tally.ts'

/** What the bus of a node did so far. Written where it happens, read when somebody looks. */
export interface BusStats {
  /** Events that this node told. */
  published: number
  /** Events that other nodes told and somebody here listened to. */
  received: number
  /** How often listeners were told that they may have missed something. */
  gaps: number
  /** Topics that the link listens to now. */
  topics: number
  /** What the last canary took to Redis and back, in milliseconds; undefined: none came back yet, or there is no Redis. */
  lagMs: number | undefined
  /** Connections to Redis that were lost. */
  losses: number
  /** Messages that were not sent, or not understood, by reason. */
  readonly drops: Tally
}

/** Starts at zero. */
export const createBusStats = (): BusStats => ({
  published: 0,
  received: 0,
  gaps: 0,
  topics: 0,
  lagMs: undefined,
  losses: 0,
  drops: createTally(),
})
