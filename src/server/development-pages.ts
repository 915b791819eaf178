import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSameSecret } from '../auth/secrets.ts'
import { DEMO_POLICY, type DemoPerson, renderDemoPage } from './demo-page.ts'
import { createGraphiQL, type GraphiQL, type GraphiQLOptions, type GraphiQLTokens } from './graphiql/graphiql.ts'
import { isFromHere } from './origins.ts'
import { CODE_ENDING, readPageFile } from './page-code.ts'
import { renderStartPage } from './start-page.ts'
import { createStaticFile, JAVASCRIPT, type StaticFile, sendStaticFile } from './static-file.ts'
import { readVendorFile } from './vendor-files.ts'

interface DevelopmentPagesOptions {
  /** The path of the GraphQL endpoint. */
  readonly path: string
  /** Makes the tokens of the people of the demo, for visitors that know its key. */
  readonly tokens: GraphiQLTokens
}

/** Answers a request for a page for developers, or a file of one. Resolves to false, without an answer, when the request asks for none. */
export type DevelopmentPages = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

/** The Content-Security-Policy of the start page: it runs no script, and loads its style from Herald. */
const START_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Names such as `start/start.css`: nothing that leads out of the folder. */
const FILE = /^\/pages\/([a-z-]+\/[a-z-]+\.(css|ts|js))$/

function sendPage(response: ServerResponse, page: string, policy: string): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    'content-security-policy': policy,
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  })
  response.end(page)
}

/** Returns the files that pages load by their paths: code, styles and packages. Each is read and compressed once. */
function createFiles(): (path: string) => Promise<StaticFile | undefined> {
  const files = new Map<string, StaticFile>()
  return async (path) => {
    const [, name, ending] = FILE.exec(path) ?? []
    const known = files.get(path)
    const text = known ? undefined : name ? readPageFile(name) : readVendorFile(path)
    if (known || text === undefined) return known
    const file = await createStaticFile(ending === 'css' ? 'text/css; charset=utf-8' : JAVASCRIPT, text)
    files.set(path, file)
    return file
  }
}

async function peopleOf({ make }: GraphiQLTokens): Promise<readonly DemoPerson[]> {
  return [
    { id: 'alice', name: 'Alice', role: 'customer', token: await make.customer() },
    { id: 'bob', name: 'Bob', role: 'agent', token: await make.agent() },
    { id: 'chen', name: 'Chen', role: 'customer', token: await make.otherCustomer() },
    { id: 'shop', name: 'Shop', role: 'backend', token: await make.backend() },
  ]
}

/** Returns the pages for developers: the start page, the demo, and what they load. They are for a Herald that only this machine can reach. */
function createDevelopmentPages({ path, tokens }: DevelopmentPagesOptions): DevelopmentPages {
  const fileAt = createFiles()
  const hasDemo = readPageFile(`client/index${CODE_ENDING}`) !== undefined
  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const isPage = request.headers.accept?.includes('text/html')
    const key = isFromHere(request) && isSameSecret(searchParams.get('key') ?? '', tokens.key) ? tokens.key : undefined
    if (pathname === '/' && isPage) {
      sendPage(response, renderStartPage({ path, key, hasDemo }), START_POLICY)
      return true
    }
    if (hasDemo && pathname === '/demo' && isPage) {
      const people = key === undefined ? [] : await peopleOf(tokens)
      sendPage(response, renderDemoPage({ path, people }), DEMO_POLICY)
      return true
    }
    const file = pathname.startsWith('/pages/') ? await fileAt(pathname) : undefined
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
    pages: graphiql?.tokens && createDevelopmentPages({ path, tokens: graphiql.tokens }),
  }
}
