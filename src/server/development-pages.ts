import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSameSecret } from '../auth/secrets.ts'
import type { Cast, CastMember } from './cast.ts'
import { DEMO_POLICY, type DemoPerson, renderDemoPage } from './demo-page.ts'
import { createGraphiQL, type GraphiQL, type GraphiQLOptions } from './graphiql/graphiql.ts'
import { isFromHere, isFromThisMachine } from './origins.ts'
import { CODE_ENDING, readPageFile } from './page-code.ts'
import { renderStartPage } from './start-page.ts'
import { createStaticFile, JAVASCRIPT, type StaticFile, sendStaticFile } from './static-file.ts'
import { readVendorFile } from './vendor-files.ts'

/** What the demo needs. */
export interface DemoOptions {
  /** Whose tokens it gives to visitors that know the key. */
  readonly cast: Cast
  /** Whether whoever knows the key may open it, and not only this machine. Then there is no start page. */
  readonly isForAll: boolean
  /** Stops this Herald and starts it anew. Undefined: it cannot be done here. */
  readonly restart?: (() => void) | undefined
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

async function withToken({ id, name, role, token }: CastMember): Promise<DemoPerson> {
  return { id, name, role, token: await token() }
}

/** In the order in which the demo shows them. */
function peopleOf({ people }: Cast): Promise<readonly DemoPerson[]> {
  const { customer, agent, otherCustomer, backend } = people
  return Promise.all([customer, agent, otherCustomer, backend].map(withToken))
}

/** Returns the demo, the start page of development, and what they load. `path` is that of the GraphQL endpoint. */
function createDevelopmentPages(path: string, { cast, isForAll, restart }: DemoOptions): DevelopmentPages {
  const files = createFiles()
  const hasDemo = readPageFile(`client/index${CODE_ENDING}`) !== undefined
  const knowsKey = ({ searchParams }: URL): boolean => isSameSecret(searchParams.get('key') ?? '', cast.key)

  const pageAt = async (
    url: URL,
    { isKnown, port }: { readonly isKnown: boolean; readonly port: number },
  ): Promise<readonly [page: string, policy: string] | undefined> => {
    const key = isKnown ? cast.key : undefined
    if (url.pathname === '/' && !isForAll) return [renderStartPage({ path, key, hasDemo, port }), START_POLICY]
    if (url.pathname !== '/demo' || !hasDemo) return undefined
    const people = isKnown ? await peopleOf(cast) : []
    return [
      renderDemoPage({ path, people, restart: isKnown && restart ? `/demo/restart?key=${cast.key}` : null }),
      DEMO_POLICY,
    ]
  }

  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (request.method === 'POST') {
      if (url.pathname !== '/demo/restart' || !restart || !isFromThisMachine(request) || !knowsKey(url)) return false
      response.writeHead(202).end(restart)
      return true
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    if (request.headers.accept?.includes('text/html')) {
      const isKnown = knowsKey(url) && (isForAll || isFromHere(request))
      const found = await pageAt(url, { isKnown, port: request.socket.localPort ?? 0 })
      if (found) sendPage(response, ...found)
      if (found) return true
    }
    const file = url.pathname.startsWith('/pages/') ? await files(url.pathname) : undefined
    if (file) sendStaticFile(request, response, file, 'no-cache')
    return file !== undefined
  }
}

/** The pages that people open in a browser, of which each can be missing. */
export interface Pages {
  readonly graphiql: GraphiQL | undefined
  readonly pages: DevelopmentPages | undefined
}

export interface PagesOptions {
  readonly graphiql?: GraphiQLOptions | undefined
  readonly demo?: DemoOptions | undefined
}

/** Returns the pages at the endpoint `path` and beside it. */
export function createPages(path: string, { graphiql, demo }: PagesOptions): Pages {
  return {
    graphiql: graphiql && createGraphiQL(graphiql),
    pages: demo && createDevelopmentPages(path, demo),
  }
}
