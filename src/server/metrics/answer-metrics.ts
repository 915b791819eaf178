import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSameSecret } from '../../auth/secrets.ts'
import { answerJson } from '../answer.ts'
import { isFromHere } from '../origins.ts'
import { bearerIn } from '../token-places.ts'
import type { Metrics } from './metrics.ts'

export interface AnswerMetricsOptions {
  readonly metrics: Metrics
  /** The bearer token with which the metrics may be read. Undefined: processes of this machine may read them; in production nobody may. */
  readonly token: string | undefined
  readonly isProduction: boolean
}

/** Answers a request for `/metrics`: with the metrics, or with 401 or 403. */
export type AnswerMetrics = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * Returns the answer to `/metrics`. In production a token is always needed, since a proxy on the same machine could stand in front of
 * Herald.
 */
export function createAnswerMetrics({ metrics, token, isProduction }: AnswerMetricsOptions): AnswerMetrics {
  const mayRead = (request: IncomingMessage): boolean => {
    if (token === undefined) return !isProduction && isFromHere(request)
    return isSameSecret(bearerIn(request.headers.authorization) ?? '', token)
  }

  return async (request, response) => {
    if (!mayRead(request)) {
      if (token !== undefined) response.setHeader('www-authenticate', 'Bearer')
      const hint = token === undefined ? 'Set METRICS_TOKEN to read the metrics.' : 'The METRICS_TOKEN is needed.'
      return answerJson(response, token === undefined ? 403 : 401, { status: 'not allowed', reason: hint })
    }
    const text = await metrics.text()
    response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' })
    response.end(text)
  }
}
