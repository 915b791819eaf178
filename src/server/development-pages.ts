import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSameSecret } from '../auth/secrets.ts'
import { createGraphiQL, type GraphiQL, type GraphiQLOptions } from './graphiql/graphiql.ts'
import { isFromHere } from './origins.ts'
import { readPageFile } from './page-code.ts'
import { renderStartPage } from './start-page.ts'
import { createStaticFile, JAVASCRIPT, type StaticFile, sendStaticFile } from './static-file.ts'

interface DevelopmentPagesOptions {
  /** The path of the GraphQL endpoint. */
  readonly path: string
  /** The secret in the links that Herald prints at the start. */
  readonly key: string
}

/** Answers a request for a page for developers, or a file of one. Resolves to false, without an answer, when the request asks for none. */
export type DevelopmentPages = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

/** The Content-Security-Policy of the start page: it runs no script, and loads its style from Herald. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const TYPES = { css: 'text/css; charset=utf-8', ts: JAVASCRIPT, js: JAVASCRIPT } as const

/** Names such as `start/start.css`: nothing that leads out of the folder. */
const FILE = /^\/pages\/([a-z-]+\/[a-z-]+\.(css|ts|js))$/

function sendPage(response: ServerResponse, page: string): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    'content-security-policy': POLICY,
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  })
  response.end(page)
}

/** Returns the pages for developers: the start page at `/`, and what it loads. They are for a Herald that only this machine can reach. */
function createDevelopmentPages({ path, key }: DevelopmentPagesOptions): DevelopmentPages {
  const files = new Map<string, StaticFile>()

  const fileAt = async (pathname: string): Promise<StaticFile | undefined> => {
    const [, name = '', ending] = FILE.exec(pathname) ?? []
    const known = files.get(name)
    const text = known ? undefined : readPageFile(name)
    if (known || text === undefined) return known
    const file = await createStaticFile(TYPES[ending as keyof typeof TYPES], text)
    files.set(name, file)
    return file
  }

  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/' && request.headers.accept?.includes('text/html')) {
      const knows = isFromHere(request) && isSameSecret(searchParams.get('key') ?? '', key)
      sendPage(response, renderStartPage({ path, key: knows ? key : undefined }))
      return true
    }
    const file = FILE.test(pathname) ? await fileAt(pathname) : undefined
    if (file) sendStaticFile(request, response, file, 'no-cache')
    return file !== undefined
  }
}

/** The pages that people open in a browser, of which each can be missing. */
export interface Pages {
  readonly graphiql: GraphiQL | undefined
  readonly pages: DevelopmentPages | undefined
}

/** Returns the pages at the endpoint `path` and beside it. Without development tokens there is GraphiQL at most. */
export function createPages(path: string, graphiql: GraphiQLOptions | undefined): Pages {
  return {
    graphiql: graphiql && createGraphiQL(graphiql),
    pages: graphiql?.tokens && createDevelopmentPages({ path, key: graphiql.tokens.key }),
  }
}
