import { WebSocket } from 'ws'

// The process of `crowd.ts`: sockets that follow one subscription each, looked at as text, because thousands of results a second
// would keep the tests themselves busy. It ends with the process that started it.

/** Sockets to open: one for each token, on the node with this URL. */
export interface Places {
  readonly url: string
  readonly tokens: readonly string[]
}

/** What is sent to the process: whom to connect, or what to wait for. It answers each with a report. */
export interface Order {
  readonly connect?: { readonly query: string | null; readonly places: readonly Places[] }
  /** Wait until every follower has got this number. */
  readonly until?: number
}

/** Each follower's numbers in the order of arrival, and how many sockets have closed. */
export interface Report {
  readonly numbers: readonly (readonly number[])[]
  readonly closed: number
}

const TITLE = /"title":"(-?\d+)"/
const CONNECTING_AT_ONCE = 50

const numbers: number[][] = []
let closed = 0

function connect(url: string, token: string, query: string | null): Promise<void> {
  const got: number[] = []
  numbers.push(got)
  const ws = new WebSocket(url, 'graphql-transport-ws')
  ws.on('open', () => ws.send(JSON.stringify({ type: 'connection_init', payload: { token } })))
  ws.on('close', () => {
    closed += 1
  })
  return new Promise((resolve, reject) => {
    ws.on('error', reject)
    ws.on('message', (data) => {
      const text = String(data)
      const number = text.match(TITLE)?.[1]
      if (number !== undefined) {
        got.push(Number(number))
      } else if (text.includes('"connection_ack"')) {
        if (query !== null) ws.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
        resolve()
      } else if (text.includes('"ping"')) ws.send(text.replace('"ping"', '"pong"'))
      else reject(new Error(text))
    })
  })
}

async function connectAll({ query, places }: NonNullable<Order['connect']>): Promise<void> {
  const all = places.flatMap(({ url, tokens }) => tokens.map((token) => ({ url, token })))
  for (let start = 0; start < all.length; start += CONNECTING_AT_ONCE) {
    await Promise.all(all.slice(start, start + CONNECTING_AT_ONCE).map(({ url, token }) => connect(url, token, query)))
  }
}

function everyoneHas(last: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (numbers.every((got) => got.includes(last))) resolve()
      else setTimeout(look, 50)
    }
    look()
  })
}

process.on('disconnect', () => process.exit())
process.on('message', async ({ connect: whom, until }: Order) => {
  if (whom) await connectAll(whom)
  if (until !== undefined) await everyoneHas(until)
  process.send?.({ numbers, closed } satisfies Report)
})
