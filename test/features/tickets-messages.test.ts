import { describe, expect, it } from 'vitest'
import { read } from '../support/reader.ts'
import { agent, backend, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')
const kim = agent('kim')

describe('sending a message', () => {
  it('stores it for both audiences, each with its own number', async () => {
    const { tickets, open, note, say, clock } = await openDesk()
    await open('t1', 'ann')
    await note(sam, 't1', 'Careful with her')
    clock.advance(7)
    const { message, isDuplicate } = await tickets.send(ann, {
      ticketId: 't1',
      body: 'First line\n\tsecond line',
      data: { files: ['a.png'] },
      clientMessageId: 'c1',
    })
    expect(isDuplicate).toBe(false)
    expect(message).toMatchObject({
      ticketId: 't1',
      number: 1,
      visibility: 'PUBLIC',
      author: { id: 'ann', role: 'CUSTOMER', name: 'ann', avatarUrl: null },
      body: 'First line\n\tsecond line',
      data: { files: ['a.png'] },
      clientMessageId: 'c1',
      createdAt: clock.now(),
      editedAt: null,
      deletedAt: null,
    })
    expect((await say(sam, 't1', 'Hello')).number).toBe(3)
    expect((await tickets.messages(ann, { id: 't1' }, {})).nodes.map(({ number }) => number)).toEqual([1, 2])
    expect((await tickets.messages(sam, { id: 't1' }, {})).nodes.map(({ number }) => number)).toEqual([1, 2, 3])
  })

  it('numbers messages sent at once without holes, in both streams, in the order of their revisions', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann')
    const forAnn = read(await tickets.followMessages(ann, 'c1', 't1', null))
    const forSam = read(await tickets.followMessages(sam, 'c2', 't1', null))
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        await say(index % 2 ? ann : sam, 't1', `message ${index}`)
        if (index % 5 === 0) await note(kim, 't1', `note ${index}`)
      }),
    )
    const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
    expect((await forAnn.take(20)).map(({ number }) => number)).toEqual(numbers(20))
    expect((await forSam.take(24)).map(({ number }) => number)).toEqual(numbers(24))
    const stored = await tickets.messages(ann, { id: 't1' }, { first: 100 })
    expect(stored.nodes.map(({ number }) => number)).toEqual(numbers(20))
  })

  it('lets only staff write internal notes', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    const send = tickets.send(ann, { ticketId: 't1', body: 'Psst', visibility: 'INTERNAL' })
    await expect(send).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('lets only backends write for somebody else', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    const author = { id: 'ann', name: 'Ann by mail' }
    for (const who of [ann, sam]) {
      await expect(tickets.send(who, { ticketId: 't1', body: 'Hi', author })).rejects.toMatchObject({
        code: 'FORBIDDEN',
      })
    }
    // A customer must not have written what a customer cannot know.
    const note = tickets.send(backend, { ticketId: 't1', body: 'Hi', author, visibility: 'INTERNAL' })
    await expect(note).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const { message } = await tickets.send(backend, { ticketId: 't1', body: 'Hi', author })
    expect(message.author).toEqual({ id: 'ann', role: 'CUSTOMER', name: 'Ann by mail', avatarUrl: null })
    expect(await tickets.unreadCount(ann, { id: 't1' })).toBe(0)
    await expect(tickets.edit(ann, message.id, 'Hi!')).resolves.toMatchObject({ body: 'Hi!' })
  })

  it('refuses public messages in a closed ticket, but not notes', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann')
    await tickets.upsert({ id: 't1', status: 'CLOSED' })
    for (const who of [ann, sam, backend]) {
      await expect(say(who, 't1', 'One more thing')).rejects.toMatchObject({
        code: 'CONFLICT',
        message: 'This ticket is closed.',
      })
    }
    expect(await note(sam, 't1', 'At last')).toMatchObject({ number: 1 })
    await tickets.upsert({ id: 't1', status: 'RESOLVED' })
    expect(await say(ann, 't1', 'One more thing')).toMatchObject({ number: 1 })
  })

  it.each([
    ['an empty body', { body: '' }],
    ['a body of spaces', { body: ' \n\t ' }],
    ['a body of more bytes than allowed', { body: 'é'.repeat(33 * 1024) }],
    ['a body with a NUL', { body: 'a\0b' }],
    ['half a surrogate pair', { body: 'a\ud800' }],
    ['data that is too large', { body: 'x', data: { x: 'y'.repeat(17 * 1024) } }],
    ['an empty client id', { body: 'x', clientMessageId: '' }],
    ['a client id that is too long', { body: 'x', clientMessageId: 'x'.repeat(129) }],
    ['a negative expected number', { body: 'x', expectedNumber: -1 }],
  ])('refuses %s', async (_, input) => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    await expect(tickets.send(ann, { ticketId: 't1', ...input })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    expect((await tickets.messages(ann, { id: 't1' }, {})).nodes).toEqual([])
  })

  it('takes a body of exactly the allowed size', async () => {
    const { open, say } = await openDesk()
    await open('t1', 'ann')
    expect((await say(ann, 't1', 'x'.repeat(64 * 1024))).body).toHaveLength(64 * 1024)
  })
})

describe('sending again with the same clientMessageId', () => {
  const input = { ticketId: 't1', body: 'Hello', clientMessageId: 'c1', data: { a: 1, b: { c: [2] } } }

  it('returns the stored message and tells nobody', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const reader = read(await tickets.followMessages(sam, 'c', 't1', null))
    const first = await tickets.send(ann, input)
    const again = await tickets.send(ann, { ...input, data: { b: { c: [2] }, a: 1 } })
    expect(again).toEqual({ message: first.message, isDuplicate: true })
    const barrier = await say(ann, 't1', 'Barrier')
    expect((await reader.take(2)).map(({ id }) => id)).toEqual([first.message.id, barrier.id])
    expect(barrier.number).toBe(2)
  })

  it('stores once when sent several times at once', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    const sent = await Promise.all(Array.from({ length: 5 }, () => tickets.send(ann, input)))
    expect(sent.filter(({ isDuplicate }) => !isDuplicate)).toHaveLength(1)
    expect(new Set(sent.map(({ message }) => message.id)).size).toBe(1)
    expect((await tickets.messages(ann, { id: 't1' }, {})).nodes).toHaveLength(1)
  })

  it.each([
    ['text', { body: 'Other' }],
    ['data', { data: { a: 2 } }],
    ['no data', { data: null }],
    ['visibility', { visibility: 'INTERNAL' as const }],
  ])('is a conflict with other %s', async (_, other) => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    await tickets.send(sam, input)
    await expect(tickets.send(sam, { ...input, ...other })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('still finds a message that was edited or deleted since', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    const { message } = await tickets.send(ann, input)
    await tickets.edit(ann, message.id, 'Better')
    expect(await tickets.send(ann, input)).toMatchObject({ isDuplicate: true, message: { body: 'Better' } })
    await tickets.remove(ann, message.id)
    expect(await tickets.send(ann, input)).toMatchObject({ isDuplicate: true, message: { body: null } })
  })

  it('finds it even when the ticket was closed or moved on since', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    await tickets.send(ann, { ...input, expectedNumber: 0 })
    await say(sam, 't1', 'Got it')
    await tickets.upsert({ id: 't1', status: 'CLOSED' })
    expect(await tickets.send(ann, { ...input, expectedNumber: 0 })).toMatchObject({ isDuplicate: true })
  })

  it('means one author and one ticket', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann', 'bob')
    await open('t2', 'ann')
    await tickets.send(ann, input)
    expect(await tickets.send(bob, { ...input, body: 'Mine' })).toMatchObject({ isDuplicate: false })
    expect(await tickets.send(ann, { ...input, ticketId: 't2' })).toMatchObject({ isDuplicate: false })
  })
})

describe('expecting a number', () => {
  it('sends when nobody else wrote since then', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    await say(sam, 't1', 'Hello')
    await say(ann, 't1', 'Hello, hello')
    await say(ann, 't1', 'Anybody?')
    expect(await tickets.send(ann, { ticketId: 't1', body: 'Well?', expectedNumber: 1 })).toMatchObject({
      message: { number: 4 },
    })
    await tickets.send(ann, { ticketId: 't1', body: 'From the future', expectedNumber: 99 })
  })

  it('refuses when others wrote, tells how many, and stores nothing', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    await say(ann, 't1', 'Help')
    await say(kim, 't1', 'Coming')
    await say(ann, 't1', 'Thanks')
    const { id } = await say(kim, 't1', 'Oops')
    const send = () => tickets.send(sam, { ticketId: 't1', body: 'What is it?', expectedNumber: 1 })
    await expect(send()).rejects.toMatchObject({ code: 'CONFLICT', details: { missed: 3 } })
    await tickets.remove(kim, id)
    await expect(send()).rejects.toMatchObject({ code: 'CONFLICT', details: { missed: 2 } })
    expect((await tickets.messages(sam, { id: 't1' }, {})).nodes).toHaveLength(4)
    expect(await say(ann, 't1', 'Next')).toMatchObject({ number: 5 })
  })

  it('counts in the numbering of the writer', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann')
    await say(sam, 't1', 'Hello')
    await note(kim, 't1', 'I know her')
    expect(await tickets.send(ann, { ticketId: 't1', body: 'Hi', expectedNumber: 1 })).toBeTruthy()
    const send = tickets.send(sam, { ticketId: 't1', body: 'How are you?', expectedNumber: 1 })
    await expect(send).rejects.toMatchObject({ code: 'CONFLICT', details: { missed: 2 } })
  })
})
