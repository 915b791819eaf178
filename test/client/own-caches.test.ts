import { describe, expect, test } from 'vitest'
import { connectDevice, type Data } from '../support/device.ts'
import { expectState } from '../support/kit.ts'
import { badge, CHAT, EVENTS, INBOX, MESSAGES, openInbox, openOwnCache, READ, SAY } from '../support/own-cache-scene.ts'
import { CLIENTS } from '../support/own-caches.ts'

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

describe.each(Object.entries(CLIENTS))('%s', (_, openClient) => {
  const open = (...settings: Parameters<typeof openOwnCache> extends [unknown, ...infer Rest] ? Rest : never) =>
    openOwnCache(openClient, ...settings)

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

  test('what is archived, snoozed or deleted leaves the list, here and elsewhere', async () => {
    const { app, client, notify } = await open()
    const ids: string[] = []
    for (const title of ['1', '2', '3', '4', '5', '6']) ids.push((await notify(title))['notify'].notificationId)
    const list = await openInbox(client, 4)
    const other = await connectDevice(app, 'alice', 'customer')
    const until = new Date(Date.now() + 60_000).toISOString()
    await client.run('mutation M($ids: [ID!]!) { deleteNotifications(ids: $ids) { deletedIds } }', { ids: [ids[5]] })
    await expect.poll(list.titles).toEqual(['5', '4', '3'])
    await other.run('mutation M($ids: [ID!]!) { archiveNotifications(ids: $ids) { changed } }', { ids: [ids[4]] })
    await expect.poll(list.titles).toEqual(['4', '3'])
    await other.run(
      'mutation M($ids: [ID!]!, $until: DateTime!) { snoozeNotifications(ids: $ids, until: $until) { changed } }',
      { ids: [ids[3]], until },
    )
    await expect.poll(list.titles).toEqual(['3'])
    await other.run('mutation M($ids: [ID!]!) { unsnoozeNotifications(ids: $ids) { changed } }', { ids: [ids[3]] })
    await expect.poll(list.titles).toEqual(['4', '3'])
    await list.more({ after: list.data()?.['notifications'].pageInfo.endCursor })
    await expect.poll(list.titles).toEqual(['4', '3', '2', '1'])
    expect(badge(list)).toBe(4)
  })

  test('after a gap a list with several pages begins anew, and grows again', async () => {
    const { client, network, notify } = await open({}, { RESUME_TTL_MS: '1' })
    for (const title of ['1', '2', '3', '4']) await notify(title)
    const list = client.watch(INBOX, { first: 2 })
    const titles = () => list.data()?.['notifications']?.nodes.map((one: Data) => one['title'])
    const more = () => list.more({ after: list.data()?.['notifications'].pageInfo.endCursor })
    await expect.poll(titles).toEqual(['4', '3'])
    await more()
    await expect.poll(titles).toEqual(['4', '3', '2', '1'])
    const resumes: unknown[] = []
    client.follow(EVENTS, {}, ({ extensions }) => resumes.push(extensions['resume']))
    await expect.poll(async () => (await notify('x')) && resumes.length).toBeGreaterThan(0)
    const restore = await network.refuse()
    await expectState(client, { status: 'reconnecting' })
    await notify('y')
    await notify('z')
    await restore()
    await expect.poll(titles).toEqual(['z', 'y'])
    expect(resumes).toContain('expired')
    await more()
    await expect.poll(() => titles()?.length).toBe(4)
    expect(titles().slice(0, 3)).toEqual(['z', 'y', 'x'])
    for (let seen = 4; seen < badge(list); seen = titles().length) {
      await more()
      await expect.poll(() => titles().length).toBeGreaterThan(seen)
    }
    expect(titles().slice(-4)).toEqual(['4', '3', '2', '1'])
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
})
