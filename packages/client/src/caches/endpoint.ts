import { createHeraldClient, type HeraldClient, type HeraldClientOptions } from '../client.ts'
import type { Result } from '../operation.ts'
import { createTokens } from '../tokens.ts'
import { TIMES } from '../waiting.ts'

/** Herald as clients with a cache of their own reach it: by a connection, and by single requests over HTTP. */
export interface HeraldEndpoint {
  readonly herald: HeraldClient
  /** With `http:` or `https:`, or a path on the host of the page. */
  readonly url: string
  /** A `fetch` that gives each request a token that is still good, and ends a request that gets no answer. */
  readonly fetch: typeof fetch
}

/** The reasons of UNAUTHENTICATED for which another token helps. */
const ANOTHER_TOKEN: readonly unknown[] = ['expired', 'revoked', 'ended']

/** Whether Herald says that the token has to be replaced. The answer can still be read after this. */
async function needsToken(response: Response): Promise<boolean> {
  if (response.status !== 401) return false
  try {
    const { errors } = (await response.clone().json()) as Result
    return ANOTHER_TOKEN.includes(errors?.[0]?.extensions?.['reason'])
  } catch {
    return false
  }
}

/** Makes a client of the kit, and what sends single requests with the same tokens. Nothing is connected by this. */
export function openEndpoint(options: HeraldClientOptions): HeraldEndpoint {
  const { token = null, fetch: send = (...args) => fetch(...args) } = options
  const silence = options.times?.silence ?? TIMES.silence
  const tokens = createTokens(token, () => herald.dispose())
  let given: string | null | undefined
  const herald = createHeraldClient({
    ...options,
    token: async (refused) => {
      if (refused !== null && refused === given) tokens.refuse()
      given = await tokens.fresh()
      return given
    },
  })

  const sendOnce = async (input: Parameters<typeof fetch>[0], init: RequestInit = {}): Promise<Response> => {
    const ending = new AbortController()
    const end = (): void => ending.abort()
    const timer = setTimeout(end, silence)
    init.signal?.addEventListener('abort', end)
    try {
      const headers = new Headers(init.headers)
      const held = await tokens.held()
      if (held) headers.set('authorization', `Bearer ${held}`)
      return await send(input, { ...init, headers, signal: ending.signal })
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    herald,
    url: options.url.replace(/^ws/, 'http'),
    fetch: async (input, init) => {
      if (herald.internals.over.aborted) throw new Error('The client was disposed of.')
      const response = await sendOnce(input, init)
      if (!(await needsToken(response))) return response
      tokens.refuse()
      return sendOnce(input, init)
    },
  }
}
