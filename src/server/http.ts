import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Log } from '../lib/log.ts'
import { answerError, answerJson, answerRefusal } from './answer.ts'
import { allowOrigin, answerPreflight } from './cors.ts'
import type { GraphiQL } from './graphiql/graphiql.ts'
import type { Health } from './health.ts'
import type { AnswerMetrics } from './metrics/answer-metrics.ts'
import { refuseRequest } from './negotiation.ts'
import type { AllowsOrigin } from './origins.ts'
import type { GraphQLHandler } from './yoga.ts'

export interface HttpOptions {
  /** Where GraphQL is. */
  readonly path: string
  readonly health: Health
  readonly metrics: AnswerMetrics
  readonly graphql: GraphQLHandler
  /** Undefined when the page is switched off. */
  readonly graphiql: GraphiQL | undefined
  readonly allowsOrigin: AllowsOrigin
  readonly isDraining: () => boolean
  readonly log: Log
}

/** Browsers and load balancers name the host that they want; without a sensible one no address can be made. */
const hasHost = ({ headers: { host } }: IncomingMessage): boolean => URL.canParse(`http://${host}`)

const answerGraphQL = async (
  request: IncomingMessage,
  response: ServerResponse,
  { allowsOrigin, graphiql, graphql }: HttpOptions,
): Promise<void> => {
  // Before CORS is answered: the page can contain a token, and no other page may read it.
  if (graphiql && (await graphiql(request, response))) return
  allowOrigin(request, response, allowsOrigin)
  if (request.method === 'OPTIONS') return answerPreflight(request, response)
  const refusal = refuseRequest(request)
  if (refusal) return answerRefusal(response, refusal)
  // It was understood whatever its case and its parameters; Yoga compares it letter by letter.
  if (request.method === 'POST') request.headers['content-type'] = 'application/json'
  await graphql(request, response)
}

const route = async (request: IncomingMessage, response: ServerResponse, options: HttpOptions): Promise<void> => {
  const path = request.url?.split('?')[0]
  response.setHeader('x-content-type-options', 'nosniff')
  // A load balancer that keeps connections open would go on using this one.
  if (options.isDraining()) response.setHeader('connection', 'close')
  if (!hasHost(request)) return answerJson(response, 400, { status: 'bad request' })
  if (path === options.path) return answerGraphQL(request, response, options)
  if (path === '/live') return options.health.live(response)
  if (path === '/ready') return options.health.ready(response)
  if (path === '/metrics') return options.metrics(request, response)
  answerJson(response, 404, { status: 'not found', graphql: options.path })
}

/** Makes the answer to HTTP requests. Whatever fails is logged and becomes a 500; the process goes on. */
export const createHttp =
  (options: HttpOptions): RequestListener =>
  (request, response) => {
    route(request, response, options).catch((err: unknown) => {
      options.log.error({ err }, 'a request failed')
      if (response.headersSent) response.destroy()
      else answerError(response, 500, 'INTERNAL_SERVER_ERROR', 'Something went wrong.')
    })
  }
