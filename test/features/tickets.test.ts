import { describe, expect, it } from 'vitest'
import type { ActorInput } from '../../src/auth/actor-input.ts'
import { renewHistory } from '../../src/storage/incarnation.ts'
import { read } from '../support/reader.ts'
import { agent, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const eve = customer('eve')
const sam = agent('sam')

describe('upserting a ticket', () => {
  it('makes an open ticket with nothing in it', async () => {
    const { tickets, clock } = await openDesk()
    const ticket = await tickets.upsert({ id: 't1' })
    expect(ticket).toEqual({
      id: 't1',
      revision: 1,
      subject: null,
      status: 'OPEN',
      assignee: null,
      createdAt: clock.now(),
      updatedAt: clock.now(),
    })
    expect(await tickets.find(sam, 't1')).toEqual(ticket)
    expect(await tickets.participants(sam, ticket)).toEqual([])
    expect((await tickets.messages(sam, ticket, {})).nodes).toEqual([])
  })

  it('leaves what is left out as it is, and clears what is null', async () => {
    const { tickets } = await openDesk()
    await tickets.upsert({
      id: 't1',
      subject: 'Broken',
      status: 'PENDING',
      assignee: { id: 'sam', role: 'AGENT', name: 'Sam', avatarUrl: '/sam.png' },
      participants: [{ id: 'ann', name: 'Ann', avatarUrl: 'https://example.com/ann.png' }],
    })
    const same = await tickets.upsert({ id: 't1' })
    expect(same).toMatchObject({ subject: 'Broken', status: 'PENDING' })
    expect(same.assignee).toEqual({ id: 'sam', role: 'AGENT', name: 'Sam', avatarUrl: '/sam.png' })
    expect(await tickets.participants(sam, same)).toEqual([
      {
        user: { id: 'ann', role: 'CUSTOMER', name: 'Ann', avatarUrl: 'https://example.com/ann.png' },
        lastReadNumber: null,
        lastDeliveredNumber: null,
      },
    ])
    const cleared = await tickets.upsert({ id: 't1', subject: null, assignee: null, status: null, participants: null })
    expect(cleared).toMatchObject({ subject: null, assignee: null, status: 'PENDING' })
    expect(await tickets.participants(sam, cleared)).toHaveLength(1)
  })

  it('replaces the whole list of participants, in its order, and keeps the messages', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann', 'bob')
    await say(ann, 't1', 'Hello')
    await open('t1', 'eve', 'ann')
    const people = await tickets.participants(sam, { id: 't1' })
    expect(people.map(({ user }) => user.id)).toEqual(['eve', 'ann'])
    expect((await tickets.messages(eve, { id: 't1' }, {})).nodes).toMatchObject([{ body: 'Hello' }])
  })

  it('moves no time and tells nobody when nothing changes', async () => {
    const { tickets, clock } = await openDesk()
    const input = { id: 't1', subject: 'Same', participants: [{ id: 'ann' }] }
    const first = await tickets.upsert(input)
    const changed = read(await tickets.followChanged(ann, 't1'))
    await changed.next()
    clock.advance(1_000)
    expect(await tickets.upsert(input)).toEqual(first)
    await tickets.upsert({ ...input, subject: 'Other' })
    expect(await changed.next()).toMatchObject({ subject: 'Other', updatedAt: first.createdAt + 1_000 })
  })

  it('serialises upserts at once of the same new ticket', async () => {
    const { tickets } = await openDesk()
    await Promise.all(['a', 'b', 'c'].map((subject) => tickets.upsert({ id: 't1', subject })))
    expect((await tickets.list(sam, { first: 10 })).nodes).toHaveLength(1)
  })

  const people = (count: number): ActorInput[] => Array.from({ length: count }, (_, index) => ({ id: `u${index}` }))
  it.each([
    ['an empty id', { id: ' ' }],
    ['an id that is too long', { id: 'x'.repeat(129) }],
    ['a subject that is too long', { id: 't', subject: 'x'.repeat(513) }],
    ['a subject of two lines', { id: 't', subject: 'a\nb' }],
    ['too many participants', { id: 't', participants: people(101) }],
    ['a participant named twice', { id: 't', participants: [{ id: 'a' }, { id: 'a' }] }],
    ['a participant without id', { id: 't', participants: [{ id: '' }] }],
    ['a name that is too long', { id: 't', assignee: { id: 'a', name: 'x'.repeat(257) } }],
    ['a picture that is a script', { id: 't', assignee: { id: 'a', avatarUrl: 'javascript:alert(1)' } }],
    ['a picture on a host without protocol', { id: 't', assignee: { id: 'a', avatarUrl: '//evil.example/x' } }],
    ['a picture that is too long', { id: 't', assignee: { id: 'a', avatarUrl: `/${'x'.repeat(2_048)}` } }],
  ])('refuses %s', async (_, input) => {
    const { tickets } = await openDesk()
    await expect(tickets.upsert(input)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    expect((await tickets.list(sam, { first: 1 })).nodes).toEqual([])
  })

  it('takes as many participants as the limit allows', async () => {
    const { tickets } = await openDesk()
    await tickets.upsert({ id: 't', participants: people(100) })
    expect(await tickets.participants(sam, { id: 't' })).toHaveLength(100)
  })
})

describe('listing tickets', () => {
  it('gives staff all and customers their own, the latest change first, in pages', async () => {
    const { tickets, open, clock, say } = await openDesk()
    for (const id of ['t1', 't2', 't3', 't4', 't5']) {
      await open(id, id === 't3' ? 'bob' : 'ann')
      clock.advance(10)
    }
    await say(ann, 't2', 'Any news?')
    const all = await tickets.list(sam, { first: 100 })
    expect(all.nodes.map(({ id }) => id)).toEqual(['t2', 't5', 't4', 't3', 't1'])
    expect(all.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false })

    const first = await tickets.list(ann, { first: 2 })
    expect(first.nodes.map(({ id }) => id)).toEqual(['t2', 't5'])
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
    const second = await tickets.list(ann, { first: 2, after: first.pageInfo.endCursor })
    expect(second.nodes.map(({ id }) => id)).toEqual(['t4', 't1'])
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
    expect((await tickets.list(eve, { first: 2 })).edges).toEqual([])
  })

  it('pages through tickets that changed in the same millisecond', async () => {
    const { tickets, open } = await openDesk()
    for (const id of ['a', 'b', 'c']) await open(id, 'ann')
    const ids: string[] = []
    let after: string | null = null
    do {
      const page = await tickets.list(ann, { first: 1, after })
      ids.push(...page.nodes.map(({ id }) => id))
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
    } while (after)
    expect(ids).toEqual(['c', 'b', 'a'])
  })

  it('filters by status', async () => {
    const { tickets } = await openDesk()
    await tickets.upsert({ id: 't1', status: 'CLOSED' })
    await tickets.upsert({ id: 't2', status: 'RESOLVED' })
    await tickets.upsert({ id: 't3' })
    const page = await tickets.list(sam, { first: 10, status: ['CLOSED', 'OPEN'] })
    expect(page.nodes.map(({ id }) => id)).toEqual(['t3', 't1'])
  })

  it('refuses sizes out of bounds, an empty filter and strange cursors', async () => {
    const { tickets } = await openDesk()
    for (const paging of [{ first: 0 }, { first: 101 }, { first: 1, status: [] }, { first: 1, after: 'x' }]) {
      await expect(tickets.list(sam, paging)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    }
  })

  it('refuses a cursor of before the database went back in time', async () => {
    const { tickets, open, storage } = await openDesk()
    await open('t1', 'ann')
    const { pageInfo } = await tickets.list(ann, { first: 1 })
    expect((await tickets.list(ann, { first: 1, after: pageInfo.endCursor })).nodes).toEqual([])
    await storage.write((tx) => renewHistory(tx))
    await expect(tickets.list(ann, { first: 1, after: pageInfo.endCursor })).rejects.toMatchObject({
      code: 'CURSOR_EXPIRED',
    })
  })

  it('refuses a cursor of another database', async () => {
    const [one, other] = [await openDesk(), await openDesk()]
    await one.open('t1', 'ann')
    const { pageInfo } = await one.tickets.list(ann, { first: 1 })
    await expect(other.tickets.list(ann, { first: 1, after: pageInfo.endCursor })).rejects.toMatchObject({
      code: 'CURSOR_EXPIRED',
    })
  })
})

describe('following a ticket', () => {
  it('gives the ticket at once and after each change, to each audience what it sees', async () => {
    const { tickets, open, clock } = await openDesk()
    await open('t1', 'ann')
    const readers = [read(await tickets.followChanged(ann, 't1')), read(await tickets.followChanged(sam, 't1'))]
    for (const reader of readers) expect(await reader.next()).toMatchObject({ status: 'OPEN', assignee: null })
    clock.advance(5)
    await tickets.upsert({ id: 't1', assignee: { id: 'sam', role: 'AGENT' } })
    expect(await readers[1]?.next()).toMatchObject({ assignee: { id: 'sam' }, updatedAt: clock.now() })
    await tickets.upsert({ id: 't1', status: 'PENDING' })
    expect(await readers[0]?.next()).toMatchObject({ status: 'PENDING', assignee: null })
    expect(await readers[1]?.next()).toMatchObject({ status: 'PENDING', assignee: { id: 'sam' } })
  })
})
