import type { ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import { codeOf } from '../graphql/errors.ts'
import type { ErrorCode } from '../lib/errors.ts'
import { answerJson } from './answer.ts'

/** The HTTP status of a request that failed before anything was executed, by the code of its error. */
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

/** `extensions.http` of an error: Yoga takes the status and headers of the response from it. */
export interface HttpExtension {
  readonly status: number
  /** True: the status stays 200 for clients that accept nothing newer than application/json, as GraphQL over HTTP demands. */
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

/**
 * The status that an error brings along: Yoga's own, or that of `unreadable`. When the request could not be read (`originalError`), it
 * holds for every client, whatever that accepts.
 */
function httpOfYoga(error: unknown): HttpExtension | undefined {
  if (!(error instanceof GraphQLError)) return undefined
  const { http, originalError } = error.extensions as { http?: HttpExtension; originalError?: unknown }
  return http && originalError ? { ...http, spec: false } : http
}

/**
 * Adds `extensions.http` with the HTTP status to an error of a whole request; Yoga removes it again before it sends the error. An error of
 * a single field, which has a `path`, stays as it is. Returns `masked`.
 */
export function withStatus(error: unknown, masked: GraphQLError): GraphQLError {
  const { path, extensions } = masked
  if (!path && !('http' in extensions)) Object.assign(extensions, { http: httpOfYoga(error) ?? httpFor(masked) })
  return masked
}

/** Answers a request with a refusal in JSON, without reading its body. Goes past Yoga, so that many refusals cost little. */
export function answerRefused(response: ServerResponse, error: GraphQLError): void {
  const { status, headers = {} } = httpFor(error)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  answerJson(response, status, { errors: [{ message: error.message, extensions: error.extensions }] })
}
