import { describe, expect, it } from 'vitest'
import { read } from '../support/reader.ts'
import { agent, backend, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const kim = agent('kim')
const sam = agent('sam')

describe('claiming a ticket', () => {
  it('takes charge of it, unless somebody else is in charge', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    expect(await tickets.claim(kim, 't1')).toMatchObject({ assignee: { id: 'kim', role: 'AGENT', name: 'kim' } })
    await expect(tickets.claim(sam, 't1')).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { reason: 'ASSIGNED_OTHERWISE', assignee: { userId: 'kim', name: 'kim' } },
    })
    expect(await tickets.claim(sam, 't1', 'kim')).toMatchObject({ assignee: { id: 'sam' } })
  })

  it('is no error and no change when it is mine already', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    const claimed = await tickets.claim(kim, 't1')
    expect(await tickets.claim(kim, 't1')).toEqual(claimed)
    expect(await tickets.claim(kim, 't1', 'sam')).toEqual(claimed)
  })

  it('fails when nobody is in charge any more of whom the agent thinks', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    await expect(tickets.claim(kim, 't1', 'sam')).rejects.toMatchObject({ details: { assignee: null } })
  })

  it('is given up by who has it alone', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    await tickets.claim(kim, 't1')
    await expect(tickets.release(sam, 't1')).rejects.toMatchObject({ details: { assignee: { userId: 'kim' } } })
    expect(await tickets.release(kim, 't1')).toMatchObject({ assignee: null })
    expect(await tickets.release(kim, 't1')).toMatchObject({ assignee: null })
    await expect(tickets.claim(kim, 'no ticket')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('moves nothing that a customer sees', async () => {
    const { tickets, open, clock } = await openDesk()
    await open('t1', 'ann')
    const before = await tickets.find(ann, 't1')
    clock.advance(1_000)
    await tickets.claim(kim, 't1')
    await tickets.release(kim, 't1')
    expect(await tickets.find(ann, 't1')).toEqual(before)
    expect(await tickets.find(sam, 't1')).toMatchObject({ updatedAt: clock.now(), revision: 3 })
  })

  it('is told to the backend, with who did it', async () => {
    const told: unknown[] = []
    const desk = await openDesk()
    const handOff = {
      ruleFor: () => undefined,
      schedule: async () => {},
      tell: async (_tx: unknown, event: unknown) => void told.push(event),
      forget: async () => {},
    }
    const tickets = desk.node({ handOff })
    await desk.open('t1', 'ann')
    await tickets.claim(kim, 't1')
    await tickets.claim(kim, 't1')
    await tickets.release(kim, 't1')
    const by = { userId: 'kim', role: 'AGENT' }
    expect(told).toMatchObject([
      { type: 'ticket.assigned', data: { ticketId: 't1', assignee: { userId: 'kim' }, previousAssignee: null, by } },
      { type: 'ticket.assigned', data: { ticketId: 't1', assignee: null, previousAssignee: { userId: 'kim' }, by } },
    ])
  })
})

describe('a message to a resolved ticket', () => {
  it('opens it again when it is from a customer, and that is told', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    await tickets.upsert({ id: 't1', status: 'RESOLVED' })
    const [ofAnn, ofSam] = [read(await tickets.followChanged(ann, 't1')), read(await tickets.followChanged(sam, 't1'))]
    const list = read(await tickets.followList(sam, { first: 10, filter: { status: ['OPEN'] } }))
    expect(await list.next()).toMatchObject({ tickets: { nodes: [] } })
    for (const reader of [ofAnn, ofSam]) expect(await reader.next()).toMatchObject({ status: 'RESOLVED' })
    await say(ann, 't1', 'It is broken again')
    for (const reader of [ofAnn, ofSam]) expect(await reader.next()).toMatchObject({ status: 'OPEN' })
    expect(await list.next()).toMatchObject({ __typename: 'TicketListEntered', reasons: ['MESSAGE', 'STATUS'] })
  })

  it('opens it again when the backend passes it on', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    await tickets.upsert({ id: 't1', status: 'RESOLVED' })
    await tickets.send(backend, { ticketId: 't1', body: 'By e-mail', author: { id: 'ann' } })
    expect(await tickets.find(ann, 't1')).toMatchObject({ status: 'OPEN' })
  })

  it('leaves it as it is when it is from staff, or when that is configured', async () => {
    const { tickets, open, say, note, node } = await openDesk()
    await open('t1', 'ann')
    await tickets.upsert({ id: 't1', status: 'RESOLVED' })
    await say(sam, 't1', 'Is it?')
    await note(sam, 't1', 'Psst')
    await node({ reopenResolved: false }).send(ann, { ticketId: 't1', body: 'It is' })
    expect(await tickets.find(ann, 't1')).toMatchObject({ status: 'RESOLVED' })
  })
})
