import { type Counter, createCounter } from '../lib/counter.ts'
import { CLOSINGS } from './close-codes.ts'

/** The rule or limit by which a connection or operation was refused, as it is counted in the metrics. */
export type Reject =
  | 'path'
  | 'origin'
  | 'draining'
  | 'connections_per_second'
  | 'handshakes_full'
  | 'handshake_wait'
  | 'anonymous_per_second'
  | 'anonymous_sockets'
  | 'sockets_per_user'
  | 'subscriptions_per_socket'
  | 'bytes_per_socket'
  | 'bytes_per_user'
  | 'subscriptions_per_user'
  | 'operations_per_second'
  | 'user_operations'
  | 'user_cost'
  | 'user_writes'
  | 'user_stored_bytes'

/** Counters of the server of one node, which are read when the metrics are asked for. */
export interface ServerStats {
  /** Connections that are open now, by transport. */
  readonly open: Counter
  /** Connections that were opened, by transport. */
  readonly opened: Counter
  /** WebSockets that were closed, by code. */
  readonly closes: Counter
  /** Refusals, by the rule or limit. */
  readonly rejects: Counter
  /** Operations that were begun, by type. */
  readonly operations: Counter
  /** Operations of trusted documents that were begun, by name. */
  readonly trusted: Counter
  /** Errors that were answered, by code. */
  readonly errors: Counter
}

const REJECTS: readonly Reject[] = [
  'path',
  'origin',
  'draining',
  'connections_per_second',
  'handshakes_full',
  'handshake_wait',
  'anonymous_per_second',
  'anonymous_sockets',
  'sockets_per_user',
  'subscriptions_per_socket',
  'bytes_per_socket',
  'bytes_per_user',
  'subscriptions_per_user',
  'operations_per_second',
  'user_operations',
  'user_cost',
  'user_writes',
  'user_stored_bytes',
]

const TRANSPORTS = ['websocket', 'sse'] as const

/** Returns counters that begin at zero. */
export function createServerStats(): ServerStats {
  return {
    open: createCounter(TRANSPORTS),
    opened: createCounter(TRANSPORTS),
    closes: createCounter(),
    rejects: createCounter(REJECTS),
    operations: createCounter(['query', 'mutation', 'subscription']),
    trusted: createCounter(),
    errors: createCounter(),
  }
}

/**
 * Close codes of RFC 6455: normal (1000), going away (1001), none given (1005), lost without one (1006), and those with which `ws` itself
 * closes broken or oversized frames (1002, 1007, 1009).
 */
const STANDARD_CODES = [1000, 1001, 1002, 1005, 1006, 1007, 1009]
const KNOWN_CODES: ReadonlySet<number> = new Set([
  ...STANDARD_CODES,
  ...Object.values(CLOSINGS).map(({ code }) => code),
])

/**
 * A close code as it is counted in the metrics: an unknown one is `other`. Clients can send any of thousands, and each would be a time
 * series.
 */
export function closeKind(code: number): string {
  return KNOWN_CODES.has(code) ? String(code) : 'other'
}
