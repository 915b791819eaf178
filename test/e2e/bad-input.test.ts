import { describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { connectDevice, type Device } from '../support/device.ts'

// Each of these gets a clear error with its code, stores nothing by half, and leaves the socket and its other subscription alive.

type Who = 'alice' | 'bob' | 'shop'

interface Bad {
  readonly name: string
  readonly who: Who
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
  readonly code: string
  /** What the message must say. */
  readonly says: RegExp
}

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { isDuplicate } }'

function notify(name: string, says: RegExp, notification: object, userIds: unknown = ['alice']): Bad {
  return {
    name,
    who: 'shop',
    query: NOTIFY,
    variables: { input: { userIds, notification: { type: 'x.y', title: 'Hello', ...notification } } },
    code: 'BAD_USER_INPUT',
    says,
  }
}

function message(name: string, who: Who, code: string, says: RegExp, input: object): Bad {
  return {
    name,
    who,
    query: SEND,
    variables: { input: { ticketId: '42', body: 'Hello', ...input } },
    code,
    says,
  }
}

function ask(name: string, who: Who, code: string, says: RegExp, query: string, variables = {}): Bad {
  return {
    name,
    who,
    query,
    variables,
    code,
    says,
  }
}

const KIB = 1_024

function cursor(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

const ADDED = 'subscription ($after: Cursor) { notificationAdded(after: $after) { id } }'

const BAD: readonly Bad[] = [
  notify('17 KiB of data', /data is too large: \d+ bytes, at most 16384/, { data: { text: 'x'.repeat(17 * KIB) } }),
  notify('65 KiB of body', /body is too long: 66560 characters, at most 65536/, { body: 'x'.repeat(65 * KIB) }),
  notify(
    '10,001 recipients',
    /userIds has 10001 entries, at most 10000/,
    {},
    Array.from({ length: 10_001 }, (_, n) => `u${n}`),
  ),
  notify('an empty list of recipients', /userIds must not be empty/, {}, []),
  notify('a title of only spaces', /title must not be empty/, { title: '   ' }),
  notify('control characters in a title', /title contains a control character/, { title: 'a\u0007b' }),
  notify('a NUL byte in a body', /body contains a control character/, { body: 'a\0b' }),
  notify('a NUL byte in data', /data contains a NUL character/, { data: { 'a\0': 1 } }),
  notify('half a surrogate pair in a title', /title contains half a surrogate pair/, { title: 'a\ud800b' }),
  notify('half a surrogate pair in data', /data contains half a surrogate pair/, { data: { a: ['\udc00'] } }),
  notify('data that is a list', /JSON must be an object/, { data: [1] }),
  notify('data that is nested without end', /nested deeper than 32/, {
    data: JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`),
  }),
  notify('an unknown enum value', /"LOUD" does not exist in "Priority" enum/, { priority: 'LOUD' }),
  notify('a time without an offset', /must be RFC 3339/, { expiresAt: '2026-01-01T00:00:00' }),
  notify('a time in the past', /expiresAt/, { expiresAt: '2020-01-01T00:00:00Z' }),
  notify('a script as a link', /actionUrl/, { actionUrl: 'javascript:alert(1)' }),
  notify('a recipient with a line break', /userIds/, {}, ['a\nb']),
  message('65 KiB of message', 'alice', 'BAD_USER_INPUT', /body is too large/, { body: 'x'.repeat(65 * KIB) }),
  message('a blank message', 'alice', 'BAD_USER_INPUT', /body must not be empty/, { body: ' \n ' }),
  message('an internal message from a customer', 'alice', 'FORBIDDEN', /staff/, { visibility: 'INTERNAL' }),
  message('a message in the name of somebody else', 'bob', 'FORBIDDEN', /backend/i, { author: { id: 'alice' } }),
  message("someone else's ticket", 'alice', 'NOT_FOUND', /not found/, { ticketId: '43' }),
  message('a ticket that does not exist', 'bob', 'NOT_FOUND', /not found/, { ticketId: 'nope' }),
  message('a conversation that has moved on', 'bob', 'CONFLICT', /./, { expectedNumber: 0 }),
  ask(
    "someone else's notification",
    'alice',
    'NOT_FOUND',
    /not found/,
    'mutation ($ids: [ID!]!) { markAsRead(ids: $ids) { changed } }',
    { ids: ['018f0000-0000-7000-8000-000000000000'] },
  ),
  ask('a malformed cursor', 'alice', 'BAD_USER_INPUT', /not a cursor/, ADDED, { after: '%%%' }),
  ask('a cursor of another store', 'alice', 'CURSOR_EXPIRED', /Load the list again/, ADDED, {
    after: cursor(['r', 'AAAAAAAAAAA', 1]),
  }),
  ask('a page cursor for a stream', 'alice', 'BAD_USER_INPUT', /not a resume cursor/, ADDED, {
    after: cursor(['p', 'AAAAAAAAAAA', 1]),
  }),
  ask(
    'a page of 101',
    'alice',
    'BAD_USER_INPUT',
    /first must be from 1 to 100/,
    '{ notifications(first: 101) { nodes { id } } }',
  ),
  ask(
    'two root fields in a subscription',
    'alice',
    'BAD_USER_INPUT',
    /only one top level field/,
    'subscription { unreadCount { count } notificationAdded { id } }',
  ),
  ask('an unknown field', 'alice', 'BAD_USER_INPUT', /Cannot query field "nope"/, '{ nope }'),
  ask('a syntax error', 'alice', 'BAD_USER_INPUT', /Syntax Error/, '{ me { id '),
  ask('a missing variable', 'shop', 'BAD_USER_INPUT', /\$input/, NOTIFY),
  ask(
    'a backend mutation from a customer',
    'alice',
    'FORBIDDEN',
    /backends only/,
    'mutation { broadcast(event: "x") { id } }',
  ),
  ask(
    'presence of 101 users',
    'alice',
    'BAD_USER_INPUT',
    /101 entries/,
    'query ($ids: [ID!]!) { presence(userIds: $ids) { isOnline } }',
    { ids: Array.from({ length: 101 }, (_, n) => `u${n}`) },
  ),
]

const STATE =
  '{ notifications { nodes { id } unread { count revision } } tickets { nodes { id updatedAt messages { nodes { id body } } } } }'

async function open() {
  const app = await startTestApp({ env: { MAX_OPERATIONS_PER_SECOND: '1000' } })
  const devices: Readonly<Record<Who, Device>> = {
    alice: await connectDevice(app, 'alice'),
    bob: await connectDevice(app, 'bob', 'agent'),
    shop: await connectDevice(app, 'shop', 'backend'),
  }
  await devices.shop.run('mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }] }) { id } }')
  await devices.shop.run('mutation { upsertTicket(input: { id: "43", participants: [{ id: "carol" }] }) { id } }')
  await devices.alice.run(SEND, { input: { ticketId: '42', body: 'Hello' } })
  return { app, devices }
}

async function post(app: TestApp, token: string, { query, variables }: Bad) {
  const response = await fetch(app.url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ query, variables }),
  })
  const text = await response.text()
  return JSON.parse(text.startsWith('{') ? text : (text.match(/^data: (.+)$/m)?.[1] ?? '{}'))
}

describe('bad input', () => {
  test('gets a clear error with its code, on the socket, which stays alive', async () => {
    const { devices } = await open()
    const before = await devices.alice.run(STATE)
    for (const { name, who, query, variables, code, says } of BAD) {
      const badge = devices[who].subscribe('subscription { unreadCount { count } }')
      await badge.next()
      const refusal = devices[who].run(query, variables)
      await expect(refusal, name).rejects.toMatchObject({ code, message: expect.stringMatching(says) })
      badge.stop()
      await badge.ended
    }
    expect(await devices.alice.run(STATE)).toEqual(before)
    const badge = devices.alice.subscribe('subscription { unreadCount { count } }')
    await badge.next()
    await devices.shop.run(NOTIFY, { input: { userIds: ['alice'], notification: { type: 'x.y', title: 'Good' } } })
    expect((await badge.next())['unreadCount'].count).toBe(1)
  })

  test('gets the same error over HTTP', async () => {
    const { app, devices } = await open()
    const roles = { alice: 'customer', bob: 'agent', shop: 'backend' } as const
    const before = await devices.alice.run(STATE)
    for (const bad of BAD) {
      const { errors } = await post(app, await app.token(bad.who, roles[bad.who]), bad)
      expect(errors?.[0], bad.name).toMatchObject({
        extensions: { code: bad.code },
        message: expect.stringMatching(bad.says),
      })
      expect(JSON.stringify(errors), bad.name).not.toContain('"http"')
    }
    expect(await devices.alice.run(STATE)).toEqual(before)
  })
})
