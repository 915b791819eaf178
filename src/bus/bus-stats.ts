import { type Counter, createCounter } from '../lib/counter.ts'

/** Counts of the bus of a node since its start. The bus updates them; metrics read them. */
export interface BusStats {
  /** Events that this node published. */
  published: number
  /** Events of other nodes that this node received, on topics that it listens to. */
  received: number
  /** Gaps: how often listeners were called because events may have been missed. */
  gaps: number
  /** Topics that the link listens to now. */
  topics: number
  /** Milliseconds that the last test message took to the other side and back. Undefined while none has come back, and on a single node. */
  lagMs: number | undefined
  /** How often the link to the other nodes was lost. */
  losses: number
  /** Messages that were not sent, or not understood, by reason. */
  readonly drops: Counter
}

/** Stats of a bus that has done nothing yet. */
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
