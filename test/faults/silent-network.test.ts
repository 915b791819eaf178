import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../examples/clients/connect.ts'
import { signTestToken, startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { openProxy } from '../support/proxy.ts'
import { RECOMMENDED_CLIENTS } from '../support/recommended-clients.ts'

/** Those of the documentation, made smaller: in milliseconds. */
const TIMES = { ping: 300, pong: 300, connecting: 500, retry: 50, longestRetry: 400 }
const NEVER = 3_600_000
/** How long an outage lasts: several times what it takes to notice one. */
const OUTAGE_MS = 2_000

const ADDED = 'subscription { notificationAdded { title } }'
const SAY = `mutation ($body: String!) {
  sendTicketMessage(input: { ticketId: "42", body: $body, clientMessageId: "c-1" }) { message { number } isDuplicate }
}`

/** A Herald behind a network that can fail, and one who follows alice's notifications through it. */
async function open(times: Partial<typeof TIMES> = {}) {
  const app = await startTestApp()
  const network = await openProxy(Number(new URL(app.wsUrl).port))
  const page = new EventTarget()
  const backend = await connectDevice(app, 'shop', 'backend')
  const settings = [
    `ws://127.0.0.1:${network.port}/graphql`,
    () => signTestToken('alice'),
    { times: { ...TIMES, ...times }, page },
  ] satisfies Parameters<typeof connect>
  const titles: string[] = []
  const notify = (title: string) =>
    backend.run(
      'mutation ($title: String!) { notify(input: { userIds: ["alice"], notification: { type: "t", title: $title } }) { recipients } }',
      { title },
    )
  /** Each came, in order; what was not acknowledged may have come twice. */
  const expectTitles = (...wanted: readonly string[]) => expect.poll(() => [...new Set(titles)]).toEqual(wanted)
  const listen = ({ notificationAdded }: Record<string, { title: string }>): void => {
    if (notificationAdded) titles.push(notificationAdded.title)
  }
  /** Has a client follow, and waits until it does. */
  const follow = async (client: ReturnType<(typeof RECOMMENDED_CLIENTS)[string]>) => {
    client.follow(ADDED, {}, listen)
    await expect
      .poll(
        async () => {
          await notify('Begin')
          return titles.length
        },
        { interval: 100 },
      )
      .toBeGreaterThan(0)
  }
  return { app, network, page, backend, settings, notify, expectTitles, follow }
}

describe.each(Object.entries(RECOMMENDED_CLIENTS))('%s, set up as the documentation says', (_name, openClient) => {
  test('notices a path that died without a word, also when the next one is as silent', async () => {
    const { network, settings, notify, expectTitles, follow } = await open()
    await follow(openClient(...settings))
    network.silence()
    await notify('One')
    await sleep(OUTAGE_MS)
    await notify('Two')
    network.speak()
    await notify('Three')
    await expectTitles('Begin', 'One', 'Two', 'Three')
  })

  test('comes back after Herald was away for longer than the first try', async () => {
    const { network, settings, notify, expectTitles, follow } = await open()
    await follow(openClient(...settings))
    const allow = await network.refuse()
    await notify('One')
    await sleep(OUTAGE_MS)
    await notify('Two')
    await allow()
    await notify('Three')
    await expectTitles('Begin', 'One', 'Two', 'Three')
  })

  test('looks after its connection when the network is back', async () => {
    const { network, page, settings, notify, expectTitles, follow } = await open({ ping: NEVER })
    await follow(openClient(...settings))
    network.silence()
    await notify('One')
    network.speak()
    page.dispatchEvent(new Event('online'))
    await expectTitles('Begin', 'One')
  })

  test('does not wait for its next try when the network is back', async () => {
    const { network, page, settings, notify, expectTitles, follow } = await open({ retry: NEVER, longestRetry: 0 })
    await follow(openClient(...settings))
    const allow = await network.refuse()
    await notify('One')
    await allow()
    // It may not have received of the end yet.
    const waking = setInterval(() => page.dispatchEvent(new Event('visibilitychange')), 50)
    onTestFinished(() => clearInterval(waking))
    await expectTitles('Begin', 'One')
  })

  test('has a mutation done once that was sent into the silence', async () => {
    const { network, settings, backend, follow } = await open()
    await backend.run('mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }] }) { id } }')
    const client = openClient(...settings)
    await follow(client)
    network.silence()
    const sending = client.run(SAY, { body: 'Hello' })
    await sleep(OUTAGE_MS / 2)
    network.speak()
    expect(await sending).toMatchObject({ sendTicketMessage: { message: { number: 1 } } })
    const { ticket } = await client.run('query { ticket(id: "42") { messages(last: 10) { nodes { body } } } }')
    expect(ticket.messages.nodes).toMatchObject([{ body: 'Hello' }])
    expect(ticket.messages.nodes).toHaveLength(1)
  })
})

describe('a client that is disposed of', () => {
  const count = (page: EventTarget) => {
    const listeners = new Set<string>()
    const add = page.addEventListener.bind(page)
    const remove = page.removeEventListener.bind(page)
    return Object.assign(page, {
      listeners,
      addEventListener: (name: string, listener: EventListener) => {
        listeners.add(name)
        add(name, listener)
      },
      removeEventListener: (name: string, listener: EventListener) => {
        listeners.delete(name)
        remove(name, listener)
      },
    })
  }

  test.each(['while it is connected', 'while nothing answers it', 'while it waits for its next try'])(
    'leaves no connection, %s',
    async (when) => {
      const { network, settings } = await open()
      const [url, token, { times }] = settings
      const page = count(new EventTarget())
      const client = connect(url, token, { times, page })
      const next = Promise.withResolvers<unknown>()
      if (when === 'while nothing answers it') network.silence()
      if (when === 'while it waits for its next try') await network.refuse()
      client.subscribe(
        { query: 'subscription { unreadCount { count } }' },
        { next: next.resolve, error: next.reject, complete: () => {} },
      )
      if (when === 'while it is connected') await next.promise
      if (when === 'while nothing answers it') await expect.poll(network.open).toBe(1)
      expect([...page.listeners]).toEqual(['online', 'pageshow', 'visibilitychange'])
      await client.dispose()
      expect([...page.listeners]).toEqual([])
      page.dispatchEvent(new Event('online'))
      await expect.poll(network.open).toBe(0)
    },
  )
})
