import { type Failure, HeraldError, type HeraldErrorCode } from './errors.ts'
import type { Tokens } from './token.ts'

/** Where and how Herald is asked. */
export interface Endpoint {
  readonly url: string
  readonly tokens: Tokens
  readonly timeoutMs: number
}

interface GraphQLError {
  readonly message: string
  readonly extensions?: Readonly<Record<string, unknown>>
}

interface Answer {
  readonly data?: unknown
  readonly errors?: readonly GraphQLError[]
}

/** Failures before a request left, after which nobody can have got it. */
const NEVER_LEFT: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

const SAYS_RETRY_AFTER = 1_000

function unreachable(url: string, cause: unknown): HeraldError {
  const { code } = ((cause as Error).cause ?? {}) as { readonly code?: unknown }
  const why = code ?? (cause as Error).name
  return new HeraldError(`Herald at ${url} gave no answer (${why}).`, {
    code: 'UNREACHABLE',
    mayBeDone: !NEVER_LEFT.has(code),
    cause,
  })
}

/** What stands in front of Herald has answered instead of it. Of 502 and 504 it is not known what Herald did. */
function notHerald({ status, headers }: Response, text: string): HeraldError {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  const location = headers.get('location')
  const said = location === null ? text.slice(0, 200) : `it leads to ${location}, where nothing is sent`
  return new HeraldError(`What answered is no Herald (HTTP ${status}): ${said}`, {
    code: status === 429 ? 'RATE_LIMITED' : status >= 502 && status <= 504 ? 'SERVICE_UNAVAILABLE' : 'NO_HERALD',
    mayBeDone: status >= 500 && status !== 503,
    retryAfterMs: Number.isNaN(seconds) ? undefined : seconds * SAYS_RETRY_AFTER,
  })
}

function refused({ message, extensions = {} }: GraphQLError): HeraldError {
  const { code = 'INTERNAL_SERVER_ERROR', retryAfterMs, mayBeStored } = extensions
  const failure: Failure = {
    code: code as HeraldErrorCode,
    extensions,
    mayBeDone: mayBeStored === true || code === 'INTERNAL_SERVER_ERROR',
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined,
  }
  return new HeraldError(message, failure)
}

function parse(text: string): Answer | undefined {
  try {
    const answer = JSON.parse(text) as Answer
    return answer?.data !== undefined || Array.isArray(answer?.errors) ? answer : undefined
  } catch {
    return undefined
  }
}

/** The header with a token. Throws a TypeError, without the token in it, for what cannot stand in a header. */
function authorizationOf(token: string): string {
  if (/[^!-~]/.test(token)) throw new TypeError('The token has a character that no token has, such as a line break.')
  return `Bearer ${token}`
}

async function askWith(endpoint: Endpoint, query: string, variables: unknown, token: string): Promise<unknown> {
  const { url, timeoutMs } = endpoint
  const headers = {
    'content-type': 'application/json',
    accept: 'application/graphql-response+json, application/json',
    authorization: authorizationOf(token),
  }
  const body = JSON.stringify({ query, variables })
  let response: Response
  let text: string
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    response = await fetch(url, { method: 'POST', redirect: 'manual', headers, body, signal })
    text = await response.text()
  } catch (cause) {
    throw unreachable(url, cause)
  }
  const answer = parse(text)
  if (!answer) throw notHerald(response, text)
  const [error] = answer.errors ?? []
  if (error) throw refused(error)
  return answer.data
}

/**
 * Sends an operation once, or twice when the token was refused. Resolves to its data. Throws a HeraldError, or a TypeError for what cannot be
 * sent.
 */
export async function ask(endpoint: Endpoint, query: string, variables: unknown): Promise<unknown> {
  try {
    return await askWith(endpoint, query, variables, await endpoint.tokens(false))
  } catch (error) {
    if (!(error instanceof HeraldError) || error.code !== 'UNAUTHENTICATED') throw error
    return askWith(endpoint, query, variables, await endpoint.tokens(true))
  }
}
