import { gql, InMemoryCache } from '@apollo/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openApollo } from '../../examples/clients/apollo.ts'
import { heraldCache } from '../../packages/client/src/apollo/apollo.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { connectDevice, type Data } from '../support/device.ts'

const PAGE = gql`
  query Inbox($after: Cursor) {
    notifications(first: 2, after: $after) {
      edges { cursor node { id title readAt } }
      pageInfo { endCursor hasNextPage }
      unread { count revision }
    }
  }
`

async function openAnn(app: TestApp) {
  const warn = vi.spyOn(console, 'warn')
  const error = vi.spyOn(console, 'error')
  const client = openApollo(app.wsUrl, async () => app.token('ann'))
  onTestFinished(() => {
    client.stop()
    expect([...warn.mock.calls, ...error.mock.calls]).toEqual([])
    vi.restoreAllMocks()
  })
  return client
}

async function openScene() {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const notify = async (title: string): Promise<string> => {
    const input = { userIds: ['ann'], notification: { type: 'a.b', title } }
    const { notify } = await backend.run(
      'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }',
      { input },
    )
    return notify.notificationId
  }
  return { backend, notify, client: await openAnn(app) }
}

test('two messages of one user keep the names that each was written with', async () => {
  const { backend, client } = await openScene()
  await backend.run('mutation { upsertTicket(input: { id: "1", participants: [{ id: "ann" }] }) { id } }')
  const SAY = `mutation ($name: String!) { sendTicketMessage(input: { ticketId: "1", body: "Hi",
    author: { id: "bob", role: AGENT, name: $name } }) { isDuplicate } }`
  for (const name of ['Bob', 'Robert']) await backend.run(SAY, { name })
  const query = gql`{ ticket(id: "1") { id messages { nodes { id author { userId name } } } } }`
  await client.query({ query })
  const ticket = client.readQuery<Data>({ query })?.['ticket']
  expect(ticket.messages.nodes.map((one: Data) => one['author'].name)).toEqual(['Bob', 'Robert'])
})

test('a mark is right in a list without code, and pages are joined', async () => {
  const { notify, client } = await openScene()
  const ids = [await notify('One'), await notify('Two'), await notify('Three')]
  const list = client.watchQuery<Data>({ query: PAGE })
  const watching = list.subscribe(() => {})
  onTestFinished(() => watching.unsubscribe())
  const pageInfo = () => list.getCurrentResult().data?.['notifications']?.pageInfo
  await expect.poll(pageInfo).toMatchObject({ hasNextPage: true })
  await list.fetchMore({ variables: { after: pageInfo().endCursor } })
  const mutation = gql`mutation ($ids: [ID!]!) { markAsRead(ids: $ids) { notifications { id readAt } } }`
  await client.mutate({ mutation, variables: { ids: [ids[2]] } })
  const { edges } = client.readQuery<Data>({ query: PAGE })?.['notifications'] ?? {}
  expect(edges.map(({ node }: Data) => [node['title'], node['readAt'] !== null])).toEqual([
    ['Three', true],
    ['Two', false],
    ['One', false],
  ])
})

test('an older count does not take the place of a newer one', () => {
  const cache = new InMemoryCache(heraldCache)
  const query = gql`{ unreadCount { count revision } }`
  const write = (count: number, revision: number) =>
    cache.writeQuery({ query, data: { unreadCount: { __typename: 'UnreadCount', count, revision } } })
  write(2, 7)
  write(1, 6)
  expect(cache.readQuery<Data>({ query })?.['unreadCount']).toMatchObject({ count: 2, revision: 7 })
  write(0, 8)
  expect(cache.readQuery<Data>({ query })?.['unreadCount']).toMatchObject({ count: 0, revision: 8 })
})

test('events of the inbox come one by one, each as what it is', async () => {
  const { notify, client } = await openScene()
  const { data } = await client.query<Data>({ query: gql`{ notifications { resumeCursor } }` })
  const query = gql`
    subscription ($after: Cursor) {
      notificationEvents(after: $after) {
        cursor
        unread { count revision }
        ... on NotificationAdded { notification { id title } }
        ... on NotificationsRemoved { ids }
      }
    }
  `
  const seen: string[] = []
  const variables = { after: data?.['notifications'].resumeCursor }
  const following = client.subscribe<Data>({ query, variables }).subscribe(({ data: event }) => {
    seen.push(event?.['notificationEvents'].notification?.title)
  })
  onTestFinished(() => following.unsubscribe())
  await notify('One')
  await notify('Two')
  await expect.poll(() => seen).toEqual(['One', 'Two'])
})

test('a ticket shows how far others have read, and comes into a live list, without code', async () => {
  const { backend, client } = await openScene()
  await backend.run(
    'mutation { upsertTicket(input: { id: "1", participants: [{ id: "ann" }, { id: "cara" }] }) { id } }',
  )
  await backend.run('mutation { sendTicketMessage(input: { ticketId: "1", body: "Hi" }) { isDuplicate } }')
  const READS = 'ticketId readers { user { userId } lastReadNumber } staffReadNumber'
  const query = gql`{ ticket(id: "1") { id subject reads { ${READS} } } }`
  await client.query({ query })
  const seen: Data[] = []
  const list = gql`subscription { ticketList {
    __typename
    ... on TicketListSnapshot { tickets { nodes { id subject } } }
    ... on TicketListChanged { reasons ticket { id subject } }
  } }`
  const reads = gql`subscription { ticketReads(ticketId: "1") { ${READS} } }`
  const following = [
    client.subscribe<Data>({ query: list }).subscribe(({ data }) => seen.push(data?.['ticketList'])),
    client.subscribe<Data>({ query: reads }).subscribe(() => {}),
  ]
  onTestFinished(() => {
    for (const one of following) one.unsubscribe()
  })
  await expect.poll(() => seen).toMatchObject([{ tickets: { nodes: [{ id: '1' }] } }])
  const known = () => client.readQuery<Data>({ query })?.['ticket']
  await client.mutate({ mutation: gql`mutation { markTicketAsRead(ticketId: "1", upToNumber: 1) { id } }` })
  await expect.poll(known).toMatchObject({
    subject: null,
    reads: { readers: [{ lastReadNumber: 1 }, { lastReadNumber: null }] },
  })
  await backend.run('mutation { upsertTicket(input: { id: "1", subject: "Lamp" }) { id } }')
  await expect.poll(known).toMatchObject({ subject: 'Lamp' })
  expect(seen.at(-1)).toMatchObject({ __typename: 'TicketListChanged', ticket: { subject: 'Lamp' } })
})
