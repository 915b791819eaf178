import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import { connectDevice, type Device } from '../support/device.ts'
import { until } from '../support/nodes.ts'

const ACTOR = '{ id role name avatarUrl }'
const MESSAGE = `{
  id ticketId number visibility author ${ACTOR} body data clientMessageId createdAt editedAt deletedAt
}`
const TICKET = `{
  id subject status assignee ${ACTOR} participants { user ${ACTOR} lastReadNumber } unreadCount createdAt updatedAt
  messages(last: 2) {
    edges { cursor node { number body } } nodes ${MESSAGE} resumeCursor
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`
const UPSERT = `mutation ($input: UpsertTicketInput!) { upsertTicket(input: $input) ${TICKET} }`
const SEND = `mutation ($input: SendTicketMessageInput!) {
  sendTicketMessage(input: $input) { isDuplicate message ${MESSAGE} }
}`
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

async function openDevices(graceMs = 100) {
  const app = await startTestApp({ env: { TICKET_GRACE_MS: `${graceMs}` } })
  const [shop, ann, sam] = [
    await connectDevice(app, 'shop', 'backend'),
    await connectDevice(app, 'ann'),
    await connectDevice(app, 'sam', 'agent'),
  ]
  const input = {
    id: 'T-1',
    subject: 'Broken lamp',
    assignee: { id: 'sam', role: 'AGENT', name: 'Sam' },
    participants: [{ id: 'ann', name: 'Ann', avatarUrl: '/ann.png' }],
  }
  const { upsertTicket } = await shop.run(UPSERT, { input })
  return { app, shop, ann, sam, ticket: upsertTicket }
}

/** The subscriptions of a device have begun, also those that say nothing at first: what is asked on a socket waits for them. */
function begun(device: Device): Promise<unknown> {
  return device.run('{ __typename }')
}

test('a backend opens a ticket, and both sides see it each in their way', async () => {
  const { ann, sam, ticket } = await openDevices()
  expect(ticket).toMatchObject({
    id: 'T-1',
    subject: 'Broken lamp',
    status: 'OPEN',
    assignee: { id: 'sam', role: 'AGENT', name: 'Sam', avatarUrl: null },
    participants: [{ user: { id: 'ann', role: 'CUSTOMER', name: 'Ann', avatarUrl: '/ann.png' }, lastReadNumber: null }],
    unreadCount: 0,
    createdAt: expect.stringMatching(TIME),
    messages: { edges: [], nodes: [], pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null } },
  })
  const note = { ticketId: 'T-1', body: 'Warranty is over', visibility: 'INTERNAL', data: { since: 2 } }
  const { sendTicketMessage } = await sam.run(SEND, { input: note })
  expect(sendTicketMessage).toMatchObject({
    isDuplicate: false,
    message: { number: 1, visibility: 'INTERNAL', data: { since: 2 }, author: { id: 'sam', role: 'AGENT' } },
  })
  await sam.run(SEND, { input: { ticketId: 'T-1', body: 'Hello Ann' } })
  const query = `{ ticket(id: "T-1") ${TICKET} tickets(status: [OPEN]) { nodes { id } edges { cursor node ${TICKET} } pageInfo { hasNextPage } } }`
  const [forAnn, forSam] = [await ann.run(query), await sam.run(query)]
  expect(forAnn['ticket'].messages.nodes).toMatchObject([{ number: 1, body: 'Hello Ann' }])
  expect(forSam['ticket'].messages.nodes).toMatchObject([{ number: 1 }, { number: 2, body: 'Hello Ann' }])
  expect([forAnn['ticket'].unreadCount, forSam['ticket'].unreadCount]).toEqual([1, 0])
  for (const { ticket: alone, tickets } of [forAnn, forSam]) expect(tickets.edges[0].node).toEqual(alone)
  const { markTicketAsRead } = await ann.run(
    `mutation { markTicketAsRead(ticketId: "T-1", upToNumber: 1) { unreadCount participants { lastReadNumber } } }`,
  )
  expect(markTicketAsRead).toEqual({ unreadCount: 0, participants: [{ lastReadNumber: 1 }] })
})

test('a conversation is followed from a cursor, with edits and deletions', async () => {
  const { ann, sam, ticket } = await openDevices()
  const { ticket: own } = await ann.run('{ ticket(id: "T-1") { messages { resumeCursor } } }')
  const follow = `subscription ($after: Cursor) { ticketMessage(ticketId: "T-1", after: $after) ${MESSAGE} }`
  const forAnn = ann.subscribe(follow, { after: own.messages.resumeCursor })
  const forSam = sam.subscribe(follow, { after: ticket.messages.resumeCursor })
  const received = async (stream: typeof forAnn) => {
    const { number, body } = (await stream.next())['ticketMessage']
    return [number, body]
  }
  const input = { ticketId: 'T-1', body: 'It blinks', clientMessageId: 'c1' }
  const { sendTicketMessage: first } = await ann.run(SEND, { input })
  const { sendTicketMessage: again } = await ann.run(SEND, { input })
  expect(again).toEqual({ isDuplicate: true, message: first.message })
  for (const stream of [forAnn, forSam]) expect(await received(stream)).toEqual([1, 'It blinks'])
  await sam.run(SEND, { input: { ticketId: 'T-1', body: 'She dropped it', visibility: 'INTERNAL' } })
  expect(await received(forSam)).toEqual([2, 'She dropped it'])
  const { id } = first.message
  await ann.run('mutation ($id: ID!) { editTicketMessage(id: $id, body: "It blinked") { number } }', { id })
  for (const stream of [forAnn, forSam]) expect(await received(stream)).toEqual([1, 'It blinked'])
  await ann.run('mutation ($id: ID!) { deleteTicketMessage(id: $id) { body deletedAt } }', { id })
  for (const stream of [forAnn, forSam]) expect(await received(stream)).toEqual([1, null])
  // Nobody but ann wrote anything that ann may see.
  await ann.run(SEND, { input: { ticketId: 'T-1', body: 'Well?', expectedNumber: 0 } })
  const missed = sam.run(SEND, { input: { ticketId: 'T-1', body: 'Well?', expectedNumber: 2 } })
  await expect(missed).rejects.toMatchObject({ code: 'CONFLICT', extensions: { missed: 1 } })
})

test('presence, typing, changes and activity reach the other side', async () => {
  const { shop, ann, sam } = await openDevices()
  const typing = sam.subscribe(
    `subscription { userTyping(ticketId: "T-1") { ticketId user ${ACTOR} isTyping visibility expiresAt } }`,
  )
  const activity = sam.subscribe(
    'subscription { supportMessage(assignedToMe: true) { ticketId number authorRole at unreadCount } }',
  )
  const changed = sam.subscribe(`subscription { ticketChanged(ticketId: "T-1") ${TICKET} }`)
  const presence = sam.subscribe(
    `subscription { ticketPresence(ticketId: "T-1") { ticketId change user ${ACTOR} viewers ${ACTOR} } }`,
  )
  expect((await changed.next())['ticketChanged']).toMatchObject({ subject: 'Broken lamp', unreadCount: 0 })
  expect((await activity.next())['supportMessage']).toMatchObject({ ticketId: 'T-1', number: 0, unreadCount: 0 })
  expect(await presence.next()).toEqual({
    ticketPresence: { ticketId: 'T-1', change: 'PRESENT', user: null, viewers: [] },
  })
  await begun(sam)

  const messages = ann.subscribe('subscription { ticketMessage(ticketId: "T-1") { id } }')
  const here = { user: { id: 'ann', role: 'CUSTOMER' }, viewers: [{ id: 'ann' }] }
  expect((await presence.next())['ticketPresence']).toMatchObject({ change: 'JOINED', ...here })
  const setTyping = 'mutation { setTyping(ticketId: "T-1", isTyping: true) { accepted resendAfterMs } }'
  expect(await ann.run(setTyping)).toEqual({ setTyping: { accepted: true, resendAfterMs: 3_000 } })
  expect((await typing.next())['userTyping']).toMatchObject({
    user: { id: 'ann' },
    isTyping: true,
    visibility: 'PUBLIC',
    expiresAt: expect.stringMatching(TIME),
  })
  await ann.run(SEND, { input: { ticketId: 'T-1', body: 'Hello?' } })
  expect((await typing.next())['userTyping']).toMatchObject({ user: { id: 'ann' }, isTyping: false })
  expect((await activity.next())['supportMessage']).toEqual({
    ticketId: 'T-1',
    number: 1,
    authorRole: 'CUSTOMER',
    at: expect.stringMatching(TIME),
    unreadCount: 1,
  })
  await messages.next()
  await shop.run(UPSERT, { input: { id: 'T-1', status: 'PENDING' } })
  expect((await changed.next())['ticketChanged']).toMatchObject({ status: 'PENDING', unreadCount: 1 })
  await ann.close()
  expect((await presence.next())['ticketPresence']).toMatchObject({ change: 'LEFT', user: { id: 'ann' }, viewers: [] })
})

test('a reload is no coming and going, wherever it ends; ending the subscription is', async () => {
  const { app, shop, ann, sam } = await openDevices(60_000)
  await shop.run(UPSERT, { input: { id: 'T-1', participants: [{ id: 'ann' }, { id: 'bob' }] } })
  const presence = sam.subscribe(
    'subscription { ticketPresence(ticketId: "T-1") { change user { id } viewers { id } } }',
  )
  const next = async (): Promise<string> => {
    const { change, user, viewers } = (await presence.next())['ticketPresence']
    return `${change} ${user?.id ?? '-'}: ${viewers.map(({ id }: { id: string }) => id)}`
  }
  expect(await next()).toBe('PRESENT -: ')
  const join = 'subscription { ticketMessage(ticketId: "T-1") { id } }'
  ann.subscribe(join)
  expect(await next()).toBe('JOINED ann: ann')
  await ann.close()
  const again = await connectDevice(app, 'ann')
  const messages = again.subscribe(join)
  const bob = await connectDevice(app, 'bob')
  bob.subscribe(join)
  expect(await next()).toBe('JOINED bob: ann,bob')
  // She is there on her new connection, and no longer on her old one.
  await again.run('{ __typename }')
  await until(async () => (await shop.run('{ connectionCount(userId: "ann") }'))['connectionCount'] === 1)
  messages.stop()
  expect(await next()).toBe('LEFT ann: bob')
})

test('typing over HTTP begins and ends on whichever node is asked', async () => {
  const { app, sam } = await openDevices()
  const typing = sam.subscribe('subscription { userTyping(ticketId: "T-1") { user { id } isTyping } }')
  const headers = { authorization: `Bearer ${await app.token('ann')}` }
  const set = async (url: string, isTyping: boolean, deviceId: string): Promise<void> => {
    const query = `mutation { setTyping(ticketId: "T-1", isTyping: ${isTyping}, deviceId: "${deviceId}") { accepted } }`
    expect((await ask(url, query, headers)).body).toEqual({ data: { setTyping: { accepted: true } } })
  }
  const [one, other] = [app.wsUrl.replace('ws', 'http'), app.url]
  const says = async (isTyping: boolean): Promise<void> =>
    expect(await typing.next()).toEqual({ userTyping: { user: { id: 'ann' }, isTyping } })
  await begun(sam)
  await set(one, true, 'phone')
  await says(true)
  await set(other, true, 'laptop')
  await says(true)
  await set(other, false, 'phone')
  await set(one, false, 'laptop')
  await says(false)
})

test('a list of tickets begins with all of them after a break, and follows who gets and loses one', async () => {
  const { shop, ann, sam } = await openDevices()
  const follow = `subscription ($mine: Boolean!) {
    supportMessage(assignedToMe: $mine) {
      ticketId change number unread { count isCapped } ticket { id subject } snapshot { place lines isCapped }
    }
  }`
  const next = async (stream: ReturnType<typeof ann.subscribe>) => (await stream.next())['supportMessage']
  const line = { ticketId: 'T-1', ticket: { id: 'T-1', subject: 'Broken lamp' } }
  await sam.run(SEND, { input: { ticketId: 'T-1', body: 'Hello Ann' } })
  const before = ann.subscribe(follow, { mine: false })
  const snapshot = { place: 1, lines: 1, isCapped: false }
  const unread = (count: number) => ({ unread: { count, isCapped: false } })
  expect(await next(before)).toEqual({ ...line, change: 'SNAPSHOT', number: 1, ...unread(1), snapshot })
  before.stop()
  await ann.run('mutation { markTicketAsRead(ticketId: "T-1", upToNumber: 1) { id } }')
  const forAnn = ann.subscribe(follow, { mine: false })
  expect(await next(forAnn)).toEqual({ ...line, change: 'SNAPSHOT', number: 1, ...unread(0), snapshot })
  const forSam = sam.subscribe(follow, { mine: true })
  expect(await next(forSam)).toEqual({ ...line, change: 'SNAPSHOT', number: 1, ...unread(0), snapshot })

  const left = { ticketId: 'T-1', change: 'LEFT', number: 0, ...unread(0), ticket: null, snapshot: null }
  await shop.run(UPSERT, { input: { id: 'T-1', assignee: { id: 'kim', role: 'AGENT' } } })
  expect(await next(forSam)).toEqual(left)
  await shop.run(UPSERT, { input: { id: 'T-1', participants: [], assignee: { id: 'sam', role: 'AGENT' } } })
  expect(await next(forSam)).toEqual({ ...line, change: 'ENTERED', number: 1, ...unread(0), snapshot: null })
  expect(await next(forAnn)).toEqual(left)
  await shop.run(UPSERT, { input: { id: 'T-1', participants: [{ id: 'ann' }] } })
  expect(await next(forAnn)).toEqual({ ...line, change: 'ENTERED', number: 1, ...unread(0), snapshot: null })
})

test('roles and access are kept', async () => {
  const { shop, ann } = await openDevices()
  const upsert = ann.run(UPSERT, { input: { id: 'T-2' } })
  await expect(upsert).rejects.toMatchObject({ code: 'FORBIDDEN' })
  const note = ann.run(SEND, { input: { ticketId: 'T-1', body: 'x', visibility: 'INTERNAL' } })
  await expect(note).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(await ann.run('{ ticket(id: "T-2") { id } }')).toEqual({ ticket: null })
  await expect(ann.run(SEND, { input: { ticketId: 'T-2', body: 'x' } })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const presence = ann.subscribe('subscription { ticketPresence(ticketId: "T-1") { change } }')
  await presence.next()
  await shop.run(UPSERT, { input: { id: 'T-1', participants: [] } })
  await expect(presence.next()).rejects.toMatchObject({ code: 'FORBIDDEN' })
})
