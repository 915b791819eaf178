import { describe, expect, it } from 'vitest'
import { read } from '../support/reader.ts'
import { admin, agent, backend, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const eve = customer('eve')
const sam = agent('sam')

describe('editing a message', () => {
  it('changes text and times, and delivers it again with the same id and number', async () => {
    const { tickets, open, say, clock } = await openDesk()
    await open('t1', 'ann')
    const { id } = await say(ann, 't1', 'Helo')
    const readers = [
      read(await tickets.followMessages(ann, 'c1', 't1', null)),
      read(await tickets.followMessages(sam, 'c2', 't1', null)),
    ]
    clock.advance(3)
    const edited = await tickets.edit(ann, id, 'Hello')
    expect(edited).toMatchObject({ id, number: 1, body: 'Hello', editedAt: clock.now(), deletedAt: null })
    for (const reader of readers) expect(await reader.next()).toEqual(edited)
    expect(await tickets.find(ann, 't1')).toMatchObject({ updatedAt: clock.now() })
  })

  it('changes nothing when the text is the same', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const sent = await say(ann, 't1', 'Hello')
    const reader = read(await tickets.followMessages(ann, 'c1', 't1', null))
    expect(await tickets.edit(ann, sent.id, 'Hello')).toEqual(sent)
    const barrier = await say(ann, 't1', 'Barrier')
    expect(await reader.next()).toEqual(barrier)
  })

  it('is for its author alone, and unknown to those who cannot see it', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann', 'bob')
    const hello = await say(ann, 't1', 'Hello')
    const secret = await note(sam, 't1', 'Secret')
    for (const who of [bob, sam, admin('boss'), backend]) {
      await expect(tickets.edit(who, hello.id, 'x')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    }
    const hidden = { code: 'NOT_FOUND', message: 'Message not found.' }
    await expect(tickets.edit(eve, hello.id, 'x')).rejects.toMatchObject(hidden)
    await expect(tickets.edit(ann, secret.id, 'x')).rejects.toMatchObject(hidden)
    await expect(tickets.edit(customer('sam'), secret.id, 'x')).rejects.toMatchObject(hidden)
    await expect(tickets.edit(ann, 'no such message', 'x')).rejects.toMatchObject(hidden)
    await expect(tickets.edit(ann, hello.id, ' ')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  it('is refused once the message was deleted', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const { id } = await say(ann, 't1', 'Hello')
    await tickets.remove(ann, id)
    await expect(tickets.edit(ann, id, 'Again')).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

describe('deleting a message', () => {
  it('takes text and data away, keeps its place, and delivers it again', async () => {
    const { tickets, open, say, clock } = await openDesk()
    await open('t1', 'ann')
    const { message } = await tickets.send(ann, { ticketId: 't1', body: 'My password', data: { a: 1 } })
    await say(sam, 't1', 'Delete that')
    const reader = read(await tickets.followMessages(sam, 'c2', 't1', null))
    clock.advance(3)
    const deleted = await tickets.remove(ann, message.id)
    expect(deleted).toEqual({ ...message, body: null, data: null, deletedAt: clock.now(), revision: 3 })
    expect(await reader.next()).toEqual(deleted)
    expect((await tickets.messages(sam, { id: 't1' }, {})).nodes.map(({ number }) => number)).toEqual([1, 2])
  })

  it('is for its author, admins and backends', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann', 'bob')
    const hello = await say(ann, 't1', 'Hello')
    for (const who of [bob, sam]) {
      await expect(tickets.remove(who, hello.id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    }
    await expect(tickets.remove(eve, hello.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const secret = await note(sam, 't1', 'Secret')
    await expect(tickets.remove(ann, secret.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await tickets.remove(admin('boss'), hello.id)).toMatchObject({ body: null })
    expect(await tickets.remove(backend, secret.id)).toMatchObject({ body: null })
  })

  it('twice is once', async () => {
    const { tickets, open, say, clock } = await openDesk()
    await open('t1', 'ann')
    const { id } = await say(ann, 't1', 'Hello')
    const reader = read(await tickets.followMessages(ann, 'c1', 't1', null))
    const deleted = await tickets.remove(ann, id)
    clock.advance(3)
    expect(await tickets.remove(ann, id)).toEqual(deleted)
    const barrier = await say(ann, 't1', 'Barrier')
    expect(await reader.take(2)).toEqual([deleted, barrier])
  })
})
