import type { Kind } from '../peers/peer.ts'
import type { CpuUse } from './cpu.ts'
import type { Faults } from './delivery-counter.ts'
import type { Percentiles } from './latencies.ts'

/** What is measured, and where. */
export interface Target {
  readonly peer: string
  readonly kind: Kind
  readonly clients: number
  /** Where clients connect, in turn. */
  readonly urls: readonly string[]
  /** Where commands go. */
  readonly commandUrl: string
  readonly redisUrl: string
  readonly prefix: string
  readonly pids: { readonly servers: readonly number[]; readonly redis: number }
}

/**
 * How load is made: a number of events under way at any time, or a number of events per second; told on Redis, or `stored`
 * by commands to the product.
 */
export type Pace = ({ readonly outstanding: number } | { readonly perSecond: number }) & { readonly stored?: boolean }

/** Where the clients of a storm find their server, and the load on others meanwhile. */
export interface StormOrder {
  readonly urls: readonly string[]
  readonly pids: Target['pids']
  readonly live: { readonly group: string; readonly pace: Pace }
}

/** What the parent asks the load generator for. Clients belong to a group with a name. */
export type Order = { readonly group: string } & (
  | ({ readonly do: 'connect' } & Target)
  /** Makes one event reach everybody, so that all are known to be subscribed. */
  | { readonly do: 'begin' }
  | { readonly do: 'load'; readonly pace: Pace; readonly ms: number }
  /** Has a number of events stored for everybody, whoever is there. */
  | { readonly do: 'store'; readonly commandUrl: string; readonly count: number }
  /** All clients come back at once. */
  | ({ readonly do: 'storm' } & StormOrder)
)

/** What a window of load brought. */
export interface Window extends CpuUse {
  readonly deliveries: number
  readonly latency: Percentiles
  readonly faults: Faults
  /** Connections that the server closed so far. */
  readonly closed: number
}

/** What a storm brought. */
export interface Storm extends CpuUse {
  /** Milliseconds until the last client was acknowledged and had subscribed. */
  readonly subscribedMs: number
  /** Milliseconds until the last client had everything that it had missed; undefined where nothing is resumed. */
  readonly completeMs: number | undefined
  readonly faults: Faults
  /** Of those who were there all the time. */
  readonly live: Window
}
