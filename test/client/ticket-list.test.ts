import { expect, onTestFinished, test } from 'vitest'
import {
  createTicketList,
  type TicketListOptions,
  type TicketListStore,
} from '../../packages/client/src/ticket-list.ts'
import { signTestToken, type TokenRole } from '../support/app.ts'
import { openKit, openScene } from '../support/kit.ts'

const UPSERT = 'mutation ($input: UpsertTicketInput!) { upsertTicket(input: $input) { id } }'
const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { isDuplicate } }'
const mia = { userId: 'mia', role: 'AGENT', name: 'Mia', avatarUrl: null } as const

async function openDesk() {
  const scene = await openScene()
  const upsert = (id: string, input: Record<string, unknown> = {}) =>
    scene.backend.run(UPSERT, {
      input: { id, participants: [{ id: 'alice', role: 'CUSTOMER', name: 'Alice' }], ...input },
    })
  const write = (ticketId: string, body: string) =>
    scene.backend.run(SEND, { input: { ticketId, body, author: { id: 'alice', role: 'CUSTOMER', name: 'Alice' } } })
  const open = async (userId: string, role: TokenRole, options?: TicketListOptions): Promise<TicketListStore> => {
    const list = createTicketList(openKit({ url: scene.url, token: () => signTestToken(userId, role) }), options)
    onTestFinished(list.subscribe(() => {}))
    await expect.poll(() => list.getSnapshot().status).toBe('ready')
    return list
  }
  return { ...scene, upsert, write, open }
}

function ids(list: TicketListStore): readonly string[] {
  return list.getSnapshot().tickets.map(({ id }) => id)
}

test('what enters, changes and leaves is in its place on all devices, with counts and reasons', async () => {
  const { open, upsert, write, network } = await openDesk()
  await upsert('1')
  await upsert('2')
  const desk = await open('mia', 'agent', { filter: { status: ['OPEN'] }, counts: true })
  const customer = await open('alice', 'customer')
  expect(ids(desk)).toEqual(['2', '1'])
  expect(desk.getSnapshot().lastChange).toBeNull()
  await write('1', 'Hello')
  for (const list of [desk, customer]) await expect.poll(() => ids(list)).toEqual(['1', '2'])
  expect(desk.getSnapshot().tickets[0]).toMatchObject({ unread: { count: 1 }, lastMessage: { excerpt: 'Hello' } })
  expect(desk.getSnapshot().lastChange).toMatchObject({ reasons: ['MESSAGE'], ticket: { id: '1' } })
  network.reset()
  await upsert('2', { status: 'RESOLVED' })
  await expect.poll(() => ids(desk)).toEqual(['1'])
  await expect.poll(() => ids(customer)).toEqual(['2', '1'])
  await expect
    .poll(() => desk.getSnapshot().counts?.byStatus.find(({ status }) => status === 'RESOLVED'))
    .toMatchObject({ tickets: { count: 1 } })
  await upsert('3')
  await expect.poll(() => ids(desk)).toEqual(['3', '1'])
  desk.reload()
  await expect.poll(() => ids(desk)).toEqual(['3', '1'])
})

test('pages are added while tickets move, each once', async () => {
  const { open, upsert, write } = await openDesk()
  for (const id of ['1', '2', '3', '4', '5']) await upsert(id)
  const desk = await open('mia', 'agent', { first: 2 })
  const oldest = await open('mia', 'agent', { first: 2, orderBy: { direction: 'ASC' } })
  expect([ids(desk), ids(oldest)]).toEqual([
    ['5', '4'],
    ['1', '2'],
  ])
  const loading = [desk.loadMore(), oldest.loadMore()]
  expect(desk.getSnapshot().isLoadingMore).toBe(true)
  await write('2', 'Hello')
  await Promise.all(loading)
  await expect.poll(() => ids(desk).slice(0, 3)).toEqual(['2', '5', '4'])
  await expect.poll(() => ids(oldest)).not.toContain('2')
  while (desk.getSnapshot().hasMore) await desk.loadMore()
  while (oldest.getSnapshot().hasMore) await oldest.loadMore()
  expect(ids(desk)).toEqual(['2', '5', '4', '3', '1'])
  expect(ids(oldest)).toEqual(['1', '3', '4', '5', '2'])
})

test('a ticket is claimed at once on the screen, and goes back when somebody else has it', async () => {
  const { open, upsert } = await openDesk()
  await upsert('1')
  await upsert('2')
  const [one, other] = [await open('mia', 'agent'), await open('noor', 'agent', { filter: { assigned: ['NOBODY'] } })]
  const assignee = (list: TicketListStore, wanted: string) =>
    list.getSnapshot().tickets.find(({ id }) => id === wanted)?.assignee?.userId
  const claiming = one.claim('1', mia)
  expect([assignee(one, '1'), one.getSnapshot().pending]).toEqual(['mia', ['1']])
  await claiming
  expect([assignee(one, '1'), one.getSnapshot().pending]).toEqual(['mia', []])
  await expect.poll(() => ids(other)).toEqual(['2'])
  // Somebody else was quicker; whether the list of noor knows it yet does not matter.
  await upsert('2', { assignee: { id: 'zoe', role: 'AGENT', name: 'Zoe' } })
  const late = other.claim('2')
  await expect(late).rejects.toMatchObject({ code: 'CONFLICT', extensions: { assignee: { userId: 'zoe' } } })
  await expect.poll(() => assignee(one, '2')).toBe('zoe')
  await expect(one.release('2')).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(assignee(one, '2')).toBe('zoe')
  const releasing = one.release('1')
  expect(assignee(one, '1')).toBeUndefined()
  await releasing
  await expect.poll(() => ids(other)).toEqual(['1'])
})

test('what happens to other tickets while one is being claimed stays', async () => {
  const { url, upsert } = await openDesk()
  for (const id of ['1', '2']) await upsert(id)
  const client = openKit({ url, token: () => signTestToken('mia', 'agent') })
  const answered = Promise.withResolvers<void>()
  const mutate = async (...args: Parameters<typeof client.mutate>) => {
    const answer = await client.mutate(...args)
    await answered.promise
    return answer
  }
  const options = { orderBy: { field: 'CREATED_AT' } } as const
  const list = createTicketList({ ...client, mutate: mutate as typeof client.mutate }, options)
  onTestFinished(list.subscribe(() => {}))
  await expect.poll(() => ids(list)).toEqual(['2', '1'])
  const claiming = list.claim('2', mia)
  await upsert('3')
  await expect.poll(() => ids(list)).toEqual(['3', '2', '1'])
  answered.resolve()
  await claiming
  expect(ids(list)).toEqual(['3', '2', '1'])
  expect(list.getSnapshot().tickets[1]).toMatchObject({ assignee: { userId: 'mia' } })
})
