import { describe, expect, it } from 'vitest'
import { read } from '../support/reader.ts'
import { agent, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')

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

  it('gives the cursor of the same moment', async () => {
    const { tickets, say, note } = await openWith(2)
    const { resumeCursor } = await tickets.messages(ann, { id: 't1' }, {})
    await note(sam, 't1', 'Psst')
    const next = await say(sam, 't1', 'Next')
    const reader = read(await tickets.followMessages(ann, 'c1', 't1', resumeCursor))
    expect(await reader.next()).toEqual({ ...next, number: 3, revision: 3 })
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
