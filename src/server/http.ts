import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Log } from '../lib/log.ts'
import { answerError, answerJson, answerRefusal } from './answer.ts'
import { allowOrigin, answerPreflight } from './cors.ts'
import type { Pages } from './development-pages.ts'
import type { Health } from './health.ts'
import type { AnswerMetrics } from './metrics/answer-metrics.ts'
import { type Refusal, refuseMethod, refuseRequest } from './negotiation.ts'
import type { AllowsOrigin } from './origins.ts'
import { createIsPipelined } from './pipelining.ts'
import { explain, type Refusals, reportRefusal } from './refusals.ts'
import type { GraphQLHandler } from './yoga.ts'

export interface HttpOptions extends Pages {
  /** The path of the GraphQL endpoint, such as `/graphql`. */
  readonly path: string
  readonly health: Health
  readonly metrics: AnswerMetrics
  readonly graphql: GraphQLHandler
  readonly allowsOrigin: AllowsOrigin
  readonly isDraining: () => boolean
  readonly refusals: Refusals
  readonly log: Log
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** Whether the address of a request has this path. A query string and a slash at the end do not matter. */
export function isAt({ url }: IncomingMessage, path: string): boolean {
  const asked = url?.split('?')[0]
  return asked === path || asked === `${path}/`
}

/**
 * Whether a request has a sensible `Host` header. Browsers and load balancers always send one, and without it the address of the request
 * cannot be made.
 */
function hasHost({ headers: { host } }: IncomingMessage): boolean {
  return URL.canParse(`http://${host}`)
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  explain(response, refusal.message)
  answerRefusal(response, refusal)
}

async function answerGraphQL(
  request: IncomingMessage,
  response: ServerResponse,
  { graphql }: HttpOptions,
): Promise<void> {
  const refusal = refuseRequest(request)
  if (refusal) return refuse(response, refusal)
  // `refuseRequest` accepts this header in any case and with parameters. Yoga compares it letter by letter.
  if (request.method === 'POST') request.headers['content-type'] = 'application/json'
  await graphql(request, response)
}

/** The answer to GET at a path other than that of GraphQL, such as `/live`; undefined when there is nothing at that path. */
function readable(request: IncomingMessage, { health, metrics }: HttpOptions): Answer | undefined {
  if (isAt(request, '/live')) return (_, response) => health.live(response)
  if (isAt(request, '/ready')) return (_, response) => health.ready(response)
  return isAt(request, '/metrics') ? metrics : undefined
}

async function route(request: IncomingMessage, response: ServerResponse, options: HttpOptions): Promise<void> {
  const { path, graphiql, pages, allowsOrigin, refusals } = options
  response.setHeader('x-content-type-options', 'nosniff')
  // Otherwise a load balancer that keeps connections open would go on using this one.
  if (options.isDraining()) response.setHeader('connection', 'close')
  const isGraphQL = isAt(request, path)
  // Before the CORS headers are set: the pages can contain a token, and no other page may read it.
  if (hasHost(request) && isGraphQL && graphiql && (await graphiql(request, response))) return
  if (hasHost(request) && !isGraphQL && pages && (await pages(request, response))) return
  // Every other answer has CORS headers, also a refusal: a page that cannot read it cannot say what is wrong.
  if (!allowOrigin(request, response, allowsOrigin)) refusals.reportOrigin(request, 'http')
  if (!hasHost(request)) return answerJson(response, 400, { status: 'bad request' })
  if (request.method === 'OPTIONS') return answerPreflight(request, response)
  if (isGraphQL) return answerGraphQL(request, response, options)
  const answer = readable(request, options)
  if (!answer) {
    explain(response, 'There is nothing here.')
    return answerJson(response, 404, { status: 'not found', graphql: path })
  }
  const refusal = refuseMethod(request, ['GET', 'HEAD'])
  return refusal ? refuse(response, refusal) : answer(request, response)
}

const PIPELINED: Refusal = {
  status: 429,
  code: 'RATE_LIMITED',
  message: 'Too many requests of this connection wait for their answers.',
  headers: { connection: 'close', 'retry-after': '1' },
}

/** Returns the handler of HTTP requests. When it fails, the error is logged and the answer is 500; the process goes on. */
export function createHttp(options: HttpOptions): RequestListener {
  const isPipelined = createIsPipelined()
  return (request, response) => {
    response.once('finish', () => {
      reportRefusal(options.refusals, request, response)
      // Drops what is left of a body: while a connection is not read, Node does not notice that its client has gone.
      if (!request.complete) request.resume()
    })
    if (isPipelined(request, response)) return refuse(response, PIPELINED)
    route(request, response, options).catch((err: unknown) => {
      options.log.error({ err }, 'a request failed')
      if (response.headersSent) response.destroy()
      else answerError(response, 500, 'INTERNAL_SERVER_ERROR', 'Something went wrong.')
    })
  }
}
