import type { IncomingMessage, ServerResponse } from 'node:http'
import { isLoopbackAddress, isLoopbackHost } from '../origins.ts'
import type { GraphiQLRole } from './examples.ts'
import { renderAssets, renderPage } from './page.ts'
import { createStaticFile, type StaticFile, sendStaticFile } from './static-file.ts'

export interface GraphiQLOptions {
  /** Makes tokens for newcomers; only for a Herald that this machine alone can reach. */
  readonly tokens?: Readonly<Record<GraphiQLRole, () => Promise<string>>> | undefined
}

/** Answers a request for the page or a part of it; false when it asks for neither. */
export type GraphiQL = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

const FOREVER = 'public, max-age=31536000, immutable'

/** The editor runs its workers from blobs. Nothing is loaded from, or sent to, anywhere but Herald. */
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

const isRole = (value: string | null): value is GraphiQLRole =>
  value === 'customer' || value === 'agent' || value === 'backend'

/** Runs `make` once, when first asked; after a failure the next one tries again. */
const once = <Value>(make: () => Promise<Value>): (() => Promise<Value>) => {
  let value: Promise<Value> | undefined
  return () => {
    value ??= make().catch((error: unknown) => {
      value = undefined
      throw error
    })
    return value
  }
}

/**
 * Whether somebody at this machine opened the page. A foreign name that was made to resolve to this machine would stand in
 * `Host`, and the script of another page that wants to read this one sends an origin, which opening a page does not.
 */
const isFromHere = (request: IncomingMessage): boolean =>
  isLoopbackHost(request) && isLoopbackAddress(request.socket.remoteAddress) && request.headers.origin === undefined

const sendPage = (response: ServerResponse, page: string): void => {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    'cache-control': 'no-store',
  })
  response.end(page)
}

/** Makes the page on which developers explore Herald. It needs no internet. */
export const createGraphiQL = ({ tokens }: GraphiQLOptions): GraphiQL => {
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

  const answerPage = async (request: IncomingMessage, response: ServerResponse, as: string | null): Promise<void> => {
    const role = isRole(as) ? as : 'customer'
    response.setHeader('content-security-policy', POLICY)
    response.setHeader('x-frame-options', 'DENY')
    response.setHeader('referrer-policy', 'no-referrer')
    if (isRole(as) && tokens && isFromHere(request)) {
      sendPage(response, renderPage({ assets: await assets(), role, token: await tokens[role]() }))
    } else sendStaticFile(request, response, await staticPage(role), 'no-cache')
  }

  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const asset = searchParams.get('asset')
    if (asset !== null) await answerAsset(request, response, asset)
    else if (request.headers.accept?.includes('text/html')) await answerPage(request, response, searchParams.get('as'))
    else return false
    return true
  }
}
