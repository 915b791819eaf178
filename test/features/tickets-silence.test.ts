import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { read } from '../support/reader.ts'
import { admin, agent, customer, type Desk, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')
const kim = agent('kim')

/** All that a customer can ask about a ticket, byte by byte. */
async function asked({ tickets }: Desk, who: Viewer): Promise<string> {
  const ticket = await tickets.find(who, 't1')
  return JSON.stringify([
    ticket,
    await tickets.list(who, { first: 100 }),
    await tickets.list(who, { first: 1 }),
    await tickets.participants(who, { id: 't1' }),
    await tickets.reads(who, { id: 't1' }),
    await tickets.unreadCount(who, { id: 't1' }),
    await tickets.unread(who, { id: 't1' }),
    await read(await tickets.followActivity(who, {})).take(2),
    await tickets.messages(who, { id: 't1' }, {}),
    await tickets.messages(who, { id: 't1' }, { first: 2 }),
    await tickets.messages(who, { id: 't2' }, { last: 1 }),
  ])
}

/** All that staff can do in a ticket without a customer having a part in it. */
async function workQuietly({ tickets, note, clock }: Desk): Promise<void> {
  const joined = read(await tickets.followMessages(sam, 's1', 't1', null))
  const presence = read(await tickets.followPresence(kim, 't1'))
  await presence.next()
  for (const isTyping of [true, false]) {
    await tickets.setTyping(sam, 's1', { ticketId: 't1', isTyping, visibility: 'INTERNAL' })
  }
  clock.advance(60_000)
  const one = await note(sam, 't1', 'She called three times')
  const two = await note(kim, 't1', 'I know')
  clock.advance(60_000)
  await tickets.edit(sam, one.id, 'She called four times')
  await tickets.remove(admin('boss'), two.id)
  await tickets.send(kim, { ticketId: 't1', body: 'With data', visibility: 'INTERNAL', data: { a: 1 } })
  await tickets.setTyping(kim, 's2', { ticketId: 't1', isTyping: true, visibility: 'INTERNAL' })
  clock.advance(60_000)
  await tickets.markRead(sam, 't1', 1_000)
  await tickets.markRead(kim, 't1', 4)
  await joined.stop()
  tickets.leaveAll('s2')
  clock.advance(60_000)
}

async function openQuietDesk() {
  const desk = await openDesk()
  const { tickets, say, clock } = desk
  const participants = [{ id: 'ann' }, { id: 'bob' }, { id: 'sam', role: 'AGENT' as const }]
  for (const id of ['t1', 't2']) await tickets.upsert({ id, participants })
  for (const body of ['one', 'two', 'three']) await say(ann, 't1', body)
  await say(sam, 't2', 'Newer than all of t1')
  await say(sam, 't1', 'four')
  await tickets.markRead(sam, 't1', 4)
  await tickets.markRead(ann, 't1', 2)
  clock.advance(1_000)
  return desk
}

function positionOf(cursor: string | undefined): number {
  return JSON.parse(`${Buffer.from(cursor ?? '', 'base64url')}`)[2]
}

describe('what staff does among itself', () => {
  it('changes nothing that a customer can ask for', async () => {
    const desk = await openQuietDesk()
    const before = [await asked(desk, ann), await asked(desk, bob)]
    await workQuietly(desk)
    expect([await asked(desk, ann), await asked(desk, bob)]).toEqual(before)
  })

  it('tells nothing on any topic that a customer listens to', async () => {
    const desk = await openQuietDesk()
    desk.wire.told()
    await workQuietly(desk)
    const topics = new Set(desk.wire.told())
    expect([...topics].sort()).toEqual([
      'activity:staff',
      'activity:user:kim',
      'activity:user:sam',
      'ticket:t1:staff',
      'ticket:t1:staff:live',
      'ticket:t1:staff:reads',
    ])
  })

  it('delivers nothing: what is public comes next on everything that a customer follows', async () => {
    const desk = await openQuietDesk()
    const { tickets, say, clock } = desk
    const messages = read(await tickets.followMessages(ann, 'a1', 't1', null))
    const changed = read(await tickets.followChanged(ann, 't1'))
    const activity = read(await tickets.followActivity(ann, {}))
    const presence = read(await tickets.followPresence(ann, 't1'))
    const typing = read(await tickets.followTyping(ann, 't1'))
    const reads = read(await tickets.followReads(ann, 't1'))
    await changed.next()
    await reads.next()
    await activity.take(2)
    expect(await presence.next()).toMatchObject({ change: 'PRESENT', viewers: [{ id: 'ann' }] })
    const { resumeCursor } = await tickets.messages(ann, { id: 't1' }, {})
    const received = {
      messages: messages.delivery(),
      changed: changed.next(),
      activity: activity.next(),
      presence: presence.next(),
      typing: typing.next(),
      reads: reads.next(),
    }

    await workQuietly(desk)
    const barrier = await say(bob, 't1', 'five')
    await tickets.setTyping(bob, 'b1', { ticketId: 't1', isTyping: true, visibility: 'PUBLIC' })
    read(await tickets.followMessages(bob, 'b1', 't1', null))
    await tickets.upsert({ id: 't1', subject: 'Barrier' })

    const { item, cursor } = await received.messages
    expect(item).toEqual({ ...barrier, number: 5 })
    expect(positionOf(cursor)).toBe(positionOf(resumeCursor) + 1)
    expect(await received.activity).toEqual({
      ticketId: 't1',
      change: 'CHANGED',
      number: 5,
      authorRole: 'CUSTOMER',
      at: clock.now(),
      unreadCount: 2,
      unread: { count: 2, isCapped: false },
      // Six changes that ann could see: no note counts.
      ticket: { ...(await tickets.find(ann, 't1')), subject: null, revision: 6 },
      snapshot: null,
    })
    expect(await received.typing).toMatchObject({ user: { id: 'bob' }, isTyping: true, visibility: 'PUBLIC' })
    expect(await received.presence).toMatchObject({
      change: 'JOINED',
      user: { id: 'bob' },
      viewers: [{ id: 'ann' }, { id: 'bob' }],
    })
    expect(await received.changed).toMatchObject({ subject: 'Barrier' })
    expect(await received.reads).toMatchObject({
      readers: [
        { user: { id: 'ann' }, lastReadNumber: 3 },
        { user: { id: 'bob' }, lastReadNumber: 5 },
      ],
      staffReadNumber: 4,
    })
  })

  it('is not caught up with after an absence', async () => {
    const desk = await openQuietDesk()
    const { resumeCursor } = await desk.tickets.messages(ann, { id: 't1' }, {})
    await workQuietly(desk)
    const reader = read(await desk.tickets.followMessages(ann, 'a1', 't1', resumeCursor))
    const received = reader.next()
    const barrier = await desk.say(bob, 't1', 'five')
    expect(await received).toEqual(barrier)
  })

  it('does not move tickets in the list of a customer, only in that of staff', async () => {
    const desk = await openQuietDesk()
    const order = async (who: Viewer) => (await desk.tickets.list(who, { first: 9 })).nodes.map(({ id }) => id)
    await desk.say(sam, 't2', 'Newest')
    expect([await order(ann), await order(kim)]).toEqual([
      ['t2', 't1'],
      ['t2', 't1'],
    ])
    await workQuietly(desk)
    expect([await order(ann), await order(kim)]).toEqual([
      ['t2', 't1'],
      ['t1', 't2'],
    ])
  })

  it('does not make a customer believe that something was missed', async () => {
    const desk = await openQuietDesk()
    await workQuietly(desk)
    const { message } = await desk.tickets.send(ann, { ticketId: 't1', body: 'five', expectedNumber: 4 })
    expect(message.number).toBe(5)
  })

  it('cannot be reached with the id of a note', async () => {
    const desk = await openQuietDesk()
    const { id } = await desk.note(sam, 't1', 'Secret')
    const hidden = { code: 'NOT_FOUND', message: 'Message not found.' }
    await expect(desk.tickets.edit(ann, id, 'x')).rejects.toMatchObject(hidden)
    await expect(desk.tickets.remove(ann, id)).rejects.toMatchObject(hidden)
  })
})
