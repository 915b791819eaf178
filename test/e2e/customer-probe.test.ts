import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { readTypeDefs } from '../../src/graphql/schema.ts'
import { startTestApp } from '../support/app.ts'
import { LOOK, SUBSCRIPTIONS } from '../support/customer-view.ts'
import { connectDevice, type Device } from '../support/device.ts'
import { openRecorder, type Recorder } from '../support/recorder.ts'

// A customer who follows everything that a customer may must not receive one byte because of what staff does among itself.

const NOTE =
  'mutation ($body: String!) { sendTicketMessage(input: { ticketId: "42", body: $body, visibility: INTERNAL }) { message { id } } }'

const READ_ALL = 'mutation { markTicketAsRead(ticketId: "42", upToNumber: 1000000) { id } }'

function typing(isTyping: boolean) {
  return `mutation { setTyping(ticketId: "42", isTyping: ${isTyping}, visibility: INTERNAL) { accepted } }`
}

/** Everything that staff and backends can do without a customer being meant. */
async function staffDoesEverything(bob: Device, dora: Device, backend: Device): Promise<void> {
  const id = async (device: Device, body: string): Promise<string> =>
    (await device.run(NOTE, { body }))['sendTicketMessage'].message.id
  const own = await id(bob, 'Is she a premium customer?')
  await bob.run('mutation ($id: ID!) { editTicketMessage(id: $id, body: "She is.") { id } }', { id: own })
  const answer =
    'mutation ($id: ID!) { sendTicketMessage(input: { ticketId: "42", body: "Yes", visibility: INTERNAL, replyToId: $id }) { isDuplicate } }'
  await bob.run(answer, { id: own })
  for (const device of [bob, dora, backend]) {
    await device.run('mutation ($id: ID!) { addReaction(messageId: $id, emoji: "👍") { message { id } } }', { id: own })
  }
  await bob.run('mutation ($id: ID!) { removeReaction(messageId: $id, emoji: "👍") { message { id } } }', { id: own })
  await dora.run('mutation ($id: ID!) { deleteTicketMessage(id: $id) { id } }', { id: own })
  for (const device of [bob, dora, backend]) {
    await id(device, 'A note')
    await device.run(typing(true))
    await device.run(typing(false))
    await device.run(READ_ALL)
  }
  await bob.run(typing(true))

  const cursor = (await bob.run('{ ticket(id: "42") { messages { resumeCursor } } }'))['ticket'].messages.resumeCursor
  const joined = bob.subscribe(`subscription { ticketMessage(ticketId: "42", after: "${cursor}") { id } }`)
  const presence = dora.subscribe('subscription { ticketPresence(ticketId: "42") { change } }')
  await id(dora, 'Joining, too')
  await joined.next()
  await presence.next()
  joined.stop()
  while ((await presence.next())['ticketPresence'].change !== 'LEFT');

  await bob.run('mutation { setPreference(category: "staff", inApp: false) { preferences { default { inApp } } } }')
  await dora.run(
    'mutation { setQuietHours(input: { from: "22:00", to: "07:00", timeZone: "Europe/Berlin" }) { preferences { quietHours { to } } } }',
  )
  const notify =
    'mutation { notify(input: { userIds: ["bob", "dora"], notification: { type: "staff", title: "Look at 42" } }) { notificationId } }'
  const ids = [(await backend.run(notify))['notify'].notificationId]
  for (const mark of ['markAsSeen', 'markAsRead', 'markAsUnread', 'archiveNotifications', 'unarchiveNotifications']) {
    await bob.run(`mutation ($ids: [ID!]!) { ${mark}(ids: $ids) { changed } }`, { ids })
  }
  await bob.run(
    'mutation ($ids: [ID!]!, $until: DateTime!) { snoozeNotifications(ids: $ids, until: $until) { changed } }',
    { ids, until: new Date(Date.now() + 60_000).toISOString() },
  )
  await bob.run('mutation ($ids: [ID!]!) { unsnoozeNotifications(ids: $ids) { changed } }', { ids })
  await dora.run('mutation ($ids: [ID!]!) { deleteNotifications(ids: $ids) { deletedIds } }', { ids })
  for (const mark of ['markAllAsRead', 'markAllAsSeen', 'archiveAllNotifications']) {
    await bob.run(`mutation { ${mark} { changed } }`)
  }
  await backend.run('mutation ($id: ID!) { updateNotification(id: $id, input: { title: "New" }) { recipients } }', {
    id: ids[0],
  })
  await backend.run('mutation ($ids: [ID!]!) { retractNotifications(ids: $ids) }', { ids })
  await backend.run(
    'mutation { announce(input: { excludeUserId: "alice", notification: { type: "staff", title: "Party" } }) { notificationId } }',
  )

  for (const assignee of ['{ id: "bob", role: AGENT }', 'null', '{ id: "dora", role: ADMIN }']) {
    await backend.run(`mutation { upsertTicket(input: { id: "42", subject: "Lamp", assignee: ${assignee} }) { id } }`)
  }
  await backend.run(
    'mutation { upsertTicket(input: { id: "43", subject: "Other", participants: [{ id: "zoe" }] }) { id } }',
  )
  await backend.run('mutation { sendTicketMessage(input: { ticketId: "43", body: "Hello Zoe" }) { isDuplicate } }')
  await backend.run('mutation { sendToTicket(ticketId: "43", event: "x") { id } }')
  await backend.run('mutation { deleteTicket(id: "43") { messages } }')
  for (const [device, claim] of [
    [bob, 'claimTicket(ticketId: "42", expectedAssigneeId: "dora")'],
    [bob, 'releaseTicket(ticketId: "42")'],
    [dora, 'claimTicket(ticketId: "42")'],
    [bob, 'muteTicket(ticketId: "42")'],
    [dora, `muteTicket(ticketId: "42", until: "${new Date(Date.now() + 60_000).toISOString()}")`],
    [bob, 'unmuteTicket(ticketId: "42")'],
  ] as const) {
    await device.run(`mutation { ${claim} { ticket { id } } }`)
  }
  await bob
    .run('mutation { claimTicket(ticketId: "42") { ticket { id } } }')
    .catch(({ code }) => expect(code).toBe('CONFLICT'))
  await backend.run('mutation { sendToUser(userId: "bob", event: "x") { id } }')
  await backend.run('mutation { sendToMultipleUsers(userIds: ["bob", "dora"], event: "x") { id } }')
  await backend.run('mutation { broadcast(event: "x", excludeUserId: "alice") { id } }')
  await bob.run(typing(true))
  await backend.run('mutation { disconnectUser(userId: "bob") }')
  await backend.run('mutation { revokeToken(jti: "t-1") { closedConnections } }')
  await backend.run('mutation { revokeTokens(userId: "dora") { closedConnections } }')
  await backend.run('mutation { eraseUser(userId: "dora") { messages } }')
}

interface Public {
  readonly alice: Recorder
  /** Another participant. */
  readonly carol: Device
  readonly bob: Device
  readonly backend: Device
}

const HELLO = 'mutation { sendTicketMessage(input: { ticketId: "42", body: "Hello" }) { message { number } } }'
const NOTIFY =
  'mutation { notify(input: { userIds: ["alice"], notification: { type: "x", title: "X" } }) { notificationId } }'

/** Everything that a customer is told of, with what names it in each subscription that tells it. */
async function publicThings({ carol, backend }: Pick<Public, 'carol' | 'backend'>, event: string) {
  const { number } = (await carol.run(HELLO))['sendTicketMessage'].message
  await carol.run('mutation { setTyping(ticketId: "42", isTyping: true) { accepted } }')
  await carol.run('mutation { setTyping(ticketId: "42", isTyping: false) { accepted } }')
  const { notificationId } = (await backend.run(NOTIFY))['notify']
  await backend.run(`mutation { sendToTicket(ticketId: "42", event: "${event}") { id } }`)
  return {
    ticketMessage: `"number":${number},`,
    supportMessage: `"number":${number},`,
    notificationAdded: notificationId,
    notificationEvents: notificationId,
    // Each round tells alice of one notification and of one message.
    unreadCount: `"count":${number},`,
    customEvent: `"${event}"`,
    // Who replies has read.
    ticketReads: `"carol"},"lastReadNumber":${number},`,
  }
}

/** Marks all as read, and says up to which number. */
async function readAllOf(device: Device): Promise<{ readonly upTo: number }> {
  await device.run(READ_ALL)
  const { ticket } = await device.run('{ ticket(id: "42") { messages(last: 1) { nodes { number } } } }')
  return { upTo: ticket.messages.nodes[0].number }
}

/**
 * Public things happen until every subscription has delivered something, so that all of them are known to listen; and then once more,
 * until all of that has come: subscriptions have no order among each other, and what is late must not be taken for what staff does.
 */
async function untilAllListen({ alice, carol, bob, backend }: Public): Promise<void> {
  const messages = carol.subscribe('subscription { ticketMessage(ticketId: "42") { id } }')
  const isReceived = (id: string): boolean =>
    alice.messages.some((message) => message.includes(`"id":"${id}","type":"next"`))
  while (!Object.keys(SUBSCRIPTIONS).every(isReceived)) await publicThings({ carol, backend }, 'hello')
  messages.stop()
  await alice.until(0, '"LEFT"')
  for (const [id, text] of Object.entries(await publicThings({ carol, backend }, 'last'))) {
    await alice.until(0, `"id":"${id}","type":"next"`, text)
  }
  // Staff has read all that is public. What it reads from here on are notes.
  const { upTo } = await readAllOf(bob)
  await alice.until(0, '"id":"ticketReads","type":"next"', `"staffReadNumber":${upTo}}`)
  for (const isTyping of [true, false]) {
    await bob.run(`mutation { setTyping(ticketId: "42", isTyping: ${isTyping}, visibility: PUBLIC) { accepted } }`)
    await alice.until(0, '"id":"userTyping","type":"next"', '"bob"', `"isTyping":${isTyping}`)
  }
}

describe('the customer probe', () => {
  test('covers every mutation and every subscription of the schema', () => {
    const schema = buildSchema(readTypeDefs().join('\n'))
    const run = staffDoesEverything.toString()
    for (const name of Object.keys(schema.getMutationType()?.getFields() ?? {})) {
      expect(run + NOTE + READ_ALL + typing(true), name).toContain(name)
    }
    expect(Object.keys(SUBSCRIPTIONS).sort()).toEqual(
      Object.keys(schema.getSubscriptionType()?.getFields() ?? {}).sort(),
    )
  })

  test('receives not one byte because of notes, internal typing, or staff activity', async () => {
    const app = await startTestApp({ env: { PRESENCE_GRACE_MS: '0', TICKET_GRACE_MS: '0' } })
    const [carol, other] = [await connectDevice(app, 'carol'), await connectDevice(app, 'alice')]
    const [bob, dora] = [await connectDevice(app, 'bob', 'agent'), await connectDevice(app, 'dora', 'admin')]
    const backend = await connectDevice(app, 'shop', 'backend')
    await backend.run(
      'mutation { upsertTicket(input: { id: "42", subject: "Lamp", participants: [{ id: "alice" }, { id: "carol" }, { id: "bob", role: AGENT }] }) { id } }',
    )
    for (const staff of [bob, dora, other]) await staff.run('{ me { id } }')

    const alice = await openRecorder(app, await app.token('alice'))
    for (const [id, query] of Object.entries(SUBSCRIPTIONS)) alice.subscribe(id, `subscription ${query}`)
    await untilAllListen({ alice, carol, bob, backend })

    const barrier = async (name: string): Promise<void> => {
      const from = alice.messages.length
      await backend.run(`mutation { sendToUser(userId: "alice", event: "${name}") { id } }`)
      await alice.until(from, name)
    }
    await barrier('before')
    const seen = await other.run(LOOK)
    const [count, bytes] = [alice.messages.length, alice.bytes()]

    await staffDoesEverything(bob, dora, backend)

    await barrier('after')
    const [message, ...more] = alice.messages.slice(count)
    expect(more).toEqual([])
    expect(message).toContain('after')
    const frameHead = 4
    expect(alice.bytes() - bytes).toBeLessThanOrEqual(Buffer.byteLength(message ?? '') + frameHead)
    expect(await other.run(LOOK)).toEqual(seen)
  })
})
