import type { IncomingMessage, ServerResponse } from 'node:http'
import { METHODS } from './negotiation.ts'
import type { AllowsOrigin } from './origins.ts'

const PREFLIGHT_SECONDS = 3_600
const ALLOWED = METHODS.join(', ')

/** The CORS headers that let a page of this origin read an answer. */
export function corsHeaders(origin: string): Readonly<Record<string, string>> {
  return {
    'access-control-allow-origin': origin,
    // Tokens are never cookies, so this gives nothing away.
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'Retry-After, WWW-Authenticate',
  }
}

/** Sets the CORS headers of a response. Returns false when the request comes from a page that is not allowed. */
export function allowOrigin(request: IncomingMessage, response: ServerResponse, allows: AllowsOrigin): boolean {
  const { origin } = request.headers
  response.appendHeader('vary', 'Origin')
  if (origin === undefined) return true
  if (!allows(request)) return false
  for (const [name, value] of Object.entries(corsHeaders(origin))) response.setHeader(name, value)
  return true
}

/**
 * Answers the OPTIONS request that a browser sends before another one. `allowOrigin` must be called first: its headers say whether the
 * origin is allowed.
 */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  const { 'access-control-request-headers': headers } = request.headers
  if (headers !== undefined) response.setHeader('access-control-allow-headers', headers)
  response.writeHead(204, {
    allow: ALLOWED,
    'access-control-allow-methods': ALLOWED,
    'access-control-max-age': String(PREFLIGHT_SECONDS),
    'content-length': 0,
  })
  response.end()
}
