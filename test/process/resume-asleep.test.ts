import { type Client, createClient } from 'graphql-ws'
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { signTestToken } from '../support/app.ts'
import { newPrefix } from '../support/redis.ts'
import { openScene, openTicket, type Scene, say } from '../support/resume.ts'
import { SleepingSocket } from '../support/sleeping-socket.ts'
import { STOCK_CLIENTS } from '../support/stock-clients.ts'

/** Less than between two pings, of which the second would find a peer that had no time to answer. */
const STEP_MS = 11_000
/** Longer than any client that is awake needs to answer. */
const STEPS = 8

const LOGS = {
  notificationAdded: 'subscription { notificationAdded { title } }',
  notificationEvents: 'subscription { notificationEvents { ... on NotificationAdded { notification { title } } } }',
  ticketMessage: 'subscription { ticketMessage(ticketId: "42") { title: body } }',
}

interface Page {
  readonly socket: () => SleepingSocket
  /** The titles that each subscription got. */
  readonly received: Readonly<Record<string, readonly string[]>>
  /** What results said about being continued, other than that all is well. */
  readonly said: readonly unknown[]
  /** Resolves when each subscription has received a title. */
  receives(title: string): Promise<void>
  /** Moves to another server. */
  moveTo(scene: Scene): void
}

beforeEach(() => {
  SleepingSocket.opened = []
  SleepingSocket.fallsAsleep = false
})

function titleOf(data: unknown): string {
  return JSON.stringify(data).match(/"title":"(\w+)"/)?.[1] ?? ''
}

/** All that was subscribed before has begun, once this is answered. */
async function settle(client: Client): Promise<void> {
  for await (const { errors } of client.iterate({ query: '{ unreadCount { count } }' })) expect(errors).toBeUndefined()
}

/** A socket that keeps what results say about being continued, which not every client shows, and tells of each subscription. */
function listening(client: Client, said: unknown[], onSubscribe: () => void): Client {
  return {
    ...client,
    // It rejects where a connection is tried again while servers end.
    dispose: () => Promise.resolve(client.dispose()).catch(() => {}),
    subscribe: (payload, sink) => {
      const next: typeof sink.next = (result) => {
        const { resume = null } = (result.extensions ?? {}) as { readonly resume?: unknown }
        if (resume !== null) said.push(resume)
        sink.next(result)
      }
      onSubscribe()
      return client.subscribe(payload, {
        ...sink,
        next,
        error: sink.error.bind(sink),
        complete: sink.complete.bind(sink),
      })
    },
  }
}

/** A page with a stock client, which follows every log on one socket. */
async function openPage(scene: Scene, name = 'graphql-ws'): Promise<Page> {
  let { wsUrl } = scene.app
  const received: Record<string, string[]> = {}
  const said: unknown[] = []
  const waiting = new Set<() => void>()
  const authorization = `Bearer ${await signTestToken('alice')}`
  const stock = createClient({
    url: () => wsUrl,
    webSocketImpl: SleepingSocket,
    connectionParams: { authorization },
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 5)),
  })
  let subscribed = 0
  const client = listening(stock, said, () => {
    subscribed += 1
  })
  onTestFinished(() => client.dispose() as Promise<void>)
  const used = STOCK_CLIENTS[name]?.(client)
  for (const [log, query] of Object.entries(LOGS)) {
    const own: string[] = []
    received[log] = own
    const next = (data: unknown): void => {
      own.push(titleOf(data))
      for (const look of waiting) look()
    }
    used?.follow(query, {}, next, (error) => own.push(String(error)))
  }
  // Not every client does it at once.
  await expect.poll(() => subscribed).toBe(Object.keys(LOGS).length)
  await settle(client)
  return {
    received,
    said,
    socket: () => SleepingSocket.opened.at(-1) as SleepingSocket,
    moveTo: ({ app }) => {
      wsUrl = app.wsUrl
    },
    receives: (title) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!Object.values(received).every((own) => own.includes(title))) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

/** A Herald with a ticket of alice's. */
async function openWithTicket(dataDir?: string, env?: Environment): Promise<Scene> {
  const scene = await openScene(dataDir, env)
  await openTicket(scene, 'alice')
  return scene
}

/** Something happens in every log. */
async function tell(scene: Scene, title: string): Promise<void> {
  await scene.notify(title)
  await say(scene, title)
}

/** Time passes for a server and a page that sleeps, but whose browser answers. */
async function sleepLong({ clock }: Scene, socket: SleepingSocket): Promise<void> {
  for (let steps = 0; steps < STEPS; steps += 1) {
    clock.advance(STEP_MS)
    await socket.reach()
  }
}

function expectReceived({ received, said }: Page, ...titles: readonly string[]): void {
  expect(received).toEqual(Object.fromEntries(Object.keys(LOGS).map((name) => [name, titles])))
  expect(said).toEqual([])
}

test.each([
  ['after its first results', 'graphql-ws', ['Before']],
  ['before its first result', 'graphql-ws', []],
  ['after its first results', 'Apollo Client 4', ['Before']],
  ['after its first results', 'Apollo Client 3', ['Before']],
  ['after its first results', 'urql', ['Before']],
])('a page that falls asleep %s misses nothing, with %s', async (_, client, before) => {
  const scene = await openWithTicket()
  const page = await openPage(scene, client)
  for (const title of before) {
    await tell(scene, title)
    await page.receives(title)
  }
  const socket = page.socket()
  await socket.reach()
  // What it received is asked for, and acknowledged, within two seconds.
  scene.clock.advance(2_000)
  await socket.reach()
  await socket.reach()
  socket.sleep()
  await tell(scene, 'Asleep')
  await sleepLong(scene, socket)
  await socket.cut()
  await tell(scene, 'Gone')
  socket.wake()
  await page.receives('Gone')
  expectReceived(page, ...before, 'Asleep', 'Gone')
})

test('a page that falls asleep on a new socket, before it has answered there, misses nothing', async () => {
  const scene = await openWithTicket()
  const page = await openPage(scene)
  await tell(scene, 'One')
  await page.receives('One')
  scene.clock.advance(2_000)
  await page.socket().reach()
  await page.socket().reach()
  SleepingSocket.fallsAsleep = true
  const first = page.socket()
  await first.cut()
  first.wake()
  await expect.poll(() => SleepingSocket.opened.length).toBe(2)
  const second = page.socket()
  await expect.poll(() => second.isAsleep).toBe(true)
  SleepingSocket.fallsAsleep = false
  await tell(scene, 'Asleep')
  await sleepLong(scene, second)
  await second.cut()
  second.wake()
  await page.receives('Asleep')
  expectReceived(page, 'One', 'Asleep')
})

test.each([
  ['', () => ({})],
  [', with Redis', () => ({ REDIS_URL: inject('redis'), REDIS_PREFIX: newPrefix() })],
])('a page that sleeps while the server restarts misses nothing%s', async (_, makeEnv) => {
  const env = makeEnv()
  const before = await openWithTicket(undefined, env)
  const page = await openPage(before)
  await tell(before, 'One')
  await page.receives('One')
  before.clock.advance(2_000)
  const socket = page.socket()
  await socket.reach()
  await socket.reach()
  socket.sleep()
  await tell(before, 'Asleep')
  await sleepLong(before, socket)
  await before.app.close()
  const after = await openWithTicket(before.dataDir, env)
  await tell(after, 'Gone')
  page.moveTo(after)
  await socket.cut()
  socket.wake()
  await page.receives('Gone')
  expectReceived(page, 'One', 'Asleep', 'Gone')
})
