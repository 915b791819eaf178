import { expect, test } from 'vitest'
import { signTestToken, startTestApp } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts'

const TICKETS = Array.from({ length: 20 }, (_, index) => `ticket-${index}`)
const TABS = 5
const HOURS = 8
const PER_TICKET = [
  'subscription ($id: ID!) { ticketMessage(ticketId: $id) { id number body } }',
  'subscription ($id: ID!) { ticketChanged(ticketId: $id) { id } }',
  'subscription ($id: ID!) { ticketPresence(ticketId: $id) { viewers { id } } }',
  'subscription ($id: ID!) { userTyping(ticketId: $id) { isTyping } }',
]
const INBOX = [
  'subscription { notificationEvents { __typename } }',
  'subscription { unreadCount { count } }',
  'subscription { supportMessage { __typename } }',
]
const LISTS = [
  '{ notifications(first: 50) { nodes { id title body createdAt } resumeCursor } }',
  '{ tickets(first: 50) { nodes { id subject unread { count isCapped } } } }',
  '{ unreadCount { count byCategory { category count } } }',
]
const OPEN =
  'query ($id: ID!) { ticket(id: $id) { id participants { user { id name } } messages(last: 50) { nodes { id body } } } }'

/** The product: the agent's inbox and tickets, and a customer who answers in each. */
async function openProduct() {
  const clock = createManualClock(Date.now())
  const app = await startTestApp({ clock })
  const headersOf = async (userId: string, role: 'agent' | 'customer' | 'backend', claims = {}) => ({
    authorization: `Bearer ${await signTestToken(userId, role, claims)}`,
  })
  const day = { exp: Math.floor(Date.now() / 1_000) + (HOURS + 1) * 3_600 }
  const [agent, customer, shop] = [
    await headersOf('bob', 'agent', day),
    await headersOf('alice', 'customer', day),
    await headersOf('shop', 'backend', day),
  ]
  const call = async (headers: Record<string, string>, query: string, variables = {}): Promise<void> => {
    const { body } = await ask(app.url, { query, variables }, headers)
    expect(body['errors']).toBeUndefined()
  }
  for (const id of TICKETS) {
    const input = { id, subject: id, participants: [{ id: 'alice' }], assignee: { id: 'bob', role: 'AGENT' } }
    await call(shop, 'mutation ($input: UpsertTicketInput!) { upsertTicket(input: $input) { id } }', { input })
  }
  return { clock, app, agent, customer, shop, call }
}

/** One tab: its socket with all that it follows. Every answer is looked at for a refusal. */
async function openTab(wsUrl: string, headers: Record<string, string>): Promise<RawSocket> {
  const socket = await openRawSocket(wsUrl)
  expect((await socket.init(headers))['type']).toBe('connection_ack')
  for (const query of INBOX) socket.subscribe(`inbox ${query}`, query)
  for (const id of TICKETS) {
    for (const query of PER_TICKET) socket.subscribe(`${id} ${query}`, query, { variables: { id } })
  }
  for (const query of LISTS) socket.subscribe(`list ${query}`, query)
  return socket
}

/** Reads all that a socket gets until its barrier is answered; returns what was an error. */
async function readAll(socket: RawSocket): Promise<readonly unknown[]> {
  const wrong: unknown[] = []
  socket.subscribe('barrier', '{ me { id } }')
  for (;;) {
    const message = await socket.next()
    if (message['type'] === 'ping') socket.send({ type: 'pong', payload: message['payload'] })
    if (message['type'] === 'error' || message['payload']?.errors) wrong.push(message)
    if (message['id'] === 'barrier' && message['type'] === 'complete') return wrong
  }
}

test('a day of a busy agent with five tabs is never refused', async () => {
  const { clock, app, agent, customer, shop, call } = await openProduct()
  let tabs = await Promise.all(Array.from({ length: TABS }, () => openTab(app.wsUrl, agent)))
  const wrong: unknown[] = []
  const read = async (): Promise<void> => {
    for (const tab of tabs) wrong.push(...(await readAll(tab)))
  }
  await read()
  // Ten minutes stand for two hours each; what happens in them happens close together.
  for (let turn = 0; turn < HOURS / 2; turn += 1) {
    for (let minute = 0; minute < 10; minute += 1) {
      const ticketId = TICKETS[(turn + minute) % TICKETS.length]
      await call(
        customer,
        'mutation ($ticketId: ID!) { sendTicketMessage(input: { ticketId: $ticketId, body: "Where is it?" }) { message { id } } }',
        { ticketId },
      )
      await call(
        shop,
        'mutation { notify(input: { userIds: ["bob"], notification: { type: "t", title: "Assigned" } }) { recipients } }',
      )
      await call(agent, OPEN, { id: ticketId })
      await call(
        agent,
        'mutation ($ticketId: ID!) { markTicketAsRead(ticketId: $ticketId, upToNumber: 100000) { id } }',
        { ticketId },
      )
      for (let typed = 0; typed < 10; typed += 1) {
        await call(agent, 'mutation ($ticketId: ID!) { setTyping(ticketId: $ticketId, isTyping: true) { accepted } }', {
          ticketId,
        })
        clock.advance(1_500)
      }
      await call(
        agent,
        'mutation ($ticketId: ID!) { sendTicketMessage(input: { ticketId: $ticketId, body: "It is on its way." }) { message { id } } }',
        { ticketId },
      )
      await call(agent, 'mutation { markAllAsRead { changed } }')
      for (const query of LISTS) await call(agent, query)
      clock.advance(45_000)
    }
    // The server was restarted, or the laptop slept: all tabs come back at once.
    for (const { ws } of tabs) ws.terminate()
    await Promise.all(tabs.map(({ closed }) => closed))
    tabs = await Promise.all(Array.from({ length: TABS }, () => openTab(app.wsUrl, agent)))
    await read()
  }
  expect(wrong).toEqual([])
}, 120_000)
