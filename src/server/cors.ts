import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AllowsOrigin } from './origins.ts'

const PREFLIGHT_SECONDS = 3_600

/** Tells browsers which pages may read the answer. Tokens are never cookies, so `credentials` gives nothing away. */
export const allowOrigin = (request: IncomingMessage, response: ServerResponse, allows: AllowsOrigin): void => {
  const { origin } = request.headers
  response.appendHeader('vary', 'Origin')
  if (origin === undefined || !allows(request)) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-allow-credentials', 'true')
}

/** Answers a browser that asks beforehand; `allowOrigin` has said whether this origin may. */
export const answerPreflight = (request: IncomingMessage, response: ServerResponse): void => {
  const { 'access-control-request-headers': headers } = request.headers
  if (headers !== undefined) response.setHeader('access-control-allow-headers', headers)
  response.writeHead(204, {
    allow: 'GET, POST',
    'access-control-allow-methods': 'GET, POST',
    'access-control-max-age': String(PREFLIGHT_SECONDS),
    'content-length': 0,
  })
  response.end()
}
