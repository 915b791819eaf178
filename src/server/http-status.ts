import type { ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import { codeOf } from '../graphql/errors.ts'
import type { ErrorCode } from '../lib/errors.ts'
import { answerJson } from './answer.ts'

/** The status of a request that failed before anything was executed. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  CURSOR_EXPIRED: 410,
  PERSISTED_QUERY_NOT_FOUND: 400,
  PERSISTED_QUERY_NOT_SUPPORTED: 400,
  SERVICE_UNAVAILABLE: 503,
  INTERNAL_SERVER_ERROR: 500,
}

/** What Yoga makes the status and headers of a response of. */
export interface HttpExtension {
  readonly status: number
  /** Leaves the status at 200 for clients that accept nothing newer than application/json, as GraphQL over HTTP wants it. */
  readonly spec?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

function headersFor(code: ErrorCode, { retryAfterMs }: GraphQLError['extensions']): Readonly<Record<string, string>> {
  return {
    ...(code === 'UNAUTHENTICATED' ? { 'www-authenticate': 'Bearer' } : {}),
    ...(typeof retryAfterMs === 'number' ? { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) } : {}),
  }
}

function httpFor(error: GraphQLError): HttpExtension {
  const code = codeOf(error)
  return {
    status: STATUS[code],
    ...(STATUS[code] === 400 ? { spec: true } : {}),
    headers: headersFor(code, error.extensions),
  }
}

/** What Yoga itself says of a request that it could not read. A body that is no JSON is 400 for every client. */
function httpOfYoga(error: unknown): HttpExtension | undefined {
  if (!(error instanceof GraphQLError)) return undefined
  const { http, originalError } = error.extensions as { http?: HttpExtension; originalError?: unknown }
  return http && originalError ? { ...http, spec: false } : http
}

/** Adds to an error of a whole request what Yoga makes the status of, and takes off before it sends the error. */
export function withStatus(error: unknown, masked: GraphQLError): GraphQLError {
  const { path, extensions } = masked
  if (!path && !('http' in extensions)) Object.assign(extensions, { http: httpOfYoga(error) ?? httpFor(masked) })
  return masked
}

/** Answers that nothing of a request is read, to clients that take JSON. Without Yoga, so that whoever is refused costs little. */
export function answerRefused(response: ServerResponse, error: GraphQLError): void {
  const { status, headers = {} } = httpFor(error)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  answerJson(response, status, { errors: [{ message: error.message, extensions: error.extensions }] })
}
