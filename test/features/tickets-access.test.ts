import { describe, expect, it } from 'vitest'
import { read } from '../support/reader.ts'
import { agent, backend, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const eve = customer('eve')
const sam = agent('sam')

const notFound = { code: 'NOT_FOUND', message: 'Ticket not found.' }

describe('finding a ticket', () => {
  it('shows it to participants and staff, and to others as if it did not exist', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    for (const who of [ann, sam, backend]) expect(await tickets.find(who, 't1')).toMatchObject({ id: 't1' })
    expect(await tickets.find(eve, 't1')).toBeNull()
    expect(await tickets.find(eve, 'no such ticket')).toBeNull()
    expect(await tickets.requireAudience(ann, 't1')).toBe('public')
    expect(await tickets.requireAudience(sam, 't1')).toBe('staff')
  })

  it('answers NOT_FOUND in the same words for what is missing and what is not theirs', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    for (const ticketId of ['t1', 'no such ticket']) {
      for (const attempt of [
        () => tickets.requireAudience(eve, ticketId),
        () => tickets.send(eve, { ticketId, body: 'Hi' }),
        () => tickets.markRead(eve, ticketId, 1),
        () => tickets.setTyping(eve, 'c', { ticketId, isTyping: true, visibility: 'PUBLIC' }),
        () => tickets.followMessages(eve, 'c', ticketId, null),
        () => tickets.followChanged(eve, ticketId),
        () => tickets.followPresence(eve, ticketId),
        () => tickets.followTyping(eve, ticketId),
      ]) {
        await expect(attempt()).rejects.toMatchObject(notFound)
      }
    }
  })

  it('a refused write to a missing ticket leaves nothing behind', async () => {
    const { tickets, storage } = await openDesk()
    await expect(tickets.send(sam, { ticketId: 'none', body: 'Hi' })).rejects.toMatchObject(notFound)
    expect(await storage.read((tx) => tx.selectFrom('streams').selectAll().execute())).toEqual([])
  })
})

describe('losing access', () => {
  it('ends everything that a removed participant follows with FORBIDDEN, and nothing of the others', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann', 'bob')
    const feeds = [
      await tickets.followMessages(ann, 'c1', 't1', null),
      await tickets.followChanged(ann, 't1'),
      await tickets.followPresence(ann, 't1'),
      await tickets.followTyping(ann, 't1'),
    ]
    const ends = feeds.map((feed) => read<unknown>(feed).ended())
    const ofBob = read(await tickets.followMessages(bob, 'c2', 't1', null))
    const ofSam = read(await tickets.followMessages(sam, 'c3', 't1', null))
    await open('t1', 'bob')
    for (const end of ends) await expect(end).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const { id } = await say(sam, 't1', 'Ann is gone')
    expect(await ofBob.next()).toMatchObject({ id })
    expect(await ofSam.next()).toMatchObject({ id })
    expect(await tickets.find(ann, 't1')).toBeNull()
  })

  it('delivers nothing that was said after the removal', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const reader = read(await tickets.followMessages(ann, 'c1', 't1', null))
    const received = reader.next()
    await open('t1')
    await say(sam, 't1', 'Between us')
    await expect(received).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('ends what was first read after the removal', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    const feeds = [
      await tickets.followMessages(ann, 'c1', 't1', null),
      await tickets.followPresence(ann, 't1'),
      await tickets.followTyping(ann, 't1'),
    ]
    await open('t1')
    for (const feed of feeds) await expect(read<unknown>(feed).ended()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('goes on for somebody who stays while others come and go', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann', 'bob')
    const reader = read(await tickets.followMessages(ann, 'c1', 't1', null))
    await open('t1', 'eve', 'ann')
    await say(eve, 't1', 'Hello')
    expect(await reader.next()).toMatchObject({ body: 'Hello' })
  })

  it('lets a removed participant who was added again come back', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    await open('t1')
    await open('t1', 'ann')
    const reader = read(await tickets.followMessages(ann, 'c1', 't1', null))
    const received = reader.next()
    await say(ann, 't1', 'Back again')
    expect(await received).toMatchObject({ body: 'Back again' })
  })
})
