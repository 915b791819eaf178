import type { Environment } from '../config.ts'
import { CommandError } from './command.ts'
import { givenToken, SIGNED_HERE, tokenFor } from './credentials.ts'
import { endpointOf, URL_HELP } from './endpoint.ts'

/** The options of commands that send an operation to Herald as a backend. */
export const ASKING_OPTIONS = {
  url: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

/** The help text for `ASKING_OPTIONS`. */
export const ASKING_HELP = `  ${URL_HELP}
  --token <token>  A backend's token; better give it as HERALD_TOKEN in the environment. Without either,
                   one is signed as "herald token" does.
  --json           Print the answer as JSON.`

interface Operation {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

interface Answer<Data> {
  readonly data?: Data | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

interface Place {
  readonly url: string
  readonly token: string
}

const TIMEOUT_MS = 30_000
const TOKEN_SECONDS = 60

async function post({ url, token }: Place, { query, variables }: Operation): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const reason = cause instanceof Error ? ('code' in cause ? cause.code : cause.message) : cause
    throw new CommandError(
      `Cannot reach ${url} (${reason}). Is Herald running there? Another port: set PORT, or give --url.`,
    )
  }
}

async function ask<Data>(place: Place, operation: Operation, advice: string): Promise<Data> {
  const { url } = place
  const response = await post(place, operation)
  const text = await response.text()
  let answer: Answer<Data>
  try {
    answer = JSON.parse(text)
  } catch {
    throw new CommandError(`${url} answered with status ${response.status} and no JSON. Is Herald there?`)
  }
  const [error] = answer.errors ?? []
  if (error) {
    const { code = 'Refused' } = error.extensions ?? {}
    throw new CommandError(`${code}: ${error.message}${code === 'UNAUTHENTICATED' ? advice : ''}`)
  }
  if (!answer.data) throw new CommandError(`${url} answered with status ${response.status} and no data.`)
  return answer.data
}

/**
 * Sends a query or mutation over HTTP, and resolves to its data. Its token is the given one, or one that is signed for this. Throws a
 * CommandError when Herald cannot be reached in 30 seconds, or refuses the operation.
 */
export async function askAsBackend<Data>(
  options: { readonly url?: string | undefined; readonly token?: string | undefined },
  env: Environment,
  operation: Operation,
): Promise<Data> {
  const url = endpointOf(options.url, env, 'http')
  const bearer = { userId: 'herald-cli', role: 'BACKEND', ttlSeconds: TOKEN_SECONDS } as const
  const advice = givenToken(options.token, env) === undefined ? ` ${SIGNED_HERE}` : ''
  return ask({ url, token: await tokenFor(options.token, env, bearer) }, operation, advice)
}
