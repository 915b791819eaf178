import type * as GraphQLWs from 'graphql-ws'

/** The script of graphql-ws, which the page loads first. */
declare const graphqlWs: typeof GraphQLWs
/** The options of GraphiQL, which the page writes. */
declare const heraldGraphiQL: { fetcher?: Fetcher }

interface Definition {
  readonly kind: string
  readonly operation?: string
  readonly name?: { readonly value: string } | undefined
}

interface Asked {
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly operationName?: string | null
}

interface Surroundings {
  readonly headers?: Record<string, string>
  readonly documentAST?: { readonly definitions: readonly Definition[] } | null
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

function isSubscription({ operationName }: Asked, { documentAST }: Surroundings): boolean {
  const operations = documentAST?.definitions.filter(({ kind }) => kind === 'OperationDefinition') ?? []
  const asked = operations.find(({ name }) => name?.value === operationName) ?? operations[0]
  return asked?.operation === 'subscription'
}

/** Sends what GraphiQL asks for: subscriptions over a WebSocket, all else over HTTP. The headers of its editor are sent with both. */
heraldGraphiQL.fetcher = (asked, surroundings = {}) => {
  const headers = surroundings.headers ?? {}
  if (!isSubscription(asked, surroundings)) return ask(asked, headers)
  return { subscribe: (observer: Observer) => follow(asked, headers, observer) }
}
