import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { openRawWays } from '../support/raw-ways.ts'

// One value has one rule: what may connect can be told, asked for, disconnected and erased, and what may not is refused everywhere.

const USERS: readonly (readonly [string, string])[] = [
  ['a tab', 'a\tb'],
  ['NUL', 'a\0b'],
  ['a line separator', 'a\u2028b'],
  ['nothing to see', '\u200b\u2800'],
  ['only spaces', '  '],
  ['257 characters', '😀'.repeat(257)],
  ['the name of the erased', 'erased'],
]

const PLACES: readonly (readonly [string, (id: string) => object])[] = [
  [
    'mutation ($id: [ID!]!) { notify(input: { userIds: $id, notification: { type: "a.b", title: "Hi" } }) { recipients } }',
    (id) => ({ id: ['ok', id] }),
  ],
  [
    'mutation ($id: ID!) { notify(input: { userIds: ["ok"], notification: { type: "a.b", title: "Hi", actor: { id: $id } } }) { recipients } }',
    (id) => ({ id }),
  ],
  [
    'mutation ($id: ID!) { announce(input: { excludeUserId: $id, notification: { type: "a.b", title: "Hi" } }) { notificationId } }',
    (id) => ({ id }),
  ],
  ['mutation ($id: ID!) { upsertTicket(input: { id: "1", assignee: { id: $id } }) { id } }', (id) => ({ id })],
  [
    'mutation ($id: ID!) { upsertTicket(input: { id: "1", participants: [{ id: "ok" }, { id: $id }] }) { id } }',
    (id) => ({ id }),
  ],
  ['mutation ($id: ID!) { sendToUser(userId: $id, event: "x") { id } }', (id) => ({ id })],
  ['mutation ($id: [ID!]!) { sendToMultipleUsers(userIds: $id, event: "x") { id } }', (id) => ({ id: [id] })],
  ['mutation ($id: ID!) { broadcast(event: "x", excludeUserId: $id) { id } }', (id) => ({ id })],
  ['mutation ($id: ID!) { disconnectUser(userId: $id) }', (id) => ({ id })],
  ['query ($id: ID!) { isUserOnline(userId: $id) }', (id) => ({ id })],
  ['query ($id: ID!) { connectionCount(userId: $id) }', (id) => ({ id })],
  ['query ($id: [ID!]!) { presence(userIds: $id) { isOnline } }', (id) => ({ id: [id] })],
  ['subscription ($id: [ID!]!) { presenceChanged(userIds: $id) { isOnline } }', (id) => ({ id: [id] })],
]

describe('a user id with', () => {
  test.each(USERS)('%s is refused in tokens and wherever it is named', async (_what, id) => {
    const app = await startTestApp()
    const ways = await openRawWays(app, 'shop', 'backend')
    for (const [query, variablesOf] of PLACES) {
      const { errors } = await ways.socket({ query, variables: JSON.stringify(variablesOf(id)) })
      expect(errors, query).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    }
    const token = await app.token(id)
    const response = await fetch(app.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"query":"{ me { id } }"}',
    })
    const { errors } = (await response.json()) as { errors: unknown[] }
    const message = expect.stringMatching(/^The token is not valid: its claim "sub" .+\.$/)
    expect(errors).toMatchObject([{ message, extensions: { code: 'UNAUTHENTICATED' } }])
    const socket = await openRawSocket(app.wsUrl)
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
    expect(await socket.closed).toMatchObject({ code: 4401, reason: message })
  })

  test('emoji, spaces and scripts of all directions is good everywhere', async () => {
    const app = await startTestApp()
    const shop = await openRawWays(app, 'shop', 'backend')
    for (const id of ['😀'.repeat(256), ' a b ', 'שלום\u200f', 'user:1', 'everyone', '__proto__', 'constructor']) {
      const own = await openRawWays(app, id, 'customer')
      expect(await own.socket({ query: '{ me { id } }' })).toEqual({ data: { me: { id } } })
      for (const [query, variablesOf] of PLACES.filter(([query]) => !query.includes('disconnectUser'))) {
        const { errors } = await shop.socket({ query, variables: JSON.stringify(variablesOf(id)) })
        expect(errors, `${id} ${query}`).toBeUndefined()
      }
      // The notification, and the announcement that named somebody else.
      const { data } = await own.post({ query: '{ unreadCount { count } }' })
      expect(data.unreadCount.count).toBeGreaterThan(0)
      expect(
        await shop.socket({
          query: 'mutation ($id: ID!) { eraseUser(userId: $id) { notifications } }',
          variables: JSON.stringify({ id }),
        }),
      ).toMatchObject({ data: { eraseUser: {} } })
    }
  })
})

describe('a message', () => {
  const SEND =
    'mutation ($body: String!) { sendTicketMessage(input: { ticketId: "7", body: $body }) { message { id body } } }'
  const EDIT = 'mutation ($id: ID!, $body: String!) { editTicketMessage(id: $id, body: $body) { body } }'

  const openTicket = async () => {
    const app = await startTestApp({ env: { MAX_OPERATIONS_PER_SECOND: '1000' } })
    const shop = await openRawWays(app, 'shop', 'backend')
    await shop.post({ query: 'mutation { upsertTicket(input: { id: "7", participants: [{ id: "alice" }] }) { id } }' })
    return openRawWays(app, 'alice', 'customer')
  }

  test('in which nothing can be seen is refused, sent or edited, on every way', async () => {
    const alice = await openTicket()
    const { data } = await alice.post({ query: SEND, variables: '{"body":"first"}' })
    const { id } = data.sendTicketMessage.message
    for (const way of [alice.post, alice.sse, alice.socket]) {
      for (const body of [
        '\u200b',
        '\u2800',
        '\u3164',
        '\u00ad',
        '\u202e\u2066',
        '\ufe0f',
        '\u{e0041}',
        '\u0301',
        ' \n\t',
        '',
      ]) {
        const refused = [
          { message: expect.stringMatching(/^body must not be empty/), extensions: { code: 'BAD_USER_INPUT' } },
        ]
        expect((await way({ query: SEND, variables: JSON.stringify({ body }) })).errors).toMatchObject(refused)
        expect((await way({ query: EDIT, variables: JSON.stringify({ id, body }) })).errors).toMatchObject(refused)
      }
    }
    const { data: read } = await alice.post({ query: '{ ticket(id: "7") { messages { nodes { body } } } }' })
    expect(read.ticket.messages.nodes).toEqual([{ body: 'first' }])
  })

  test('of any script, with marks, joiners and line breaks of all kinds is stored as it was sent', async () => {
    const alice = await openTicket()
    const bodies = [
      '👩‍👩‍👧‍👦',
      '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
      '\u200fשלום\u200f',
      'می\u200cخواهم',
      'e\u0301',
      'a\u0085b\u2028c\r\nd\te',
      ' a ',
      '1️⃣',
    ]
    for (const [n, body] of bodies.entries()) {
      const way = [alice.post, alice.sse, alice.socket][n % 3] ?? alice.post
      const { data } = await way({ query: SEND, variables: JSON.stringify({ body }) })
      expect(data.sendTicketMessage.message.body).toBe(body)
    }
    const { data } = await alice.post({ query: '{ ticket(id: "7") { messages { nodes { body } } } }' })
    expect(data.ticket.messages.nodes.map(({ body }: { body: string }) => body)).toEqual(bodies)
  })
})
