import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { openBlockingProxy } from '../support/blocking-proxy.ts'
import { connectDevice, type Data } from '../support/device.ts'
import { aliceToken, expectState, openScene } from '../support/kit.ts'
import { operationsIn } from '../support/operations.ts'
import { CLIENTS, type TestedClient } from '../support/own-caches.ts'

const { Inbox: INBOX = '', InboxEvents: EVENTS = '', Read: READ = '' } = operationsIn('inbox.graphql')
const { Chat: CHAT = '', Messages: MESSAGES = '', Say: SAY = '' } = operationsIn('chat.graphql')
const UPSERT = 'mutation Upsert($input: UpsertTicketInput!) { upsertTicket(input: $input) { id } }'
const TICKETS = `query Tickets($filter: TicketFilter, $first: Int!, $after: Cursor) {
  tickets(filter: $filter, first: $first, after: $after) {
    nodes { id subject status updatedAt revision } pageInfo { hasNextPage endCursor }
  }
}`
const TICKET_LIST = `subscription TicketList($filter: TicketFilter, $first: Int!) {
  ticketList(filter: $filter, first: $first) {
    __typename
    ... on TicketListSnapshot { tickets { nodes { id subject status updatedAt revision } pageInfo { hasNextPage endCursor } } }
    ... on TicketListEntered { ticket { id subject status updatedAt revision } }
    ... on TicketListChanged { ticket { id subject status updatedAt revision } }
    ... on TicketListLeft { ticketId }
  }
}`

/** Nothing may be written to the console: caches say there what they are not told. */
function keepConsoleQuiet(): void {
  const spies = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')]
  onTestFinished(() => {
    expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([])
    vi.restoreAllMocks()
  })
}

/** Shows an inbox and follows it from where it is. */
async function openInbox(client: TestedClient, first = 20, filter: Data | null = null) {
  const list = client.watch(INBOX, { first, filter })
  await expect.poll(() => list.data()?.['notifications']).toBeTruthy()
  client.follow(EVENTS, { after: list.data()?.['notifications'].resumeCursor })
  return { ...list, titles: () => list.data()?.['notifications'].nodes.map((one: Data) => one['title']) }
}

const badge = (list: { data: () => Data | undefined }) => list.data()?.['notifications'].unread.count

describe.each(Object.entries(CLIENTS))('%s', (_, openClient) => {
  async function open(options: Partial<Parameters<typeof openClient>[0]> = {}, env = {}) {
    keepConsoleQuiet()
    const scene = await openScene(env)
    return { ...scene, client: openClient({ url: scene.url, token: aliceToken, ...options }) }
  }

  test('shows what arrives, and a mark that was made on another device, without code', async () => {
    const { app, client, notify } = await open()
    const list = await openInbox(client)
    const unread = client.watch(INBOX, { first: 20, filter: { read: false } })
    await expect.poll(unread.data).toBeTruthy()
    const { notificationId } = (await notify('One'))['notify']
    await notify('Two')
    await expect.poll(list.titles).toEqual(['Two', 'One'])
    expect(badge(list)).toBe(2)
    const other = await connectDevice(app, 'alice', 'customer')
    await other.run(READ, { ids: [notificationId] })
    await expect.poll(() => badge(list)).toBe(1)
    expect(list.data()?.['notifications'].nodes.map((one: Data) => one['readAt'] !== null)).toEqual([false, true])
    await expect.poll(() => unread.data()?.['notifications'].nodes).toMatchObject([{ title: 'Two' }])
    await other.run('mutation { markAllAsRead { changed } }')
    await expect.poll(() => unread.data()?.['notifications'].nodes).toEqual([])
  })

  test('a list grows by its pages without doubles, while new ones arrive', async () => {
    const { client, notify } = await open()
    for (const title of ['1', '2', '3', '4', '5']) await notify(title)
    const list = await openInbox(client, 2)
    await notify('6')
    await expect.poll(list.titles).toEqual(['6', '5', '4'])
    for (const wanted of [
      ['6', '5', '4', '3', '2'],
      ['6', '5', '4', '3', '2', '1'],
    ]) {
      await list.more({ after: list.data()?.['notifications'].pageInfo.endCursor })
      await expect.poll(list.titles).toEqual(wanted)
    }
    expect(list.data()?.['notifications'].pageInfo).toMatchObject({ hasNextPage: false })
  })

  test('what cannot be continued is loaded again', async () => {
    const { client, network, notify } = await open({}, { RESUME_TTL_MS: '1' })
    const list = client.watch(INBOX, { first: 20 })
    await expect.poll(list.data).toBeTruthy()
    const resumes: unknown[] = []
    client.follow(EVENTS, {}, ({ extensions }) => resumes.push(extensions['resume']))
    // It begins at some moment.
    await expect.poll(async () => (await notify('One')) && resumes.length).toBeGreaterThan(0)
    const restore = await network.refuse()
    await expectState(client, { status: 'reconnecting' })
    await notify('Two')
    await restore()
    await expect.poll(() => list.data()?.['notifications'].nodes[0]).toMatchObject({ title: 'Two' })
    expect(resumes).toContain('expired')
    expect(badge(list)).toBe(list.data()?.['notifications'].nodes.length)
  })

  test('a query waits for a network that is away, and a mutation fails', async () => {
    const { client, network, notify } = await open()
    await notify('One')
    const restore = await network.refuse()
    const list = client.watch(INBOX, { first: 20 })
    await expect(client.run('mutation { markAllAsRead { changed } }')).rejects.toThrow()
    await restore()
    await expect.poll(() => badge(list)).toBe(1)
  })

  test('a token that has ended is replaced', async () => {
    const ending = await signTestToken('alice', 'customer', { exp: Math.floor(Date.now() / 1000) + 1 })
    const refused: (string | null)[] = []
    const token = (last: string | null) => {
      refused.push(last)
      return refused.includes(ending) ? aliceToken() : ending
    }
    const { client, notify } = await open({ token, queries: 'connection' })
    const list = await openInbox(client)
    await expect.poll(() => refused).toContain(ending)
    await notify('One')
    await expect.poll(list.titles).toEqual(['One'])
    expect(await client.run('mutation { markAllAsRead { changed } }')).toMatchObject({ markAllAsRead: { changed: 1 } })
  })

  test('a single request with a token that has ended is sent again with a fresh one', async () => {
    const token = (refused: string | null) =>
      refused ? aliceToken() : signTestToken('alice', 'customer', { iat: 1, exp: 2 })
    const { client } = await open({ token })
    expect(await client.run('mutation { markAllAsRead { changed } }')).toMatchObject({ markAllAsRead: { changed: 0 } })
  })

  test('behind a proxy without WebSockets all is the same', async () => {
    const scene = await openScene()
    const proxy = await openBlockingProxy(Number(new URL(scene.app.url).port), 'refuse')
    const client = openClient({ url: proxy.url, token: aliceToken })
    const list = await openInbox(client)
    await expectState(client, { status: 'connected', transport: 'sse' })
    await scene.notify('One')
    proxy.cut()
    await scene.notify('Two')
    await expect.poll(list.titles).toEqual(['Two', 'One'])
  })

  test('a conversation grows at both ends, each message once', async () => {
    const { backend, client } = await open()
    await backend.run('mutation { upsertTicket(input: { id: "1", participants: [{ id: "alice" }] }) { id } }')
    const say = (body: string) => backend.run(SAY, { ticketId: '1', body })
    for (const body of ['1', '2', '3', '4']) await say(body)
    const chat = client.watch(CHAT, { ticketId: '1', last: 2 })
    const bodies = () => chat.data()?.['ticket']?.messages.nodes.map((one: Data) => one['body'])
    await expect.poll(bodies).toEqual(['3', '4'])
    client.follow(MESSAGES, { ticketId: '1', after: chat.data()?.['ticket'].messages.resumeCursor })
    await say('5')
    await client.run(SAY, { ticketId: '1', body: '6' })
    await expect.poll(bodies).toEqual(['3', '4', '5', '6'])
    await chat.more({ before: chat.data()?.['ticket'].messages.pageInfo.startCursor })
    await expect.poll(bodies).toEqual(['1', '2', '3', '4', '5', '6'])
    expect(chat.data()?.['ticket'].messages.pageInfo).toMatchObject({ hasPreviousPage: false })
  })

  test('a list of tickets follows what enters, changes and leaves', async () => {
    const { backend, client } = await open()
    const upsert = (id: string, more = {}) => backend.run(UPSERT, { input: { id, subject: id, ...more } })
    const participants = [{ id: 'alice' }]
    for (const id of ['1', '2', '3']) await upsert(id, { participants })
    const filter = { status: ['OPEN'] }
    const list = client.watch(TICKETS, { filter, first: 2 })
    const subjects = () => list.data()?.['tickets'].nodes.map((one: Data) => one['subject'])
    await expect.poll(subjects).toEqual(['3', '2'])
    const told: unknown[] = []
    client.follow(TICKET_LIST, { filter, first: 2 }, ({ data }) => told.push(data.ticketList.__typename))
    await expect.poll(() => told).toEqual(['TicketListSnapshot'])
    await upsert('4', { participants })
    await expect.poll(subjects).toEqual(['4', '3', '2'])
    await upsert('2', { subject: 'two' })
    await expect.poll(subjects).toEqual(['two', '4', '3'])
    await upsert('3', { status: 'CLOSED' })
    await expect.poll(subjects).toEqual(['two', '4'])
    await list.more({ after: list.data()?.['tickets'].pageInfo.endCursor })
    await expect.poll(subjects).toEqual(['two', '4', '1'])
  })

  test('an error of Herald comes as one of GraphQL', async () => {
    const { client } = await open()
    const errors: Data[] = []
    client.follow(MESSAGES, { ticketId: 'none' }, (result) => errors.push(result))
    await expect.poll(() => errors).toHaveLength(1)
    expect(JSON.stringify(errors)).toContain('NOT_FOUND')
  })

  test('nothing is left after signing out', async () => {
    const { client, network } = await open()
    await openInbox(client)
    client.signOut()
    await expect.poll(network.open).toBe(0)
    await expect(client.run('mutation { markAllAsRead { changed } }')).rejects.toThrow('disposed')
  })

  test.each(['reset', 'stall'] as const)('after a network that does %s, nothing is missed or doubled', async (cut) => {
    const { client, network, notify } = await open()
    const list = await openInbox(client)
    await notify('One')
    await expect.poll(list.titles).toEqual(['One'])
    network[cut]()
    await notify('Two')
    await notify('Three')
    await expect.poll(list.titles).toEqual(['Three', 'Two', 'One'])
    expect(badge(list)).toBe(3)
  })
})
