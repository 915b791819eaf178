import { beforeEach, describe, expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { type Face, openFace } from '../support/graphql.ts'
import { type Read, reading } from '../support/reading.ts'
import { agent, backend, customer } from '../support/tickets.ts'

const ENTRIES = 10
const BODY = 'b'.repeat(20_000)
const NAME = 'n'.repeat(250)
const DATA = { text: 'd'.repeat(5_000) }

const ann = customer('ann')
const sam = agent('sam')

let face: Face
let take: () => Read

async function fill(on: Face): Promise<void> {
  const { notifications, tickets } = on.services
  await tickets.upsert({ id: 't0', participants: [{ id: 'ann' }] })
  Object.assign(BEGAN, await cursorsOf(on))
  const actor = { id: 'shop', role: 'BACKEND', name: NAME } as const
  const ids: string[] = []
  for (let n = 0; n < ENTRIES; n += 1) {
    const notification = { type: 'a.b', title: NAME, body: BODY, data: DATA, actor }
    ids.push((await notifications.notify({ userIds: ['ann'], notification })).notificationId)
    const participants = [
      { id: 'ann', name: NAME },
      { id: 'bob', name: NAME },
    ]
    await tickets.upsert({
      id: `t${n}`,
      subject: NAME,
      participants,
      assignee: { id: 'sam', role: 'AGENT', name: NAME },
    })
    await tickets.send({ ...sam, name: NAME }, { ticketId: 't0', body: BODY, data: DATA })
  }
  IDS.splice(0, IDS.length, ...ids)
}

/** Of the notifications. */
const IDS: string[] = []
/** Where the streams stood before anything was in them. */
const BEGAN = { notifications: '', messages: '' }

async function cursorsOf({ ask }: Face): Promise<typeof BEGAN> {
  const { data } = await ask(ann, '{ notifications { resumeCursor } ticket(id: "t0") { messages { resumeCursor } } }')
  const { notifications, ticket } = data as unknown as Record<
    string,
    { resumeCursor: string; messages: { resumeCursor: string } }
  >
  return { notifications: notifications?.resumeCursor ?? '', messages: ticket?.messages.resumeCursor ?? '' }
}

beforeEach(async () => {
  let taken = (): Read => ({ rows: 0, characters: 0, columns: new Set() })
  face = await openFace((storage) => {
    const watched = reading(storage)
    taken = watched.take
    return watched.storage
  })
  take = () => taken()
  await fill(face)
})

/** What was read for an answer without errors. */
async function readFor(viewer: Viewer, text: string, variables: Record<string, unknown> = {}): Promise<Read> {
  take()
  const { errors, data } = await face.ask(viewer, text, { variables })
  expect(errors).toBeUndefined()
  expect(data).toBeTruthy()
  return take()
}

describe('a list of ids reads nothing else', () => {
  test.each<[title: string, viewer: Viewer, text: string]>([
    ['of notifications', ann, '{ notifications(first: 100) { nodes { id } } }'],
    ['of edges of notifications', ann, '{ notifications(first: 100) { edges { cursor node { id revision } } } }'],
    [
      'of notifications in a fragment',
      ann,
      '{ notifications { ...F } } fragment F on NotificationConnection { nodes { id } }',
    ],
    ['of notifications without what is skipped', ann, '{ notifications { nodes { id body @skip(if: true) } } }'],
    ['with where the page stands', ann, '{ notifications { pageInfo { hasNextPage endCursor } resumeCursor } }'],
    ['of tickets', ann, '{ tickets(first: 100) { nodes { id updatedAt } } }'],
    ['of tickets of staff', sam, '{ tickets(first: 100) { edges { node { id } } pageInfo { endCursor } } }'],
    ['of messages', ann, '{ ticket(id: "t0") { messages(last: 100) { nodes { id number } } } }'],
    ['of messages of staff', sam, '{ ticket(id: "t0") { messages(first: 100) { edges { node { id createdAt } } } } }'],
    ['of messages in a list', ann, '{ tickets { nodes { messages(last: 100) { nodes { id visibility } } } } }'],
    ['with when each was read', ann, '{ notifications { nodes { id readAt seenAt archivedAt expiresAt position } } }'],
  ])('%s', async (_, viewer, text) => {
    const { rows, characters } = await readFor(viewer, text)
    expect(rows).toBeGreaterThanOrEqual(ENTRIES)
    expect(characters / rows).toBeLessThan(120)
  })
})

test('one ticket reads only what is asked of it', async () => {
  const { characters, columns } = await readFor(ann, '{ ticket(id: "t0") { id status } }')
  expect(characters).toBeLessThan(100)
  expect(columns).not.toContain('subject')
  expect(columns).not.toContain('assignee')
})

test('participants are read without their marks when nobody asks for those', async () => {
  const without = await readFor(ann, '{ ticket(id: "t0") { participants { user { id } } } }')
  expect(without.columns).not.toContain('mark')
  const text = '{ ticket(id: "t0") { participants { lastReadNumber } } }'
  expect((await readFor(ann, text)).columns).toContain('mark')
})

test('a mark reads the notifications only when the answer has them', async () => {
  const one = 'mutation($ids: [ID!]!) { markAsRead(ids: $ids) { changed unread { count } } }'
  expect((await readFor(ann, one, { ids: IDS })).characters).toBeLessThan(ENTRIES * 200)
  const ids = 'mutation($ids: [ID!]!) { markAsUnread(ids: $ids) { notifications { id readAt } } }'
  expect((await readFor(ann, ids, { ids: IDS })).characters).toBeLessThan(ENTRIES * 200)
  const all = 'mutation($ids: [ID!]!) { markAsSeen(ids: $ids) { notifications { body } } }'
  expect((await readFor(ann, all, { ids: IDS })).characters).toBeGreaterThan(ENTRIES * BODY.length)
})

test('without entries and ends none are read, and no count without the count', async () => {
  const badge = await readFor(ann, '{ notifications(first: 100) { unread { count } resumeCursor } }')
  expect(badge.rows).toBeLessThan(ENTRIES)
  const { columns } = await readFor(ann, '{ notifications(first: 100) { nodes { id } } }')
  expect(columns).not.toContain('count')
})

describe('whoever catches up', () => {
  const followed: Readonly<
    Record<string, (fields: string) => { readonly text: string; readonly stream: 'notifications' | 'messages' }>
  > = {
    'with what arrived': (fields) => ({
      text: `subscription($after: Cursor) { notificationAdded(after: $after) { id ${fields} } }`,
      stream: 'notifications',
    }),
    'with what changed': (fields) => ({
      text: `subscription($after: Cursor) { notificationEvents(after: $after) { ... on NotificationAdded { notification { id ${fields} } } } }`,
      stream: 'notifications',
    }),
    'with a conversation': (fields) => ({
      text: `subscription($after: Cursor) { ticketMessage(ticketId: "t0", after: $after) { id ${fields} } }`,
      stream: 'messages',
    }),
  }

  test.each(Object.entries(followed))('%s reads only what is asked for', async (_, documentOf) => {
    for (const [fields, least, most] of [
      ['', 0, 10_000],
      ['body @skip(if: false)', BODY.length, Number.POSITIVE_INFINITY],
      ['body', BODY.length, Number.POSITIVE_INFINITY],
    ] as const) {
      const { text, stream } = documentOf(fields)
      take()
      const reader = await face.follow(ann, text, { after: BEGAN[stream] })
      expect(await reader.next()).toBeTypeOf('object')
      const { characters } = take()
      await reader.stop()
      expect(characters).toBeGreaterThanOrEqual(least)
      expect(characters).toBeLessThanOrEqual(most)
    }
  })
})

describe('what is asked for is there', () => {
  const notification =
    'id type category title body data actor { id name } actionUrl imageUrl priority createdAt revision position'
  const message =
    'id ticketId number visibility author { id name } body data attachments { url } replyTo { id } edits { body } reactions { count } clientMessageId createdAt editedAt deletedAt'

  test.each<[title: string, viewer: Viewer, text: string]>([
    ['in nodes', ann, `{ notifications { nodes { ${notification} } } }`],
    ['in edges', ann, `{ notifications { edges { node { ${notification} } } } }`],
    ['in parts of both', ann, '{ notifications { edges { node { body } } nodes { id actor { name } } } }'],
    [
      'under other names',
      ann,
      '{ list: notifications { entries: nodes { text: body } all: edges { it: node { body } } } }',
    ],
    ['of messages', ann, `{ ticket(id: "t0") { messages { nodes { ${message} } } } }`],
    [
      'of messages under two names',
      ann,
      '{ ticket(id: "t0") { a: messages { nodes { id } } b: messages { nodes { body } } } }',
    ],
    [
      'of messages in two fragments',
      ann,
      '{ ticket(id: "t0") { ...A ...B } } fragment A on Ticket { messages { nodes { id } } } fragment B on Ticket { messages { nodes { body } } }',
    ],
    [
      'of what is not skipped',
      ann,
      'query($no: Boolean = false) { notifications { nodes { id body @skip(if: $no) } } }',
    ],
  ])('%s', async (_, viewer, text) => {
    take()
    const { data, errors } = await face.ask(viewer, text)
    expect(errors).toBeUndefined()
    expect(JSON.stringify(data).split(BODY).length - 1).toBeGreaterThanOrEqual(ENTRIES)
    expect(JSON.stringify(data)).not.toContain('undefined')
  })

  test('of tickets and their participants', async () => {
    const text = `{ tickets { nodes {
      id subject status assignee { name } createdAt updatedAt unread { count } participants { user { name } lastReadNumber }
    } } }`
    const { data, errors } = await face.ask(sam, text)
    expect(errors).toBeUndefined()
    expect(JSON.stringify(data).split(NAME).length - 1).toBe(ENTRIES * 4)
  })

  test('for a backend too', async () => {
    const { data, errors } = await face.ask(backend, '{ ticket(id: "t0") { subject messages { nodes { body } } } }')
    expect(errors).toBeUndefined()
    expect(JSON.stringify(data)).toContain(BODY)
  })
})
