import type { ClientTimes } from './waiting.ts'

/** Where and how requests are sent. */
export interface HttpEndpoint {
  /** With `http:` or `https:`. */
  readonly url: () => string
  readonly fetch: typeof fetch
  readonly times: ClientTimes
}

/** Whether Herald answers by HTTP. */
export async function isAnsweredOverHttp({ url, fetch, times }: HttpEndpoint): Promise<boolean> {
  const ending = new AbortController()
  const timer = setTimeout(() => ending.abort(), times.connecting)
  try {
    const { ok } = await fetch(url(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: '{"query":"{__typename}"}',
      signal: ending.signal,
    })
    return ok
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
