import { describe, expect, it } from 'vitest'
import { read } from '../support/reader.ts'
import { admin, agent, backend, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const eve = customer('eve')
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

  it('numbers messages sent at once without holes, in both lanes, in the order of their revisions', async () => {
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
    expect(deleted).toEqual({ ...message, body: null, data: null, deletedAt: clock.now() })
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

describe('reading a conversation', () => {
  const openWith = async (count: number) => {
    const desk = await openDesk()
    await desk.open('t1', 'ann')
    for (let number = 1; number <= count; number++) {
      await desk.note(sam, 't1', `note ${number}`)
      await desk.say(ann, 't1', `${number}`)
    }
    const page = async (paging: Parameters<typeof desk.tickets.messages>[2]) => {
      const { nodes, pageInfo } = await desk.tickets.messages(ann, { id: 't1' }, paging)
      return { ...pageInfo, bodies: nodes.map(({ body }) => body) }
    }
    return { ...desk, page }
  }

  it('gives the last 20, oldest first, unless asked otherwise', async () => {
    const { page } = await openWith(25)
    const { bodies, hasNextPage, hasPreviousPage } = await page({})
    expect(bodies).toEqual(Array.from({ length: 20 }, (_, index) => `${index + 6}`))
    expect({ hasNextPage, hasPreviousPage }).toEqual({ hasNextPage: false, hasPreviousPage: true })
  })

  it('pages forward and backward to the ends', async () => {
    const { page } = await openWith(5)
    const first = await page({ first: 2 })
    expect(first).toMatchObject({ bodies: ['1', '2'], hasNextPage: true, hasPreviousPage: false })
    const second = await page({ first: 2, after: first.endCursor })
    expect(second).toMatchObject({ bodies: ['3', '4'], hasNextPage: true, hasPreviousPage: true })
    const third = await page({ first: 2, after: second.endCursor })
    expect(third).toMatchObject({ bodies: ['5'], hasNextPage: false, hasPreviousPage: true })
    const beyond = await page({ first: 2, after: third.endCursor })
    expect(beyond).toMatchObject({ bodies: [], hasNextPage: false, hasPreviousPage: true, startCursor: null })
    const last = await page({ last: 2 })
    expect(last).toMatchObject({ bodies: ['4', '5'], hasNextPage: false, hasPreviousPage: true })
    const before = await page({ last: 3, before: last.startCursor })
    expect(before).toMatchObject({ bodies: ['1', '2', '3'], hasNextPage: true, hasPreviousPage: false })
    expect(await page({ last: 2, before: before.startCursor })).toMatchObject({ bodies: [], hasPreviousPage: false })
    expect(await page({ first: 9, after: first.startCursor, before: last.endCursor })).toMatchObject({
      bodies: ['2', '3', '4'],
    })
  })

  it('refuses first together with last, and sizes out of bounds', async () => {
    const { page } = await openWith(1)
    for (const paging of [{ first: 1, last: 1 }, { first: 0 }, { last: 0 }, { first: 101 }, { last: 101 }]) {
      await expect(page(paging)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    }
    await expect(page({ after: 'x' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  it('refuses the cursors of another audience or ticket', async () => {
    const { tickets, open, page } = await openWith(2)
    await open('t2', 'ann')
    const ofStaff = await tickets.messages(sam, { id: 't1' }, {})
    await expect(page({ after: ofStaff.pageInfo.startCursor })).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    const { startCursor } = await page({})
    const ofOther = tickets.messages(ann, { id: 't2' }, { after: startCursor })
    await expect(ofOther).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  })

  it('gives the stream position of the same moment', async () => {
    const { tickets, say, note } = await openWith(2)
    const { resumeCursor } = await tickets.messages(ann, { id: 't1' }, {})
    await note(sam, 't1', 'Psst')
    const next = await say(sam, 't1', 'Next')
    const reader = read(await tickets.followMessages(ann, 'c1', 't1', resumeCursor))
    expect(await reader.next()).toEqual({ ...next, number: 3 })
  })
})

describe('following a conversation', () => {
  it('starts now without a cursor, and after the cursor with one', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    await say(ann, 't1', 'one')
    const live = read(await tickets.followMessages(ann, 'c1', 't1', null))
    await say(sam, 't1', 'two')
    const { item, cursor } = await live.delivery()
    expect(item).toMatchObject({ body: 'two' })
    await live.stop()
    await say(sam, 't1', 'three')
    await say(ann, 't1', 'four')
    const resumed = read(await tickets.followMessages(ann, 'c1', 't1', cursor))
    expect((await resumed.take(2)).map(({ body }) => body)).toEqual(['three', 'four'])
  })

  it('catches up with edits and deletions, each message once in its latest state', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann')
    const [one, two, three] = [await say(ann, 't1', 'one'), await say(ann, 't1', 'two'), await say(ann, 't1', 'three')]
    const secret = await note(sam, 't1', 'secret')
    const away = {
      ann: (await tickets.messages(ann, { id: 't1' }, {})).resumeCursor,
      sam: (await tickets.messages(sam, { id: 't1' }, {})).resumeCursor,
    }
    await tickets.edit(ann, three.id, '3')
    await tickets.edit(ann, one.id, '1')
    await tickets.remove(ann, two.id)
    await tickets.edit(ann, one.id, '1!')
    await tickets.remove(sam, secret.id)
    const four = await say(ann, 't1', 'four')

    const states = async (who: typeof ann, cursor: string, count: number) =>
      (await read(await tickets.followMessages(who, 'c', 't1', cursor)).take(count)).map(({ id, body }) => [id, body])
    const expected = [
      [three.id, '3'],
      [two.id, null],
      [one.id, '1!'],
    ]
    expect(await states(ann, away.ann, 4)).toEqual([...expected, [four.id, 'four']])
    expect(await states(sam, away.sam, 5)).toEqual([...expected, [secret.id, null], [four.id, 'four']])
  })

  it('catches up over many pages and goes on live', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const { resumeCursor } = await tickets.messages(ann, { id: 't1' }, {})
    for (let number = 1; number <= 230; number++) await say(ann, 't1', `${number}`)
    const reader = read(await tickets.followMessages(ann, 'c1', 't1', resumeCursor))
    const numbers = (await reader.take(230)).map(({ number }) => number)
    expect(numbers).toEqual(Array.from({ length: 230 }, (_, index) => index + 1))
    await say(ann, 't1', 'live')
    expect(await reader.next()).toMatchObject({ number: 231 })
  })

  it('refuses cursors of another audience, another ticket and another kind', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    await open('t2', 'ann')
    await say(ann, 't1', 'one')
    const ofStaff = await tickets.messages(sam, { id: 't1' }, {})
    const ofOther = await tickets.messages(ann, { id: 't2' }, {})
    for (const cursor of [ofStaff.resumeCursor, ofOther.resumeCursor]) {
      const follow = tickets.followMessages(ann, 'c1', 't1', cursor)
      await expect(follow).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    }
    for (const cursor of [ofStaff.pageInfo.startCursor, 'x']) {
      const follow = tickets.followMessages(ann, 'c1', 't1', cursor)
      await expect(follow).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    }
  })

  it('shares results within an audience', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann', 'bob')
    const [a, b, c] = [
      await tickets.followMessages(ann, 'c1', 't1', null),
      await tickets.followMessages(bob, 'c2', 't1', null),
      await tickets.followMessages(sam, 'c3', 't1', null),
    ]
    expect([a.source, a.scope]).toEqual([b.source, b.scope])
    expect([c.source, c.scope]).not.toEqual([a.source, a.scope])
  })
})

describe('reading marks', () => {
  it('counts messages of others after the mark that still stand', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann', 'bob')
    await say(ann, 't1', 'Help')
    const two = await say(sam, 't1', 'Hello')
    await note(sam, 't1', 'Psst')
    await say(bob, 't1', 'Me too')
    const unread = () => Promise.all([ann, bob, sam, kim].map((who) => tickets.unreadCount(who, { id: 't1' })))
    expect(await unread()).toEqual([2, 2, 2, 4])
    await tickets.remove(sam, two.id)
    expect(await unread()).toEqual([1, 1, 2, 3])
    await tickets.markRead(ann, 't1', 3)
    await tickets.markRead(kim, 't1', 1)
    expect(await unread()).toEqual([0, 1, 2, 2])
  })

  it('stops counting at the cap', async () => {
    const { tickets, open, say } = await openDesk({ unreadCap: 3 })
    await open('t1', 'ann')
    for (let number = 1; number <= 5; number++) await say(ann, 't1', `${number}`)
    expect(await tickets.unreadCount(sam, { id: 't1' })).toBe(3)
  })

  it('never go back, stop at the newest message, and begin at 1', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const mark = async () => (await tickets.participants(ann, { id: 't1' }))[0]?.lastReadNumber
    await tickets.markRead(ann, 't1', 5)
    expect(await mark()).toBeNull()
    for (const body of ['one', 'two', 'three']) await say(sam, 't1', body)
    await tickets.markRead(ann, 't1', 2)
    expect(await mark()).toBe(2)
    await tickets.markRead(ann, 't1', 1)
    expect(await mark()).toBe(2)
    await tickets.markRead(ann, 't1', 2_000_000_000)
    expect(await mark()).toBe(3)
    await say(sam, 't1', 'four')
    expect(await tickets.unreadCount(ann, { id: 't1' })).toBe(1)
    await expect(tickets.markRead(ann, 't1', 0)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  it('move no time of the ticket', async () => {
    const { tickets, open, say, clock } = await openDesk()
    await open('t1', 'ann')
    await say(sam, 't1', 'Hello')
    const before = await tickets.find(ann, 't1')
    clock.advance(5)
    expect(await tickets.markRead(ann, 't1', 1)).toEqual(before)
  })

  it('are told in the numbering of whoever asks', async () => {
    const { tickets, say, note } = await openDesk()
    await tickets.upsert({ id: 't1', participants: [{ id: 'ann' }, { id: 'sam', role: 'AGENT' }] })
    await note(kim, 't1', 'n1') // staff 1
    await say(ann, 't1', 'p1') // staff 2, public 1
    await note(kim, 't1', 'n2') // staff 3
    await say(ann, 't1', 'p2') // staff 4, public 2
    await note(kim, 't1', 'n3') // staff 5
    const marks = async (who: typeof ann) =>
      (await tickets.participants(who, { id: 't1' })).map(({ lastReadNumber }) => lastReadNumber)
    await tickets.markRead(sam, 't1', 1)
    expect([await marks(ann), await marks(sam)]).toEqual([
      [null, null],
      [null, 1],
    ])
    await tickets.markRead(sam, 't1', 3)
    await tickets.markRead(ann, 't1', 2)
    expect([await marks(ann), await marks(sam)]).toEqual([
      [2, 1],
      [4, 3],
    ])
    await tickets.markRead(sam, 't1', 5)
    expect([await marks(ann), await marks(sam)]).toEqual([
      [2, 2],
      [4, 5],
    ])
  })
})
