import { describe, expect, it } from 'vitest'
import { createFollowMessages } from '../../src/tickets/follow-messages.ts'
import { read } from '../support/reader.ts'
import { agent, customer, openDesk } from '../support/tickets.ts'
import { withBus } from '../support/with-bus.ts'

const ann = customer('ann')
const sam = agent('sam')

describe('when events of the bus were lost', () => {
  it('a conversation goes on without a hole', async () => {
    const { tickets, open, say, wire } = await openDesk()
    await open('t1', 'ann')
    const reader = read(await tickets.followMessages(ann, 'c1', 't1', null))
    const one = await say(sam, 't1', 'one')
    expect(await reader.next()).toEqual(one)
    wire.cut()
    const two = await say(sam, 't1', 'two')
    await tickets.remove(sam, one.id)
    wire.mend()
    expect(await reader.next()).toEqual(two)
    expect(await reader.next()).toMatchObject({ id: one.id, body: null })
  })

  it('a conversation finds out by the next event, even if nobody says that some were lost', async () => {
    const { tickets, open, say, wire } = await openDesk()
    await open('t1', 'ann')
    const reader = read(await tickets.followMessages(ann, 'c1', 't1', null))
    await say(sam, 't1', 'one')
    await reader.next()
    wire.cut()
    await say(sam, 't1', 'two')
    wire.mend()
    await say(sam, 't1', 'three')
    expect((await reader.take(2)).map(({ number }) => number)).toEqual([2, 3])
  })

  it('lost access is found out', async () => {
    const { tickets, open, wire } = await openDesk()
    await open('t1', 'ann')
    const ends = [
      read<unknown>(await tickets.followMessages(ann, 'c1', 't1', null)).ended(),
      read<unknown>(await tickets.followTyping(ann, 't1')).ended(),
      read<unknown>(await tickets.followPresence(ann, 't1')).ended(),
    ]
    wire.cut()
    await open('t1')
    wire.mend()
    for (const end of ends) await expect(end).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('the store hands out nothing to somebody who lost access, whatever else guards it', async () => {
    const { storage, bus, tickets, open, say, wire } = await openDesk()
    await open('t1', 'ann')
    const followMessages = createFollowMessages({
      storage,
      guardAccess: () => () => {},
      join: () => () => {},
      noteDelivered: () => {},
    })
    const reader = read(withBus(bus, await followMessages(ann, 'c1', 't1', null)))
    await say(ann, 't1', 'one')
    await reader.next()
    wire.cut()
    await open('t1')
    await say(sam, 't1', 'two')
    wire.mend()
    await expect(reader.next()).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await tickets.find(ann, 't1')).toBeNull()
  })

  it('a ticket that was read elsewhere is no longer unread', async () => {
    const { tickets, open, say, wire } = await openDesk()
    await open('t1', 'ann')
    await open('t2', 'ann')
    await say(sam, 't1', 'Hello')
    const reader = read(await tickets.followActivity(ann, {}))
    expect(await reader.next()).toMatchObject({ ticketId: 't1', unreadCount: 1 })
    wire.cut()
    await tickets.markRead(ann, 't1', 1)
    await say(sam, 't2', 'Hello')
    wire.mend()
    expect(await reader.take(2)).toMatchObject([
      { ticketId: 't1', unreadCount: 0 },
      { ticketId: 't2', unreadCount: 1 },
    ])
  })

  it('the ticket and who is in it are told anew', async () => {
    const { tickets, open, wire } = await openDesk()
    await open('t1', 'ann')
    const changed = read(await tickets.followChanged(ann, 't1'))
    const presence = read(await tickets.followPresence(ann, 't1'))
    await changed.next()
    await presence.next()
    wire.cut()
    await tickets.upsert({ id: 't1', status: 'RESOLVED' })
    read(await tickets.followMessages(ann, 'c1', 't1', null))
    wire.mend()
    expect(await changed.next()).toMatchObject({ status: 'RESOLVED' })
    expect(await presence.next()).toMatchObject({ change: 'PRESENT', viewers: [{ id: 'ann' }] })
  })
})
