import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { askHerald, herald } from '../peers/herald.ts'
import { sign } from '../peers/tokens.ts'
import { makeHome, type Server, startServer } from '../processes/server.ts'

/** How long it took to tell somebody all that it had missed. */
export interface CatchUpSample {
  readonly title: string
  readonly database: 'SQLite' | 'Postgres'
  readonly changes: number
  readonly ms: number
}

const USER = 'ada'
/** Calls of one request, and ids of one call. */
const CALLS = 25
const IDS = 1_000
const PARALLEL = 8

const CURSOR = '{ notifications(first: 1) { resumeCursor } }'
const ADDED = 'subscription ($after: Cursor!) { notificationAdded(after: $after) { id title } }'
const EVENTS = `subscription ($after: Cursor!) {
  notificationEvents(after: $after) {
    ... on NotificationAdded { notification { id title } }
    ... on NotificationsMarked { ids }
  }
}`
const MARK = 'mutation ($ids: [ID!]!) { markAsRead(ids: $ids) { changed } }'
const NOTIFY = `mutation { ${Array.from(
  { length: CALLS },
  (_, n) => `n${n}: notify(input: { userIds: ["${USER}"], notification: { type: "bench.event", title: "Bench" } }) {
    recipients
  }`,
).join(' ')} }`

/** What an item tells of, by its shape. */
interface Item {
  readonly id?: string
  readonly notification?: { readonly id: string }
  readonly ids?: readonly string[]
}

function idsOf({ id, notification, ids }: Item): readonly string[] {
  return ids ?? [id ?? notification?.id ?? '']
}

/** Catches up with a stock client until it was told of so many; returns of which, in order, and how long that took. */
async function catchUp({ url }: Server, query: string, after: string, changes: number) {
  const token = await sign(USER, 'customer')
  const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { token } })
  const seen: string[] = []
  const began = performance.now()
  for await (const { data, errors } of client.iterate<Readonly<Record<string, Item>>>({
    query,
    variables: { after },
  })) {
    if (errors) throw new Error(JSON.stringify(errors))
    for (const item of Object.values(data ?? {})) seen.push(...idsOf(item))
    if (seen.length >= changes) break
  }
  const ms = performance.now() - began
  await client.dispose()
  if (new Set(seen).size !== changes) throw new Error(`Told of ${new Set(seen).size} instead of ${changes}`)
  return { seen, ms }
}

async function store({ url }: Server, count: number): Promise<void> {
  let left = Math.ceil(count / CALLS)
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await askHerald(url, NOTIFY)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
}

/** Somebody misses so many notifications, and then that all of them were marked as read; a fresh node. */
export async function measureCatchUp(changes: number, databaseUrl?: string): Promise<readonly CatchUpSample[]> {
  const database = databaseUrl === undefined ? 'SQLite' : 'Postgres'
  const limits = { MAX_USER_COST_PER_SECOND: '1000000', MAX_WRITES_PER_MINUTE: '1000000' }
  const home = makeHome(databaseUrl === undefined ? limits : { ...limits, DATABASE_URL: databaseUrl })
  const server = await startServer(herald, home)
  try {
    const ask = (query: string, variables = {}) => askHerald(server.url, query, variables, sign(USER, 'customer'))
    const cursor = async (): Promise<string> => {
      const { notifications } = await ask(CURSOR)
      return (notifications as { readonly resumeCursor: string }).resumeCursor
    }
    const before = await cursor()
    await store(server, changes)
    const between = await cursor()
    const added = await catchUp(server, ADDED, before, changes)
    const events = await catchUp(server, EVENTS, before, changes)
    for (let n = 0; n < changes; n += IDS) await ask(MARK, { ids: added.seen.slice(n, n + IDS) })
    const marked = await catchUp(server, EVENTS, between, changes)
    return [
      { title: 'notificationAdded: what arrived', database, changes, ms: added.ms },
      { title: 'notificationEvents: what arrived', database, changes, ms: events.ms },
      { title: `notificationEvents: marked as read, ${IDS} at a time`, database, changes, ms: marked.ms },
    ]
  } finally {
    await server.kill()
    home.remove()
  }
}
