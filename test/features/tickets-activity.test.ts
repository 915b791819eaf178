import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { read } from '../support/reader.ts'
import { agent, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')
const kim = agent('kim')

async function openActivity() {
  const desk = await openDesk()
  const follow = async (who: Viewer, assignedToMe?: boolean) => {
    const reader = read(await desk.tickets.followActivity(who, { assignedToMe }))
    return {
      ...reader,
      told: async (count: number) =>
        (await reader.take(count)).map(
          ({ ticketId, number, unreadCount }) => `${ticketId} #${number} unread ${unreadCount}`,
        ),
    }
  }
  return { ...desk, follow }
}

describe('following activity', () => {
  it('tells the newest message of a ticket without its text', async () => {
    const { open, say, follow, clock } = await openActivity()
    await open('t1', 'ann')
    const [ofAnn, ofSam] = [await follow(ann), await follow(sam)]
    await say(kim, 't1', 'Hello')
    const ticket = { id: 't1', subject: null, status: 'OPEN', assignee: null, createdAt: clock.now() }
    const snapshot = { place: 1, lines: 1, isCapped: false }
    const activity = { ticketId: 't1', number: 1, authorRole: 'AGENT', at: clock.now() }
    const first = {
      ...activity,
      change: 'SNAPSHOT',
      unreadCount: 1,
      unread: { count: 1, isCapped: false },
      ticket: { ...ticket, updatedAt: clock.now(), revision: 2 },
      snapshot,
    }
    expect(await ofAnn.next()).toEqual(first)
    expect(await ofSam.next()).toEqual(first)
    clock.advance(5)
    await say(ann, 't1', 'Hi')
    const next = {
      ...activity,
      change: 'CHANGED',
      number: 2,
      authorRole: 'CUSTOMER',
      at: clock.now(),
      ticket: { ...ticket, updatedAt: clock.now(), revision: 3 },
      snapshot: null,
    }
    // Who replies has read.
    expect(await ofAnn.next()).toEqual({ ...next, unreadCount: 0, unread: { count: 0, isCapped: false } })
    expect(await ofSam.next()).toEqual({ ...next, unreadCount: 2, unread: { count: 2, isCapped: false } })
  })

  it('starts with all tickets, also those that have nothing unread, the newest last', async () => {
    const { open, say, note, follow, tickets, clock } = await openActivity()
    for (const id of ['old', 'read', 'own', 'new', 'empty']) await open(id, 'ann')
    await open('other', 'bob')
    for (const id of ['old', 'read', 'other', 'new']) {
      clock.advance(1)
      await say(sam, id, 'Hello')
    }
    await say(ann, 'own', 'Hello?')
    await note(sam, 'own', 'Later')
    await tickets.markRead(ann, 'read', 1)
    clock.advance(1)
    const [ofAnn, ofKim] = [await follow(ann), await follow(kim)]
    await say(sam, 'read', 'Again')
    expect(await ofAnn.told(5)).toEqual([
      'empty #0 unread 0',
      'old #1 unread 1',
      'new #1 unread 1',
      'own #1 unread 0',
      'read #2 unread 1',
    ])
    expect(await ofKim.told(6)).toEqual([
      'empty #0 unread 0',
      'old #1 unread 1',
      'other #1 unread 1',
      'new #1 unread 1',
      'own #2 unread 2',
      'read #2 unread 2',
    ])
  })

  it('starts with at most 100 tickets with something unread, the newest of them, and says that there are more', async () => {
    const { open, say, follow, clock } = await openActivity()
    for (let number = 1; number <= 103; number++) {
      await open(`t${number}`, 'ann')
      await say(sam, `t${number}`, 'Hello')
      clock.advance(1)
    }
    const ofAnn = await follow(ann)
    const told = await ofAnn.take(100)
    expect(told.map(({ ticketId }) => ticketId)).toEqual(Array.from({ length: 100 }, (_, index) => `t${index + 4}`))
    const places = Array.from({ length: 100 }, (_, index) => ({ place: index + 1, lines: 100, isCapped: true }))
    expect(told.map(({ snapshot }) => snapshot)).toEqual(places)
  })

  it('tells all devices of a reader when a ticket was read', async () => {
    const { open, say, follow, tickets } = await openActivity()
    await open('t1', 'ann', 'bob')
    await say(sam, 't1', 'one')
    await say(sam, 't1', 'two')
    const devices = [await follow(ann), await follow(ann)]
    const ofBob = await follow(bob)
    for (const device of devices) expect(await device.told(1)).toEqual(['t1 #2 unread 2'])
    expect(await ofBob.told(1)).toEqual(['t1 #2 unread 2'])
    await tickets.markRead(ann, 't1', 2)
    for (const device of devices) expect(await device.told(1)).toEqual(['t1 #2 unread 0'])
    await tickets.markRead(ann, 't1', 2)
    await say(sam, 't1', 'three')
    for (const device of devices) expect(await device.told(1)).toEqual(['t1 #3 unread 1'])
    expect(await ofBob.told(1)).toEqual(['t1 #3 unread 3'])
  })

  it('tells that less is unread when a message was deleted', async () => {
    const { open, say, note, follow, tickets } = await openActivity()
    await open('t1', 'ann')
    const { id } = await say(sam, 't1', 'Oops')
    const secret = await note(sam, 't1', 'Psst')
    const [ofAnn, ofKim] = [await follow(ann), await follow(kim)]
    expect(await ofAnn.told(1)).toEqual(['t1 #1 unread 1'])
    expect(await ofKim.told(1)).toEqual(['t1 #2 unread 2'])
    await tickets.remove(sam, id)
    expect(await ofAnn.told(1)).toEqual(['t1 #1 unread 0'])
    expect(await ofKim.told(1)).toEqual(['t1 #2 unread 1'])
    await tickets.remove(sam, secret.id)
    expect(await ofKim.told(1)).toEqual(['t1 #2 unread 0'])
  })

  it('tells a slow reader the newest of each ticket only', async () => {
    const { open, say, follow } = await openActivity()
    await open('t1', 'ann')
    await open('t2', 'ann')
    const ofAnn = await follow(ann)
    expect(await ofAnn.told(2)).toEqual(['t1 #0 unread 0', 't2 #0 unread 0'])
    for (let number = 1; number <= 5; number++) {
      await say(sam, 't1', `${number}`)
      await say(sam, 't2', `${number}`)
    }
    expect(await ofAnn.told(2)).toEqual(['t1 #5 unread 5', 't2 #5 unread 5'])
    await say(sam, 't1', 'six')
    expect(await ofAnn.told(1)).toEqual(['t1 #6 unread 6'])
  })

  it('tells staff of every ticket, or only of those in their charge', async () => {
    const { open, say, follow, tickets } = await openActivity()
    await open('t1', 'ann')
    await open('t2', 'bob')
    await tickets.upsert({ id: 't2', assignee: { id: 'kim', role: 'AGENT' } })
    await say(ann, 't1', 'Help')
    await say(bob, 't2', 'Help')
    const [all, mine] = [await follow(kim), await follow(kim, true)]
    expect((await all.told(2)).sort()).toEqual(['t1 #1 unread 1', 't2 #1 unread 1'])
    expect(await mine.told(1)).toEqual(['t2 #1 unread 1'])
    await say(ann, 't1', 'Hello?')
    await say(bob, 't2', 'Hello?')
    expect((await all.told(2)).sort()).toEqual(['t1 #2 unread 2', 't2 #2 unread 2'])
    expect(await mine.told(1)).toEqual(['t2 #2 unread 2'])
    await tickets.markRead(kim, 't1', 2)
    await tickets.markRead(kim, 't2', 2)
    expect((await all.told(2)).sort()).toEqual(['t1 #2 unread 0', 't2 #2 unread 0'])
    expect(await mine.told(1)).toEqual(['t2 #2 unread 0'])
  })

  it('tells participants of tickets that they lost no more than that', async () => {
    const { open, say, follow } = await openActivity()
    await open('t1', 'ann')
    await open('t2', 'ann')
    await say(sam, 't1', 'Hello')
    const ofAnn = await follow(ann)
    await open('t1')
    await say(sam, 't1', 'Hello again')
    await say(sam, 't2', 'Barrier')
    expect(await ofAnn.take(2)).toMatchObject([
      { ticketId: 't1', change: 'LEFT', number: 0, unreadCount: 0, ticket: null },
      { ticketId: 't2', number: 1, unreadCount: 1 },
    ])
  })

  it('tells staff once of a ticket in which they take part', async () => {
    const { say, follow, tickets, open } = await openActivity()
    await tickets.upsert({ id: 't1', participants: [{ id: 'kim', role: 'AGENT' }, { id: 'ann' }] })
    await open('t2', 'ann')
    const ofKim = await follow(kim)
    await say(ann, 't2', 'Now it is live')
    await ofKim.take(2)
    const received = ofKim.told(2)
    await say(ann, 't1', 'Hello')
    await say(ann, 't2', 'Barrier')
    expect(await received).toEqual(['t1 #1 unread 1', 't2 #2 unread 2'])
  })

  it('reaches a customer whose id is "staff" for their own tickets only', async () => {
    const { open, say, note, follow } = await openActivity()
    await open('t1', 'ann')
    await open('t2', 'staff')
    const reader = await follow(customer('staff'))
    await say(ann, 't1', 'Hello')
    await note(sam, 't2', 'Strange name')
    await say(sam, 't2', 'Hello')
    expect(await reader.told(1)).toEqual(['t2 #1 unread 1'])
  })
})
