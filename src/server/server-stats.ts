import { type Counter, createCounter } from '../lib/counter.ts'
import { CLOSINGS } from './close-codes.ts'

/** What keeps somebody out or back. */
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

/** What the server of a node did so far. Written where it happens, read when somebody looks. */
export interface ServerStats {
  /** Connections that are open now, by transport. */
  readonly open: Counter
  /** Connections that were opened, by transport. */
  readonly opened: Counter
  /** WebSockets that were closed, by code. */
  readonly closes: Counter
  /** Who was not let in or not let do something, by the rule that forbids it. */
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

/** Starts at zero. */
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

/** By RFC 6455: normal, going away, none given, lost without one, and what ws itself closes broken or oversized frames with. */
const STANDARD_CODES = [1000, 1001, 1002, 1005, 1006, 1007, 1009]
const KNOWN_CODES: ReadonlySet<number> = new Set([
  ...STANDARD_CODES,
  ...Object.values(CLOSINGS).map(({ code }) => code),
])

/** A close code as it is counted: clients can send any of thousands, and each would be a time series of its own. */
export function closeKind(code: number): string {
  return KNOWN_CODES.has(code) ? String(code) : 'other'
}
