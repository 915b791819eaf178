/** Why there is no connection, or why it is not the usual one. */
export type ConnectionReason = keyof typeof MESSAGES

/** How the connection to Herald is. */
export interface ConnectionState {
  /**
   * `idle`: nobody needs one. `connecting`: the first attempt. `connected`. `reconnecting`: it was lost or could not be opened, and is tried again.
   * `failed`: trying again would not help. `disposed`: the client was.
   */
  readonly status: 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'failed' | 'disposed'
  /** What carries it: `sse` (Server-Sent Events) where WebSockets are blocked. */
  readonly transport: 'websocket' | 'sse'
  /** Why it is as it is; null while all is well. */
  readonly reason: ConnectionReason | null
  /** The reason in plain words, for developers. */
  readonly message: string | null
  /** The code with which the WebSocket was closed; null when there was none. */
  readonly closeCode: number | null
  /** True from the first connection on. */
  readonly hasConnected: boolean
}

const MESSAGES = {
  offline: 'This device has no network. The connection comes back with it.',
  unreachable:
    'Nothing answers at this address. If it never did: is the url right, may this page connect to it (connect-src of its Content-Security-Policy), and is its origin in FRONTEND_URL of Herald?',
  lost: 'The connection broke.',
  silent: 'Nothing came back in time.',
  restarting: 'Herald restarts.',
  busy: 'Herald takes no further connection of this user or address now: too many tabs, or too much at once.',
  'token-ended': 'The token has ended or was revoked, and a fresh one is asked for.',
  'token-failed': 'The token function failed.',
  'token-missing': 'No token came in time.',
  'token-refused': 'A token like this is never accepted.',
  protocol: 'Herald did not understand this client.',
  'websocket-blocked': 'WebSockets do not get through here, so results come by Server-Sent Events.',
  'other-user': 'The token is of another user. Dispose of this client, and make one for each user.',
} as const

/** What a close code of Herald, or of a network on the way, means. */
export function reasonOfClose(code: number, hadOpened: boolean): ConnectionReason {
  if (code === 1012) return 'restarting'
  if (code === 1013) return 'busy'
  if (code === 4401) return 'token-refused'
  if (code === 4403) return 'token-ended'
  if (code === 4408) return 'token-missing'
  if (code === 4499) return 'silent'
  if (code >= 4000 || (code >= 1002 && code <= 1003)) return 'protocol'
  return hadOpened ? 'lost' : 'unreachable'
}

/** Explains a reason in plain words. `detail` is what Herald said itself. */
export function explain(reason: ConnectionReason | null, detail?: string): string | null {
  return reason && (detail ? `${MESSAGES[reason]} (${detail})` : MESSAGES[reason])
}

/** The state before anything was connected. */
export const IDLE: ConnectionState = {
  status: 'idle',
  transport: 'websocket',
  reason: null,
  message: null,
  closeCode: null,
  hasConnected: false,
}
