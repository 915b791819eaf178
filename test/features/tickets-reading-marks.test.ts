import { describe, expect, it } from 'vitest'
import { agent, backend, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')
const kim = agent('kim')

describe('reading marks', () => {
  it('counts messages of others after the mark that still stand', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann', 'bob')
    await say(ann, 't1', 'Help')
    const two = await say(sam, 't1', 'Hello')
    await note(sam, 't1', 'Psst')
    await say(bob, 't1', 'Me too')
    const unread = () => Promise.all([ann, bob, sam, kim].map((who) => tickets.unreadCount(who, { id: 't1' })))
    // Bob and Sam have read what was there before they wrote.
    expect(await unread()).toEqual([2, 0, 1, 4])
    await tickets.remove(sam, two.id)
    expect(await unread()).toEqual([1, 0, 1, 3])
    await tickets.markRead(ann, 't1', 3)
    await tickets.markRead(kim, 't1', 1)
    expect(await unread()).toEqual([0, 0, 1, 2])
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

  it('are told in the numbering of whoever asks, but those of staff to staff only', async () => {
    const { tickets, say, note } = await openDesk()
    await tickets.upsert({ id: 't1', participants: [{ id: 'ann' }, { id: 'sam', role: 'AGENT' }] })
    await note(kim, 't1', 'n1') // staff 1
    await say(backend, 't1', 'p1') // staff 2, public 1
    await note(kim, 't1', 'n2') // staff 3
    await say(backend, 't1', 'p2') // staff 4, public 2
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
      [2, null],
      [4, 3],
    ])
    await tickets.markRead(sam, 't1', 5)
    expect([await marks(ann), await marks(sam)]).toEqual([
      [2, null],
      [4, 5],
    ])
  })
})
