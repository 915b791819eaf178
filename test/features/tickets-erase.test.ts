import { describe, expect, it } from 'vitest'
import { read } from '../support/reader.ts'
import { agent, customer, type Desk, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')
const kim = agent('kim')

function erase({ tickets }: Desk, userId: string): Promise<number> {
  return tickets.erase(userId)
}

describe('erasing a user', () => {
  it('takes text, data and name out of everything they wrote, and keeps its place', async () => {
    const desk = await openDesk()
    const { tickets, open, say, clock } = desk
    await open('t1', 'ann', 'bob')
    await tickets.send(ann, { ticketId: 't1', body: 'Secret', data: { a: 1 }, clientMessageId: 'c1' })
    await say(bob, 't1', 'Mine')
    await say(ann, 't1', 'Another')
    clock.advance(9)
    expect(await erase(desk, 'ann')).toBe(2)
    const { nodes } = await tickets.messages(bob, { id: 't1' }, {})
    const nobody = { id: 'erased', role: 'CUSTOMER', name: null, avatarUrl: null }
    const gone = { author: nobody, body: null, data: null, clientMessageId: null, deletedAt: clock.now() }
    expect(nodes).toMatchObject([
      { number: 1, ...gone },
      { number: 2, body: 'Mine' },
      { number: 3, ...gone },
    ])
    const { stored } = await desk.storage.read(async (tx) => ({
      stored: JSON.stringify([
        await tx.selectFrom('messages').selectAll().execute(),
        await tx.selectFrom('participants').selectAll().execute(),
        await tx.selectFrom('ticket_reads').selectAll().execute(),
        await tx.selectFrom('tickets').selectAll().execute(),
      ]),
    }))
    expect(stored).not.toMatch(/ann|Secret|Another/)
  })

  it('ends their access, marks and charge', async () => {
    const desk = await openDesk()
    const { tickets, say } = desk
    await tickets.upsert({
      id: 't1',
      participants: [{ id: 'ann' }, { id: 'bob' }],
      assignee: { id: 'ann', role: 'AGENT' },
    })
    await say(sam, 't1', 'Hello')
    await tickets.markRead(ann, 't1', 1)
    const end = read(await tickets.followMessages(ann, 'c1', 't1', null)).ended()
    const changed = read(await tickets.followChanged(bob, 't1'))
    await changed.next()
    expect(await erase(desk, 'ann')).toBe(0)
    await expect(end).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await changed.next()).toMatchObject({ id: 't1' })
    expect(await tickets.find(sam, 't1')).toMatchObject({ assignee: null })
    expect(await tickets.find(ann, 't1')).toBeNull()
    expect((await tickets.participants(bob, { id: 't1' })).map(({ user }) => user.id)).toEqual(['bob'])
  })

  it('tells those who follow, live and after they were away', async () => {
    const desk = await openDesk()
    const { tickets, open, say, note } = desk
    await open('t1', 'ann', 'bob')
    const first = await say(ann, 't1', 'one')
    const secret = await note(sam, 't1', 'two')
    const third = await say(ann, 't1', 'three')
    const { resumeCursor } = await tickets.messages(kim, { id: 't1' }, {})
    const live = read(await tickets.followMessages(bob, 'c1', 't1', null))
    const received = live.take(2)
    await erase(desk, 'ann')
    expect((await received).map(({ id, number, body }) => [id, number, body])).toEqual([
      [first.id, 1, null],
      [third.id, 2, null],
    ])
    const ofStaff = read(await tickets.followMessages(kim, 'c3', 't1', null))
    // Once it is live, it receives by the bus rather than from its first look at the store.
    await say(bob, 't1', 'four')
    await ofStaff.next()
    const toStaff = ofStaff.next()
    await erase(desk, 'sam')
    expect(await toStaff).toMatchObject({ id: secret.id, body: null, author: { id: 'erased' } })
    const later = read(await tickets.followMessages(kim, 'c2', 't1', resumeCursor))
    expect((await later.take(4)).map(({ id, body }) => [id, body])).toEqual([
      [first.id, null],
      [third.id, null],
      [expect.any(String), 'four'],
      [secret.id, null],
    ])
    expect(await live.next()).toMatchObject({ body: 'four' })
    const next = await say(bob, 't1', 'five')
    expect(await live.next()).toEqual(next)
  })

  it('of somebody who wrote notes only changes nothing for customers', async () => {
    const desk = await openDesk()
    const { tickets, open, say, note, clock } = desk
    await open('t1', 'ann')
    await note(sam, 't1', 'Secret')
    const live = read(await tickets.followMessages(ann, 'c1', 't1', null))
    const before = await tickets.find(ann, 't1')
    clock.advance(5)
    expect(await erase(desk, 'sam')).toBe(1)
    expect(await tickets.find(ann, 't1')).toEqual(before)
    const barrier = await say(ann, 't1', 'Barrier')
    expect(await live.next()).toEqual(barrier)
  })

  it('twice, or of somebody unknown, finds nothing', async () => {
    const desk = await openDesk()
    await desk.open('t1', 'ann')
    await desk.say(ann, 't1', 'one')
    expect([await erase(desk, 'ann'), await erase(desk, 'ann'), await erase(desk, 'nobody')]).toEqual([1, 0, 0])
  })

  it('of two users with the same clientMessageId leaves room for both', async () => {
    const desk = await openDesk()
    await desk.open('t1', 'ann', 'bob')
    for (const who of [ann, bob]) await desk.tickets.send(who, { ticketId: 't1', body: 'x', clientMessageId: '1' })
    expect([await erase(desk, 'ann'), await erase(desk, 'bob')]).toEqual([1, 1])
  })
})
