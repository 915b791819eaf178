import type * as GraphQLWs from 'graphql-ws'

/** The script of graphql-ws, which the page loads first. */
declare const graphqlWs: typeof GraphQLWs
/** The options of GraphiQL, which the page writes. */
declare const heraldGraphiQL: { fetcher?: Fetcher }

interface Asked {
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly operationName?: string | null | undefined
}

interface Surroundings {
  readonly headers?: Record<string, string>
}

/** An operation of a document. */
interface Operation {
  readonly kind: string
  readonly name: string | undefined
}

/** What GraphiQL calls when somebody presses stop. */
interface Following {
  unsubscribe(): void
}

interface Observer {
  next(shown: unknown): void
  complete(): void
}

type Fetcher = (asked: Asked, surroundings?: Surroundings) => unknown

/** How many results of a subscription stay on the page. */
const KEPT = 100
const PING_MS = 10_000

function counted(count: number): string {
  if (count === 0) return 'nothing has come yet'
  return count === 1 ? '1 result' : `${count} results, the newest first`
}

/** What is shown of a subscription: how it is, and its results, the newest first. GraphiQL itself shows only the latest. */
function createShown(observer: Observer) {
  const results: [string, unknown][] = []
  let count = 0
  const show = (status: string): void => {
    observer.next({ status: `${status}: ${counted(count)}`, ...Object.fromEntries(results) })
  }
  const add = (result: unknown): void => {
    count += 1
    results.unshift([`${count} at ${new Date().toLocaleTimeString('en-GB')}`, result])
    results.length = Math.min(results.length, KEPT)
  }
  return { show, add }
}

function follow(
  { query, variables, operationName }: Asked,
  headers: Record<string, string>,
  observer: Observer,
): Following {
  const { show, add } = createShown(observer)
  const url = new URL(location.pathname, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  const client = graphqlWs.createClient({
    url: url.href,
    connectionParams: headers,
    lazy: true,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    keepAlive: PING_MS,
    on: {
      connected: () => show('Listening\u2026'),
      closed: () => show('The connection was lost, and is opened again\u2026'),
    },
  })
  const end = (status: string): void => {
    void client.dispose()
    show(status)
    observer.complete()
  }
  show('Connecting\u2026')
  const stop = client.subscribe(
    { query, variables, operationName: operationName ?? undefined },
    {
      next: (result) => {
        add(result)
        show('Listening\u2026')
      },
      error: (error) => {
        const { code, reason } = error as CloseEvent
        add(
          error instanceof Error
            ? { message: error.message }
            : Array.isArray(error)
              ? { errors: error }
              : { code, reason },
        )
        end('Refused')
      },
      complete: () => end('Ended'),
    },
  )
  return { unsubscribe: stop }
}

async function ask(asked: Asked, headers: Record<string, string>): Promise<unknown> {
  const answer = await fetch(location.pathname, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(asked),
  })
  return answer.json()
}

/** Comments and strings, in which words and brackets mean nothing. */
const MEANINGLESS = /#.*|"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n])*"/g

/** The operations of a document. Pairs of brackets are taken out from the inside, so that what stands before the last ones is left. */
function operationsIn(document: string): readonly Operation[] {
  let text = document.replace(MEANINGLESS, ' ')
  for (let before = ''; before !== text; ) {
    before = text
    text = text.replace(/\([^(){}[\]]*\)|\[[^(){}[\]]*\]/g, ' ').replace(/\{[^(){}[\]]*\}/g, ';')
  }
  const heads = text.split(';').slice(0, -1)
  return heads
    .map((head) => /^\s*(\w*)\s*(\w*)/.exec(head) ?? [])
    .map(([, kind, name]) => ({ kind: kind || 'query', name: name || undefined }))
    .filter(({ kind }) => kind !== 'fragment')
}

/**
 * Sends what GraphiQL asks for: subscriptions over a WebSocket, all else over HTTP. The headers of its editor are sent with both. Which operation
 * it is comes from the document: what GraphiQL says of it is that of the tab before, when somebody has just changed tabs.
 */
heraldGraphiQL.fetcher = (asked, { headers = {} } = {}) => {
  const operations = operationsIn(asked.query)
  const operation = operations.find(({ name }) => name === asked.operationName) ?? operations[0]
  const corrected = { ...asked, operationName: operation?.name }
  if (operation?.kind !== 'subscription') return ask(corrected, headers)
  return { subscribe: (observer: Observer) => follow(corrected, headers, observer) }
}
