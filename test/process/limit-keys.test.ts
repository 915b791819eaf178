import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { signTestToken, startTestApp, type TokenRole } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import { connectDevice } from '../support/device.ts'
import { ADDED, drop, expectNext, follow, settle } from '../support/resume.ts'

/** Each key with a value, and an operation that goes one beyond it. */
const BEYOND: Readonly<Record<string, readonly [value: number, role: TokenRole, operation: string, message: RegExp]>> =
  {
    MAX_MESSAGE_BYTES: [
      10,
      'customer',
      'mutation { sendTicketMessage(input: { ticketId: "1", body: "eleven long" }) { message { id } } }',
      /body .*11 bytes, at most 10/,
    ],
    MAX_DATA_BYTES: [
      10,
      'customer',
      'mutation { sendTicketMessage(input: { ticketId: "1", body: "x", data: { long: "enough" } }) { message { id } } }',
      /data .*at most 10/,
    ],
    MAX_RECIPIENTS: [
      1,
      'backend',
      'mutation { notify(input: { userIds: ["a", "b"], notification: { type: "t", title: "x" } }) { recipients } }',
      /userIds .*1/,
    ],
    MAX_IDS: [1, 'customer', 'mutation { markAsSeen(ids: ["a", "b"]) { changed } }', /ids .*1/],
    MAX_PAGE_SIZE: [2, 'customer', '{ notifications(first: 3) { nodes { id } } }', /first .*2/],
    MAX_PRESENCE_IDS: [1, 'agent', '{ presence(userIds: ["a", "b"]) { userId } }', /userIds .*1/],
    MAX_PARTICIPANTS: [
      1,
      'backend',
      'mutation { upsertTicket(input: { id: "1", participants: [{ id: "a" }, { id: "b" }] }) { id } }',
      /participants .*1/,
    ],
    MAX_ATTACHMENTS: [
      1,
      'customer',
      'mutation { sendTicketMessage(input: { ticketId: "1", attachments: [{ name: "a", mediaType: "a/b", url: "/a" }, { name: "b", mediaType: "a/b", url: "/b" }] }) { message { id } } }',
      /attachments .*at most 1/,
    ],
    MAX_PREFERENCES: [
      1,
      'customer',
      'mutation { setPreference(category: "a", inApp: false) { preferences { default { inApp } } } b: setPreference(category: "b", inApp: false) { preferences { default { inApp } } } }',
      /1 categories, at most 1/,
    ],
    MAX_DOCUMENT_TOKENS: [5, 'customer', '{ me { id name role } }', /5 tokens/],
    MAX_DOCUMENT_DEPTH: [1, 'customer', '{ me { id } }', /levels|deep/],
    MAX_DOCUMENT_COMPARISONS: [1, 'customer', '{ me { id } me { id } me { id } }', /1 comparisons/],
    MAX_DOCUMENT_ALIASES: [1, 'customer', '{ a: me { b: id } }', /aliases/],
  }

describe('the key', () => {
  test.each(Object.entries(BEYOND))('%s bounds what it says', async (key, [value, role, operation, message]) => {
    const app = await startTestApp({ env: { [key]: String(value) } })
    const headers = { authorization: `Bearer ${await signTestToken('alice', role)}` }
    const { body } = await ask(app.url, operation, headers)
    expect(body['errors']).toMatchObject([
      { message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } },
    ])
  })

  test('UNREAD_CAP ends counting', async () => {
    const app = await startTestApp({ env: { UNREAD_CAP: '1' } })
    const [shop, alice] = [await connectDevice(app, 'shop', 'backend'), await connectDevice(app, 'alice')]
    for (const title of ['One', 'Two']) {
      await shop.run(
        `mutation { notify(input: { userIds: ["alice"], notification: { type: "t", title: "${title}" } }) { isDuplicate } }`,
      )
    }
    expect(await alice.run('{ unreadCount { count isCapped } }')).toEqual({ unreadCount: { count: 1, isCapped: true } })
  })

  test('MAX_REACTIONS ends what emoji a message has', async () => {
    const app = await startTestApp({ env: { MAX_REACTIONS: '1' } })
    const shop = await connectDevice(app, 'shop', 'backend')
    await shop.run('mutation { upsertTicket(input: { id: "1" }) { id } }')
    const { message } = (
      await shop.run('mutation { sendTicketMessage(input: { ticketId: "1", body: "Hi" }) { message { id } } }')
    )['sendTicketMessage']
    const react = (emoji: string) =>
      shop.run(`mutation { addReaction(messageId: "${message.id}", emoji: "${emoji}") { message { id } } }`)
    await react('👍')
    await expect(react('🎉')).rejects.toThrow(/emoji .*1 different/)
  })

  test('MAX_TICKET_VIEWERS ends the list of who is in a ticket', async () => {
    const app = await startTestApp({ env: { MAX_TICKET_VIEWERS: '1' } })
    const users = ['alice', 'carol']
    const shop = await connectDevice(app, 'shop', 'backend')
    await shop.run(
      'mutation { upsertTicket(input: { id: "1", participants: [{ id: "alice" }, { id: "carol" }] }) { id } }',
    )
    for (const user of users) {
      const device = await connectDevice(app, user)
      device.subscribe('subscription { ticketMessage(ticketId: "1") { id } }')
      await device.run('{ me { id } }')
    }
    const agent = await connectDevice(app, 'bob', 'agent')
    const presence = agent.subscribe('subscription { ticketPresence(ticketId: "1") { viewers { id } isCapped } }')
    await expect
      .poll(async () => (await presence.next())['ticketPresence'])
      .toMatchObject({ viewers: [{ id: expect.any(String) }], isCapped: true })
  })

  test('MAX_CHECKPOINTS_PER_USER gives up the oldest place', async () => {
    const app = await startTestApp({ env: { MAX_CHECKPOINTS_PER_USER: '1' } })
    const ids = Array.from({ length: 4 }, () => randomUUID())
    for (const id of ids) {
      const socket = await follow({ app }, id)
      await settle(socket)
      await drop(socket)
    }
    const back = await follow({ app }, ids[0] ?? '', { query: ADDED })
    const shop = await connectDevice(app, 'shop', 'backend')
    await settle(back)
    await shop.run(
      'mutation { notify(input: { userIds: ["alice"], notification: { type: "t", title: "One" } }) { isDuplicate } }',
    )
    await expectNext(back, 'One', 'expired')
  })
})
