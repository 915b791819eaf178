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
  offline: 'This device has no network.',
  unreachable: 'Nothing answers. If it never did: check the url, connect-src of the page, and FRONTEND_URL of Herald.',
  lost: 'The connection broke.',
  silent: 'Nothing came in time.',
  restarting: 'Herald restarts.',
  busy: 'Herald takes no more connections of this user. Too many tabs?',
  'token-ended': 'The token has ended or was revoked.',
  'token-failed': 'The token function failed.',
  'token-missing': 'No token came in time.',
  'token-refused': 'Herald never accepts such a token.',
  protocol: 'Herald did not understand.',
  'websocket-blocked': 'No WebSocket gets through: Server-Sent Events are used.',
  'other-user': 'The token is of another user. Each needs a client.',
} as const

const CODES: Readonly<Record<number, ConnectionReason>> = {
  1012: 'restarting',
  1013: 'busy',
  4401: 'token-refused',
  4403: 'token-ended',
  4408: 'token-missing',
  4499: 'silent',
}

/** What a close code of Herald, or of a network on the way, means. */
export function reasonOfClose(code: number, hadOpened: boolean): ConnectionReason {
  const known = CODES[code]
  if (known) return known
  if (code >= 4000) return 'protocol'
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
