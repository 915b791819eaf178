import { getNamedType, isAbstractType, isLeafType, isObjectType, isRequiredArgument } from 'graphql'
import { expect, test } from 'vitest'
import { createSchema } from '../../src/graphql/schema.ts'
import { startTestApp } from '../support/app.ts'
import { connectDevice, type Data } from '../support/device.ts'
import { NO_BUDGETS } from '../support/no-budgets.ts'

// What is read depends on what is asked for. Wherever an object comes from, each of its fields says the same alone as beside all others.

const schema = createSchema()

/** A selection of each field of a type, with all that is below it, two levels deep. */
function selectionsOf(name: string, depth = 2): readonly string[] {
  const type = schema.getType(name)
  if (!isObjectType(type)) throw new Error(`${name} is no object type`)
  return Object.values(type.getFields()).flatMap((field) => {
    const inner = getNamedType(field.type)
    if (field.args.some(isRequiredArgument)) return []
    if (isLeafType(inner)) return [field.name]
    if (depth === 0 || isAbstractType(inner)) return []
    const below = selectionsOf(inner.name, depth - 1)
    return below.length === 0 ? [] : [`${field.name} { ${below.join(' ')} }`]
  })
}

/** Where objects of a type come from: a document with a place for what is asked of them. */
type Source = readonly [type: string, document: (fields: string) => string]

const ASKED: readonly Source[] = [
  ['TicketMessage', (fields) => `{ ticket(id: "42") { messages(first: 2) { nodes { ${fields} } } } }`],
  ['TicketMessage', (fields) => `{ ticket(id: "42") { messages(last: 2) { edges { node { ${fields} } } } } }`],
  ['TicketMessage', (fields) => `{ ticket(id: "42") { messages(last: 2) { nodes { replyTo { ${fields} } } } } }`],
  ['TicketMessage', (fields) => `{ ticket(id: "42") { lastMessage { ${fields} } } }`],
  ['TicketMessage', (fields) => `{ tickets(first: 1) { nodes { lastMessage { ${fields} } } } }`],
  ['TicketMessage', (fields) => `{ searchTickets(query: "first") { nodes { message { ${fields} } } } }`],
  ['Ticket', (fields) => `{ ticket(id: "42") { ${fields} } }`],
  ['Ticket', (fields) => `{ tickets(first: 1) { nodes { ${fields} } } }`],
  ['Notification', (fields) => `{ notifications(first: 2) { nodes { ${fields} } } }`],
  ['Notification', (fields) => `query ($id: ID!) { notification(id: $id) { ${fields} } }`],
]

/** They go on from cursors before everything; what has none tells its state at once. */
const FOLLOWED: readonly Source[] = [
  [
    'TicketMessage',
    (fields) => `subscription ($ticket: Cursor) { ticketMessage(ticketId: "42", after: $ticket) { ${fields} } }`,
  ],
  ['Ticket', (fields) => `subscription { ticketChanged(ticketId: "42") { ${fields} } }`],
  [
    'Ticket',
    (fields) =>
      `subscription { ticketList(first: 1) { ... on TicketListSnapshot { tickets { nodes { ${fields} } } } } }`,
  ],
  [
    'TicketMessage',
    (fields) => `subscription { ticketList(first: 1) {
      ... on TicketListSnapshot { tickets { nodes { lastMessage { ${fields} } } } } } }`,
  ],
  ['Notification', (fields) => `subscription ($inbox: Cursor) { notificationAdded(after: $inbox) { ${fields} } }`],
  [
    'Notification',
    (fields) => `subscription ($inbox: Cursor) { notificationEvents(after: $inbox) {
      ... on NotificationAdded { notification { ${fields} } } } }`,
  ],
]

const CURSORS = '{ notifications { resumeCursor } ticket(id: "42") { messages { resumeCursor } } }'

const SEND = `mutation ($body: String!, $reply: ID) { sendTicketMessage(input: {
  ticketId: "42", body: $body, replyToId: $reply, data: { of: "message" }, clientMessageId: "mine",
  attachments: [{ name: "a.png", mediaType: "image/png", bytes: 3, url: "https://x.example/a.png" }]
}) { message { id } } }`

const CHANGE = `mutation ($id: ID!, $body: String!) {
  editTicketMessage(id: $id, body: $body) { id }
  addReaction(messageId: $id, emoji: "👍") { message { id } }
  markTicketAsRead(ticketId: "42", upToNumber: 2) { unreadCount }
}`

const NOTIFY = `mutation ($body: String!) { notify(input: { userIds: ["ann"], notification: {
  type: "a.b", title: "Hi", body: $body, data: { of: "notification" }, actor: { id: "bob", name: "Bob" },
  actionUrl: "/a", imageUrl: "/b", priority: HIGH, groupKey: "g", expiresAt: "2999-01-01T00:00:00Z"
} }) { notificationId } }`

/** A ticket and an inbox in which as much as possible is set, with texts of so many characters, and the places before all of it. */
async function fill(length: number) {
  const app = await startTestApp({ env: NO_BUDGETS })
  const shop = await connectDevice(app, 'shop', 'backend')
  const ann = await connectDevice(app, 'ann')
  await shop.run(`mutation { upsertTicket(input: {
    id: "42", subject: "A", assignee: { id: "joe" }, participants: [{ id: "ann", name: "Ann" }] }) { id } }`)
  const { notifications, ticket } = await ann.run(CURSORS)
  const long = 'x '.repeat(length / 2)
  const first = (await ann.run(SEND, { body: 'first' }))['sendTicketMessage'].message.id
  const reply = (await ann.run(SEND.replace('mine', 'other'), { body: 'second', reply: first }))['sendTicketMessage']
  for (const id of [first, reply.message.id]) await ann.run(CHANGE, { id, body: `first ${long}` })
  await shop.run(NOTIFY, { body: long })
  const { notificationId: id } = (await shop.run(NOTIFY, { body: long }))['notify']
  await ann.run('mutation ($id: ID!) { markAsSeen(ids: [$id]) { changed } }', { id })
  return { ann, variables: { id, inbox: notifications.resumeCursor, ticket: ticket.messages.resumeCursor } }
}

/** Asks for all fields, and for each alone; what comes first of either says the same. */
async function compare([type, document]: Source, ask: (query: string) => Promise<Data>): Promise<void> {
  const fields = selectionsOf(type)
  expect(fields.length).toBeGreaterThan(10)
  const all = await ask(document(fields.join(' ')))
  for (const field of fields) expect(all, document(field)).toMatchObject(await ask(document(field)))
}

test.each([10, 5_000])('with texts of %i characters', async (length) => {
  const { ann, variables } = await fill(length)
  const used = (query: string) =>
    Object.fromEntries(Object.entries(variables).filter(([name]) => query.includes(`$${name}:`)))
  for (const source of ASKED) await compare(source, (query) => ann.run(query, used(query)))
  for (const source of FOLLOWED) {
    await compare(source, async (query) => {
      const stream = ann.subscribe(query, used(query))
      const first = await stream.next()
      stream.stop()
      return first
    })
  }
})
