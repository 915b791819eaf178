import { isSessionEnded, isTokenExpired, isTokenRevoked, isTokenTooEarly } from '../auth/token-errors.ts'
import { AppError } from '../lib/errors.ts'

/** How a socket is closed, and how a graphql-ws client (and with it Apollo Client and urql) reacts to it. */
export interface Closing {
  readonly code: number
  readonly reason: string
  /** `fatal`: all subscriptions of the client fail for good. `retries`: the client connects again after a pause, with a fresh token. */
  readonly client: 'retries' | 'fatal'
}

/**
 * Every way in which Herald closes a socket. 1000 is not used, because clients then come back without a pause. 1008, 1009, 1011 and 4500
 * are fatal, so they are not used for anything that a client can survive. `ws` itself sends 1002 and 1007 for broken frames, and 1013 for
 * oversized ones.
 */
export const CLOSINGS = {
  draining: { code: 1012, reason: 'Service restart', client: 'retries' },
  overloaded: { code: 1013, reason: 'Try again later', client: 'retries' },
  tooSlow: { code: 1013, reason: 'Too slow', client: 'retries' },
  badMessage: { code: 4400, reason: 'Invalid message received', client: 'fatal' },
  tooLarge: { code: 4400, reason: 'Message too large', client: 'fatal' },
  longId: { code: 4400, reason: 'Operation id longer than 128 characters', client: 'fatal' },
  unauthorized: { code: 4401, reason: 'Unauthorized', client: 'fatal' },
  tokenExpired: { code: 4403, reason: 'Token expired', client: 'retries' },
  tokenRevoked: { code: 4403, reason: 'Token revoked', client: 'retries' },
  tokenTooEarly: { code: 4403, reason: 'Token not accepted yet', client: 'retries' },
  sessionEnded: { code: 4403, reason: 'Session ended', client: 'retries' },
  badProtocol: { code: 4406, reason: 'Subprotocol not acceptable', client: 'fatal' },
  initTimeout: { code: 4408, reason: 'Connection initialisation timeout', client: 'retries' },
  anonymous: { code: 4408, reason: 'No token in time', client: 'retries' },
  duplicateId: { code: 4409, reason: 'Subscriber already exists', client: 'fatal' },
  duplicateInit: { code: 4429, reason: 'Too many initialisation requests', client: 'fatal' },
} as const satisfies Readonly<Record<string, Closing>>

const MAX_REASON_BYTES = 123

/** Cuts `reason` to the 123 bytes that fit into a close frame, without half a character at its end. */
export function fitReason(reason: string): string {
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON_BYTES))
  return reason.slice(0, read)
}

/**
 * How a socket is closed because of an error: its `connection_init` failed, or the backend ended its session. An error that is no AppError
 * gives 1013, so that the client tries again.
 */
export function closingFor(error: unknown): Closing {
  if (isTokenExpired(error)) return CLOSINGS.tokenExpired
  if (isTokenRevoked(error)) return CLOSINGS.tokenRevoked
  if (isSessionEnded(error)) return { ...CLOSINGS.sessionEnded, reason: error.message }
  if (isTokenTooEarly(error)) return { ...CLOSINGS.tokenTooEarly, reason: error.message }
  if (!(error instanceof AppError)) return CLOSINGS.overloaded
  const closing = error.code === 'UNAUTHENTICATED' ? CLOSINGS.unauthorized : CLOSINGS.overloaded
  return { ...closing, reason: error.message }
}
