import { describe, expect, it } from 'vitest'
import type { TicketFilter } from '../../src/tickets/ticket-filter.ts'
import { noting } from '../support/query-plans.ts'
import { read } from '../support/reader.ts'
import { agent, customer, type Desk, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const kim = agent('kim')
const sam = agent('sam')

async function follow({ tickets }: Desk, who = sam, filter: TicketFilter = {}) {
  const reader = read(await tickets.followList(who, { first: 10, filter }))
  expect(await reader.next()).toMatchObject({ __typename: 'TicketListSnapshot' })
  return reader
}

describe('a live list of tickets', () => {
  it('begins with a page, and says of each change why', async () => {
    const desk = await openDesk()
    const { tickets, open, say, note } = desk
    await open('t1', 'ann')
    const list = await follow(desk)
    const change = (reasons: readonly string[]) => ({ __typename: 'TicketListChanged', ticket: { id: 't1' }, reasons })
    await say(ann, 't1', 'Hello')
    expect(await list.next()).toMatchObject(change(['MESSAGE']))
    await note(kim, 't1', 'Psst')
    expect(await list.next()).toMatchObject(change(['MESSAGE']))
    await tickets.markRead(sam, 't1', 2)
    expect(await list.next()).toMatchObject(change(['READ']))
    await tickets.claim(kim, 't1')
    expect(await list.next()).toMatchObject(change(['ASSIGNMENT']))
    await tickets.upsert({ id: 't1', subject: 'Lamp', status: 'PENDING', participants: [] })
    expect(await list.next()).toMatchObject(change(['DETAILS', 'STATUS', 'PARTICIPATION']))
    await open('t2', 'ann')
    expect(await list.next()).toMatchObject({
      __typename: 'TicketListEntered',
      ticket: { id: 't2' },
      reasons: ['DETAILS'],
    })
  })

  it('tells agents of their own queue who takes what from whom', async () => {
    const desk = await openDesk()
    const { tickets, open } = desk
    await open('t1', 'ann')
    const [mine, free] = [
      await follow(desk, sam, { assigned: ['ME'] }),
      await follow(desk, sam, { assigned: ['NOBODY'] }),
    ]
    await tickets.claim(sam, 't1')
    expect(await mine.next()).toMatchObject({ __typename: 'TicketListEntered', reasons: ['ASSIGNMENT'] })
    expect(await free.next()).toMatchObject({ __typename: 'TicketListLeft', ticketId: 't1', reasons: ['ASSIGNMENT'] })
    await tickets.claim(kim, 't1', 'sam')
    expect(await mine.next()).toMatchObject({ __typename: 'TicketListLeft', ticketId: 't1' })
    await tickets.release(kim, 't1')
    expect(await free.next()).toMatchObject({ __typename: 'TicketListEntered' })
  })

  it('tells customers what they take part in, and nothing of who is in charge', async () => {
    const desk = await openDesk()
    const { tickets, open, note } = desk
    await open('t1', 'ann')
    await open('t2', 'bob')
    const list = await follow(desk, ann)
    await note(sam, 't1', 'Psst')
    await tickets.claim(sam, 't1')
    await tickets.upsert({ id: 't1', status: 'PENDING', assignee: { id: 'kim', role: 'AGENT' } })
    expect(await list.next()).toMatchObject({
      __typename: 'TicketListChanged',
      ticket: { assignee: null },
      reasons: ['STATUS'],
    })
    await open('t2', 'bob', 'ann')
    expect(await list.next()).toMatchObject({
      __typename: 'TicketListEntered',
      ticket: { id: 't2' },
      reasons: ['PARTICIPATION'],
    })
    await tickets.upsert({ id: 't1', participants: [] })
    expect(await list.next()).toMatchObject({
      __typename: 'TicketListLeft',
      ticketId: 't1',
      reasons: ['PARTICIPATION'],
    })
    await expect(tickets.followList(ann, { first: 10, filter: { assigned: ['ME'] } })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    })
  })

  it('tells a slow reader the newest of each ticket once, with all reasons', async () => {
    const desk = await openDesk()
    const { tickets, open, say } = desk
    await open('t1', 'ann')
    const list = await follow(desk)
    await say(ann, 't1', 'One')
    await tickets.upsert({ id: 't1', status: 'PENDING' })
    await say(ann, 't1', 'Two')
    await tickets.upsert({ id: 't1', status: 'OPEN', subject: 'Lamp' })
    const { reasons, ticket } = (await list.next()) as { reasons: readonly string[]; ticket: object }
    expect([...reasons].sort()).toEqual(['DETAILS', 'MESSAGE', 'STATUS'])
    expect(ticket).toMatchObject({ subject: 'Lamp', status: 'OPEN' })
  })

  it('takes a ticket away that came and went while nobody looked', async () => {
    const desk = await openDesk()
    const { tickets, open } = desk
    await open('t1', 'ann')
    const list = await follow(desk, sam, { status: ['OPEN'] })
    for (const status of ['PENDING', 'OPEN', 'CLOSED'] as const) await tickets.upsert({ id: 't1', status })
    expect(await list.next()).toMatchObject({ __typename: 'TicketListLeft', ticketId: 't1' })
  })

  it('begins anew after a gap', async () => {
    const desk = await openDesk()
    const { wire, open } = desk
    const list = await follow(desk)
    wire.cut()
    await open('t1', 'ann')
    wire.mend()
    expect(await list.next()).toMatchObject({ __typename: 'TicketListSnapshot', tickets: { nodes: [{ id: 't1' }] } })
  })

  it('tells who takes part no longer nothing else that changed', async () => {
    const desk = await openDesk()
    await desk.open('t1', 'ann', 'bob')
    const list = await follow(desk, ann)
    await desk.tickets.upsert({ id: 't1', subject: 'About ann', status: 'PENDING', participants: [{ id: 'bob' }] })
    expect(await list.next()).toMatchObject({ __typename: 'TicketListLeft', reasons: ['PARTICIPATION'] })
  })

  it('costs a few statements for a change, however many agents follow it', async () => {
    const desk = await openDesk()
    const { storage, take } = noting(desk.storage)
    const tickets = desk.node({ storage })
    await desk.open('t1', 'ann')
    const fields = new Set(['subject', 'unread', 'lastReadNumber', 'lastMessage'])
    const wanted = { page: undefined, details: { ticket: fields, lastMessage: undefined }, counts: new Set<string>() }
    const agents = Array.from({ length: 200 }, (_, n) => agent(`agent-${n}`))
    const lists = []
    for (const who of agents) {
      const list = read(await tickets.followList(who, { first: 10, filter: { status: ['OPEN'] } }, wanted))
      await list.next()
      lists.push(list.next())
    }
    take()
    await desk.say(ann, 't1', 'Hello')
    for (const update of await Promise.all(lists)) {
      expect(update).toMatchObject({ ticket: { unread: { count: 1 }, lastMessage: { body: 'Hello' } } })
    }
    expect(take().length).toBeLessThan(10)
    // A ticket that the filter does not mean, before and after, is not even looked at.
    await desk.tickets.upsert({ id: 't2', status: 'CLOSED' })
    await desk.settled()
    expect(take()).toEqual([])
  })
})
