import { expect, onTestFinished, test } from 'vitest'
import { createTicket, type TicketStore } from '../../packages/client/src/ticket.ts'
import { signTestToken, type TokenRole } from '../support/app.ts'
import { openKit, openScene } from '../support/kit.ts'

const UPSERT = 'mutation ($input: UpsertTicketInput!) { upsertTicket(input: $input) { id } }'
const alice = { id: 'alice', role: 'CUSTOMER', name: 'Alice' }

/** A ticket of alice, and what opens it for somebody. */
async function openDesk(env: Record<string, string> = {}) {
  const scene = await openScene(env)
  const upsert = (input: Record<string, unknown>) => scene.backend.run(UPSERT, { input: { id: 't1', ...input } })
  await upsert({ subject: 'Help', participants: [alice] })
  const clientOf = (userId: string, role: TokenRole) =>
    openKit({ url: scene.url, token: () => signTestToken(userId, role) })
  const open = async (userId: string, role: TokenRole = 'customer', pageSize = 30): Promise<TicketStore> => {
    const ticket = createTicket(clientOf(userId, role), 't1', { pageSize })
    onTestFinished(ticket.subscribe(() => {}))
    await expect.poll(() => ticket.getSnapshot().status).toBe('ready')
    return ticket
  }
  return { ...scene, upsert, clientOf, open }
}

function bodies(ticket: TicketStore): readonly unknown[] {
  return ticket.getSnapshot().messages.map(({ body }) => body)
}

test('a conversation is the same on both sides, and customers see no notes', async () => {
  const { open, upsert } = await openDesk()
  const [customer, agent] = [await open('alice'), await open('mia', 'agent')]
  const id = customer.send({ body: 'Hello' })
  expect(customer.getSnapshot().outgoing).toMatchObject([{ clientMessageId: id, body: 'Hello' }])
  await expect.poll(() => bodies(agent)).toEqual(['Hello'])
  await expect.poll(() => customer.getSnapshot()).toMatchObject({ outgoing: [], messages: [{ clientMessageId: id }] })
  agent.send({ body: 'A note', visibility: 'INTERNAL' })
  agent.send({ body: 'Hi' })
  await expect.poll(() => bodies(agent)).toEqual(['Hello', 'A note', 'Hi'])
  await expect.poll(() => bodies(customer)).toEqual(['Hello', 'Hi'])
  const seen: (string | null)[] = []
  customer.subscribe(({ messages }) => seen.push(messages[0]?.body ?? null))
  const [hello] = customer.getSnapshot().messages
  const editing = customer.edit(hello!.id, 'Hello there')
  expect(customer.getSnapshot()).toMatchObject({ pending: 1, messages: [{ body: 'Hello there' }, {}] })
  await editing
  expect(customer.getSnapshot().pending).toBe(0)
  expect(new Set(seen)).toEqual(new Set(['Hello there']))
  await expect.poll(() => bodies(agent)).toEqual(['Hello there', 'A note', 'Hi'])
  await agent.addReaction(hello!.id, '👍')
  await expect.poll(() => customer.getSnapshot().messages[0]?.reactions).toMatchObject([{ emoji: '👍', count: 1 }])
  await agent.removeReaction(hello!.id, '👍')
  await customer.delete(hello!.id)
  await expect.poll(() => agent.getSnapshot().messages[0]).toMatchObject({ body: null, reactions: [] })
  await upsert({ status: 'CLOSED' })
  await expect.poll(() => customer.getSnapshot().ticket?.status).toBe('CLOSED')
})

test('what is refused stays visible with the reason until it is retried or discarded, and an edit goes back', async () => {
  const { open, upsert } = await openDesk()
  const [customer, agent] = [await open('alice'), await open('mia', 'agent')]
  agent.send({ body: 'Hi' })
  await expect.poll(() => bodies(customer)).toEqual(['Hi'])
  await upsert({ status: 'CLOSED' })
  const [first, second] = [customer.send({ body: 'One' }), customer.send({ body: 'Two' })]
  await expect
    .poll(() => customer.getSnapshot().outgoing.map(({ status, error }) => [status, error?.extensions['reason']]))
    .toEqual([
      ['failed', 'TICKET_CLOSED'],
      ['failed', 'TICKET_CLOSED'],
    ])
  const { id } = agent.getSnapshot().messages[0]!
  const editing = agent.edit(id, 'Changed')
  expect(bodies(agent)).toEqual(['Changed'])
  await expect(editing).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(bodies(agent)).toEqual(['Hi'])
  await upsert({ status: 'OPEN' })
  customer.discard(first)
  customer.retry(second)
  await expect.poll(() => bodies(agent)).toEqual(['Hi', 'Two'])
  await expect.poll(() => customer.getSnapshot().outgoing).toEqual([])
})

test('what is sent without a network is stored once and in order when it is back, whatever else breaks', async () => {
  const { open, network } = await openDesk()
  const customer = await open('alice')
  const allow = await network.refuse()
  const wanted = Array.from({ length: 8 }, (_, n) => `${n}`)
  for (const body of wanted) customer.send({ body })
  expect(customer.getSnapshot().outgoing.map(({ body }) => body)).toEqual(wanted)
  await allow()
  network.reset()
  await expect.poll(() => bodies(customer)).toEqual(wanted)
  customer.send({ body: 'under way' })
  network.halfOpen()
  await expect.poll(() => bodies(customer)).toEqual([...wanted, 'under way'])
  await expect.poll(() => customer.getSnapshot().outgoing).toEqual([])
})

test('older messages come page by page, each once, and edits meanwhile are not lost', async () => {
  const { open } = await openDesk()
  const agent = await open('mia', 'agent')
  for (let n = 1; n <= 7; n += 1) agent.send({ body: `${n}` })
  await expect.poll(() => bodies(agent).length).toBe(7)
  const customer = await open('alice', 'customer', 3)
  expect(bodies(customer)).toEqual(['5', '6', '7'])
  const loading = customer.loadMore()
  expect(customer.getSnapshot().isLoadingMore).toBe(true)
  await agent.edit(agent.getSnapshot().messages[2]!.id, 'three')
  await loading
  await expect.poll(() => bodies(customer)).toEqual(['2', 'three', '4', '5', '6', '7'])
  await agent.edit(agent.getSnapshot().messages[0]!.id, 'one')
  await customer.loadMore()
  expect(bodies(customer)).toEqual(['one', '2', 'three', '4', '5', '6', '7'])
  expect(customer.getSnapshot()).toMatchObject({ hasMore: false, isLoadingMore: false })
  await customer.reload()
  expect(bodies(customer)).toEqual(['one', '2', 'three', '4', '5', '6', '7'])
})

test('who is here, who has read and who is typing is known, and typing ends by itself', async () => {
  const { open } = await openDesk({ TYPING_EXPIRY_MS: '4000' })
  const [customer, agent] = [await open('alice'), await open('mia', 'agent')]
  const viewers = (ticket: TicketStore) => ticket.getSnapshot().viewers.map(({ userId }) => userId)
  await expect.poll(() => viewers(agent)).toEqual(['alice', 'mia'])
  expect(viewers(customer)).toEqual(['alice'])
  agent.send({ body: 'Hi' })
  await expect.poll(() => bodies(customer)).toEqual(['Hi'])
  await customer.markAsRead()
  await expect
    .poll(() => agent.getSnapshot().reads?.readers.find(({ user }) => user.userId === 'alice'))
    .toMatchObject({ lastReadNumber: 1, lastDeliveredNumber: 1 })
  const typing = () => customer.getSnapshot().typing.map(({ user }) => user.userId)
  for (const _ of '123') agent.typed()
  await expect.poll(typing).toEqual(['mia'])
  agent.send({ body: 'There' })
  await expect.poll(typing).toEqual([])
  await expect.poll(() => bodies(agent)).toEqual(['Hi', 'There'])
  customer.typed()
  await expect.poll(() => agent.getSnapshot().typing).toMatchObject([{ user: { userId: 'alice' } }])
  await expect.poll(() => agent.getSnapshot().typing).toEqual([])
  agent.typed('INTERNAL')
  agent.stopTyping()
  expect(typing()).toEqual([])
})

test('who loses access sees nothing of the ticket any more, and signing out leaves nothing', async () => {
  const { open, upsert, clientOf } = await openDesk()
  const [customer, agent] = [await open('alice'), await open('mia', 'agent')]
  agent.send({ body: 'Hi' })
  await expect.poll(() => bodies(customer)).toEqual(['Hi'])
  await upsert({ participants: [{ id: 'bob', role: 'CUSTOMER', name: 'Bob' }] })
  await expect
    .poll(() => customer.getSnapshot())
    .toMatchObject({ status: 'error', error: { code: 'FORBIDDEN' }, messages: [], ticket: null, viewers: [] })
  await upsert({ participants: [alice] })
  await customer.reload()
  expect(customer.getSnapshot()).toMatchObject({ status: 'ready', error: null, messages: [{ body: 'Hi' }] })
  const client = clientOf('cara', 'customer')
  const none = createTicket(client, 't1')
  expect(createTicket(client, 't1')).toBe(none)
  onTestFinished(none.subscribe(() => {}))
  await expect.poll(() => none.getSnapshot()).toMatchObject({ status: 'error', messages: [] })
  none.send({ body: 'Let me in' })
  await expect.poll(() => none.getSnapshot().outgoing).toMatchObject([{ status: 'failed' }])
  client.dispose()
  none.send({ body: 'Too late' })
  await expect.poll(() => none.getSnapshot()).toMatchObject({ status: 'loading', outgoing: [], error: null })
})
