import { setTimeout } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import { expect, onTestFinished, test, vi } from 'vitest'
import { signTestToken, startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { openProxy } from '../support/proxy.ts'
import { presetMap, sha256, trustedFile } from '../support/trusted.ts'
import { NAMING_CLIENTS } from '../support/trusted-clients.ts'

const LIST = 'query Inbox { notifications(first: 10) { nodes { id title } resumeCursor } }'
const MARK = 'mutation MarkAll { markAllAsRead { unread { count } } }'
const ADDED = 'subscription Added($after: Cursor) { notificationAdded(after: $after) { id title } }'
const TEXTS = [LIST, MARK, ADDED]

function waitUntil(isSo: () => boolean) {
  return vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 20_000, interval: 10 })
}

async function openShop(env: Readonly<Record<string, string>>) {
  const app = await startTestApp({ env })
  const backend = await connectDevice(app, 'shop', 'backend')
  const notify = (title: string) =>
    backend.run(
      'mutation ($title: String!) { notify(input: { userIds: ["alice"], notification: { type: "t", title: $title } }) { recipients } }',
      { title },
    )
  return { app, notify }
}

const LISTS = ['on the list', 'not on the list', 'without a list'] as const

for (const [name, { stored, open }] of Object.entries(NAMING_CLIENTS)) {
  test.each(LISTS)(`${name}: documents %s`, async (what) => {
    const file = trustedFile(presetMap((what === 'on the list' ? TEXTS : ['query Other { me { id } }']).map(stored)))
    const only = what === 'on the list' ? { TRUSTED_ONLY: 'customer' } : {}
    const { app, notify } = await openShop(what === 'without a list' ? {} : { TRUSTED_DOCUMENTS: file, ...only })
    const network = await openProxy(Number(new URL(app.wsUrl).port))
    const ws = `ws://127.0.0.1:${network.port}/graphql`
    const streams = await openProxy(Number(new URL(app.url).port))
    const client = open({ http: `http://127.0.0.1:${streams.port}/graphql`, ws, token: () => signTestToken('alice') })
    const titles: string[] = []
    let ends = 0
    const follow = (variables = {}): void =>
      client.follow(
        ADDED,
        variables,
        ({ notificationAdded }) => titles.push(notificationAdded.title),
        () => {
          ends += 1
        },
      )
    await notify('Before')
    follow()
    const { notifications } = await client.run(LIST)
    expect(notifications.nodes).toMatchObject([{ title: 'Before' }])
    expect(await client.run(MARK)).toMatchObject({ markAllAsRead: { unread: { count: 0 } } })
    let told = 0
    // When it follows is told by what it receives.
    for (; titles.length === 0; told += 1) {
      await notify(`Now ${told}`)
      await setTimeout(20)
    }
    if (what === 'not on the list') return
    await waitUntil(() => titles.at(-1) === `Now ${told - 1}`)
    const isOverSocket = name.includes('WebSocket')
    if (isOverSocket) network.reset()
    else streams.reset()
    await notify('While away')
    // A stream that was cut is not opened again by itself: the page goes on after its list.
    if (!isOverSocket) {
      await waitUntil(() => ends === 1)
      follow({ after: notifications.resumeCursor })
    }
    await waitUntil(() => titles.includes('While away'))
    expect(ends).toBe(isOverSocket ? 0 : 1)
  })
}

test('a subscription goes on where it was, whether it comes as a text or as an id', async () => {
  const file = trustedFile(presetMap([LIST, ADDED]))
  const { app, notify } = await openShop({ TRUSTED_DOCUMENTS: file, TRUSTED_ONLY: 'customer' })
  const network = await openProxy(Number(new URL(app.wsUrl).port))
  const token = await signTestToken('alice')
  let acknowledged = 0
  class Acknowledging extends WebSocket {
    override send(data: Parameters<WebSocket['send']>[0]): void {
      super.send(data)
      const { type, payload } = JSON.parse(String(data))
      if (type === 'pong' && payload !== undefined) acknowledged += 1
    }
  }
  const client = createClient({
    url: `ws://127.0.0.1:${network.port}/graphql`,
    webSocketImpl: Acknowledging,
    connectionParams: { token },
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: async () => {},
    shouldRetry: () => true,
  })
  onTestFinished(() => void client.dispose())
  // The client writes it anew each time that it connects.
  const asked: Record<string, unknown> & { query: string } = { query: ADDED }
  const received: (readonly [title: string, resume: unknown])[] = []
  let acknowledgedBefore = 0
  const stop = client.subscribe<{ notificationAdded: { title: string } }>(asked, {
    next: ({ data, extensions }) => {
      received.push([data?.notificationAdded.title ?? '', (extensions as { resume?: unknown } | undefined)?.resume])
      acknowledgedBefore = acknowledged
    },
    error: () => {},
    complete: () => {},
  })
  onTestFinished(stop)
  await waitUntil(() => network.open() === 1)
  const expectNext = async (...titles: readonly string[]) => {
    await waitUntil(() => received.length >= titles.length && acknowledged > acknowledgedBefore)
    // On the same socket behind what was acknowledged.
    await client.iterate({ query: LIST }).next()
    expect(received).toEqual(titles.map((title) => [title, null]))
  }
  const forms = [
    { query: '', documentId: `sha256:${sha256(ADDED)}` },
    { query: `# spaced\n${ADDED.replaceAll(' ', '\n ')}`, documentId: undefined },
    { query: '', extensions: { persistedQuery: { version: 1, sha256Hash: sha256(ADDED) } } },
    { query: ADDED, extensions: undefined },
  ]
  // An operation begins behind the subscriptions that were sent before it.
  expect(await client.iterate({ query: LIST }).next()).toMatchObject({ value: { data: {} } })
  await notify('0')
  await expectNext('0')
  const titles = ['0']
  for (const [at, form] of forms.entries()) {
    Object.assign(asked, form)
    network.reset()
    titles.push(`${at + 1}`)
    await notify(`${at + 1}`)
    await expectNext(...titles)
  }
})
