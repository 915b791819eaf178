import type { FormattedExecutionResult } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { openScene, openTicket, type Scene, say } from '../support/resume.ts'
import { SleepingSocket } from '../support/sleeping-socket.ts'

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
  /** What each subscription got: its titles, and what they said about being continued. */
  readonly heard: Readonly<Record<string, readonly string[]>>
  /** Resolves when each subscription has heard a title. */
  hears(title: string): Promise<void>
  /** Moves to another server. */
  moveTo(scene: Scene): void
}

beforeEach(() => {
  SleepingSocket.opened = []
  SleepingSocket.fallsAsleep = false
})

const titleOf = (data: unknown): string => JSON.stringify(data).match(/"title":"(\w+)"/)?.[1] ?? ''

/** All that was subscribed before has begun, once this is answered. */
const settle = async (client: Client): Promise<void> => {
  for await (const { errors } of client.iterate({ query: '{ unreadCount { count } }' })) expect(errors).toBeUndefined()
}

/** A page with a stock client, which follows every log on one socket. */
const openPage = async (scene: Scene): Promise<Page> => {
  let { wsUrl } = scene.app
  const heard: Record<string, string[]> = {}
  const waiting = new Set<() => void>()
  const authorization = `Bearer ${await signTestToken('alice')}`
  const client = createClient({
    url: () => wsUrl,
    webSocketImpl: SleepingSocket,
    connectionParams: { authorization },
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 5)),
  })
  // It rejects where a connection is tried again while servers end.
  onTestFinished(() => Promise.resolve(client.dispose()).catch(() => {}))
  for (const [name, query] of Object.entries(LOGS)) {
    const own: string[] = []
    heard[name] = own
    const next = (result: FormattedExecutionResult): void => {
      const { data, extensions } = result
      own.push([titleOf(data), extensions?.['resume'] ?? ''].join(' ').trim())
      for (const look of waiting) look()
    }
    client.subscribe(
      { query },
      { next, error: (error) => own.push(String(error)), complete: () => own.push('complete') },
    )
  }
  await settle(client)
  return {
    heard,
    socket: () => SleepingSocket.opened.at(-1) as SleepingSocket,
    moveTo: ({ app }) => {
      wsUrl = app.wsUrl
    },
    hears: (title) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!Object.values(heard).every((own) => own.includes(title))) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

/** A Herald with a ticket of alice's. */
const openWithTicket = async (dataDir?: string): Promise<Scene> => {
  const scene = await openScene(dataDir)
  await openTicket(scene, 'alice')
  return scene
}

/** Something happens in every log. */
const tell = async (scene: Scene, title: string): Promise<void> => {
  await scene.notify(title)
  await say(scene, title)
}

/** Time passes for a server and a page that sleeps, but whose browser answers. */
const sleepLong = async ({ clock }: Scene, socket: SleepingSocket): Promise<void> => {
  for (let steps = 0; steps < STEPS; steps += 1) {
    clock.advance(STEP_MS)
    await socket.reach()
  }
}

const all = (...titles: readonly string[]) => Object.fromEntries(Object.keys(LOGS).map((name) => [name, titles]))

test.each([
  ['after its first results', ['Before']],
  ['before its first result', []],
])('a page that falls asleep %s misses nothing', async (_, before) => {
  const scene = await openWithTicket()
  const page = await openPage(scene)
  for (const title of before) {
    await tell(scene, title)
    await page.hears(title)
  }
  const socket = page.socket()
  await socket.reach()
  // What it heard is asked for, and acknowledged, within two seconds.
  scene.clock.advance(2_000)
  await socket.reach()
  await socket.reach()
  socket.sleep()
  await tell(scene, 'Asleep')
  await sleepLong(scene, socket)
  await socket.cut()
  await tell(scene, 'Gone')
  socket.wake()
  await page.hears('Gone')
  expect(page.heard).toEqual(all(...before, 'Asleep', 'Gone'))
})

test('a page that falls asleep on a new socket, before it has answered there, misses nothing', async () => {
  const scene = await openWithTicket()
  const page = await openPage(scene)
  await tell(scene, 'One')
  await page.hears('One')
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
  await page.hears('Asleep')
  expect(page.heard).toEqual(all('One', 'Asleep'))
})

test('a page that sleeps while the server restarts misses nothing', async () => {
  const before = await openWithTicket()
  const page = await openPage(before)
  await tell(before, 'One')
  await page.hears('One')
  before.clock.advance(2_000)
  const socket = page.socket()
  await socket.reach()
  await socket.reach()
  socket.sleep()
  await tell(before, 'Asleep')
  await sleepLong(before, socket)
  await before.app.close()
  const after = await openWithTicket(before.dataDir)
  await tell(after, 'Gone')
  page.moveTo(after)
  await socket.cut()
  socket.wake()
  await page.hears('Gone')
  expect(page.heard).toEqual(all('One', 'Asleep', 'Gone'))
})
