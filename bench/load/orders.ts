import type { Kind } from '../peers/peer.ts'
import type { CpuUse } from './cpu.ts'
import type { Percentiles } from './latencies.ts'
import type { Faults } from './tally.ts'

/** What is measured, and where. */
export interface Target {
  readonly peer: string
  readonly kind: Kind
  readonly clients: number
  readonly url: string
  readonly redisUrl: string
  readonly prefix: string
  readonly pids: { readonly server: number; readonly redis: number }
}

/** How load is made: a number of events under way at any time, or a number of events per second. */
export type Pace = { readonly outstanding: number } | { readonly perSecond: number }

/** What the parent asks the load generator for, in this order. */
export type Order =
  | ({ readonly do: 'connect' } & Target)
  /** Makes one event reach everybody, so that all are known to be subscribed. */
  | { readonly do: 'begin' }
  | { readonly do: 'load'; readonly pace: Pace; readonly ms: number }

/** What a window of load brought. */
export interface Window extends CpuUse {
  readonly deliveries: number
  readonly latency: Percentiles
  readonly faults: Faults
  /** Connections that the server closed. */
  readonly closed: number
}
