import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSameSecret } from '../../auth/secrets.ts'
import type { Cast } from '../cast.ts'
import { isFromHere } from '../origins.ts'
import { createStaticFile, type StaticFile, sendStaticFile } from '../static-file.ts'
import type { GraphiQLRole } from './examples.ts'
import { renderAssets, renderPage } from './page.ts'

export interface GraphiQLOptions {
  /** Puts tokens of these people into the page. Only for a Herald that this machine alone can reach. */
  readonly cast?: Cast | undefined
}

/**
 * Answers a request for the GraphiQL page, its script or its style. Resolves to false, without an answer, when the request asks for none of
 * them.
 */
export type GraphiQL = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

const FOREVER = 'public, max-age=31536000, immutable'

/** The Content-Security-Policy of the page. Nothing is loaded from elsewhere than Herald; `blob:` is for the workers of the editor. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline' blob:",
  'worker-src blob:',
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

function isRole(value: string | null): value is GraphiQLRole {
  return value === 'customer' || value === 'agent' || value === 'backend'
}

/**
 * Returns a function that runs `make` when it is first called, and gives the same result from then on. After a failure the next call tries
 * again.
 */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let value: Promise<Value> | undefined
  return () => {
    value ??= make().catch((error: unknown) => {
      value = undefined
      throw error
    })
    return value
  }
}

function sendPage(response: ServerResponse, page: string): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    'cache-control': 'no-store',
  })
  response.end(page)
}

/** Returns the GraphiQL page, on which developers explore Herald. It needs no internet. */
export function createGraphiQL({ cast }: GraphiQLOptions): GraphiQL {
  const assets = once(renderAssets)
  const pages = new Map<GraphiQLRole, () => Promise<StaticFile>>()

  const staticPage = (role: GraphiQLRole): Promise<StaticFile> => {
    const page =
      pages.get(role) ??
      once(async () =>
        createStaticFile('text/html; charset=utf-8', renderPage({ assets: await assets(), role, token: undefined })),
      )
    pages.set(role, page)
    return page()
  }

  const answerAsset = async (request: IncomingMessage, response: ServerResponse, hash: string): Promise<void> => {
    const found = Object.values(await assets()).find((asset) => asset.hash === hash)
    if (found) sendStaticFile(request, response, found, FOREVER)
    else response.writeHead(404, { 'cache-control': 'no-store' }).end()
  }

  const tokenFor = async (
    request: IncomingMessage,
    role: GraphiQLRole,
    key: string | null,
  ): Promise<string | undefined> =>
    cast && isFromHere(request) && isSameSecret(key ?? '', cast.key) ? cast.people[role].token() : undefined

  const answerPage = async (
    request: IncomingMessage,
    response: ServerResponse,
    asked: URLSearchParams,
  ): Promise<void> => {
    const as = asked.get('as')
    const role = isRole(as) ? as : 'customer'
    const token = isRole(as) ? await tokenFor(request, role, asked.get('key')) : undefined
    response.setHeader('content-security-policy', POLICY)
    response.setHeader('x-frame-options', 'DENY')
    response.setHeader('referrer-policy', 'no-referrer')
    if (token !== undefined) sendPage(response, renderPage({ assets: await assets(), role, token }))
    else sendStaticFile(request, response, await staticPage(role), 'no-cache')
  }

  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const asset = searchParams.get('asset')
    if (asset !== null) await answerAsset(request, response, asset)
    else if (request.headers.accept?.includes('text/html')) await answerPage(request, response, searchParams)
    else return false
    return true
  }
}
