import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { TicketMessage } from '../../src/tickets/ticket-message.ts'
import { read } from '../support/reader.ts'
import { agent, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const sam = agent('sam')
const kim = agent('kim')
const DAY_MS = 24 * 60 * 60 * 1000

async function openLists() {
  const desk = await openDesk()
  const { tickets, clock } = desk
  /** What a list is told, as `change ticket unread`; a line of a snapshot also says which. */
  const follow = async (who: Viewer, assignedToMe = false) => {
    const reader = read(await tickets.followActivity(who, { assignedToMe }))
    const told = async (count: number): Promise<string[]> =>
      (await reader.take(count)).map(({ ticketId, change, unread, snapshot }) => {
        const place = snapshot ? ` ${snapshot.place}/${snapshot.lines}` : ''
        return `${change} ${ticketId} ${unread.count}${place}`
      })
    return { ...reader, told }
  }
  const assign = (id: string, userId: string | null) =>
    tickets.upsert({ id, assignee: userId === null ? null : { id: userId, role: 'AGENT' } })
  const say = async (who: Viewer, id: string): Promise<TicketMessage> => {
    clock.advance(1)
    return desk.say(who, id, 'Hello')
  }
  return { ...desk, follow, assign, say }
}

describe('a list of tickets that is followed', () => {
  it('receives at once of a ticket that somebody gets as a participant, also when nothing was said in it', async () => {
    const { open, say, follow } = await openLists()
    await open('known', 'ann')
    await open('t1', 'bob')
    await say(sam, 't1')
    const ofAnn = await follow(ann)
    expect(await ofAnn.told(1)).toEqual(['SNAPSHOT known 0 1/1'])
    await open('t1', 'bob', 'ann')
    expect(await ofAnn.told(1)).toEqual(['ENTERED t1 1'])
    await open('t2', 'ann')
    expect(await ofAnn.next()).toMatchObject({ ticketId: 't2', change: 'ENTERED', number: 0, ticket: { id: 't2' } })
  })

  it('receives that it was lost, and nothing more of it', async () => {
    const { open, say, follow } = await openLists()
    await open('t1', 'ann')
    await say(sam, 't1')
    const ofAnn = await follow(ann)
    expect(await ofAnn.told(1)).toEqual(['SNAPSHOT t1 1 1/1'])
    await open('t1')
    expect(await ofAnn.told(1)).toEqual(['LEFT t1 0'])
    await say(sam, 't1')
    await open('t2', 'ann')
    expect(await ofAnn.told(1)).toEqual(['ENTERED t2 0'])
  })

  it('of tickets in my charge follows who is in charge', async () => {
    const { open, assign, say, follow } = await openLists()
    await open('t1', 'ann')
    await say(ann, 't1')
    await assign('of kim', 'kim')
    await assign('of sam', 'sam')
    const [ofKim, ofSam, all] = [await follow(kim, true), await follow(sam, true), await follow(kim)]
    expect(await ofKim.told(1)).toEqual(['SNAPSHOT of kim 0 1/1'])
    expect(await ofSam.told(1)).toEqual(['SNAPSHOT of sam 0 1/1'])
    expect((await all.told(3)).at(-1)).toBe('SNAPSHOT t1 1 3/3')
    await assign('t1', 'kim')
    expect(await ofKim.told(1)).toEqual(['ENTERED t1 1'])
    await assign('t1', 'sam')
    expect(await ofSam.told(1)).toEqual(['ENTERED t1 1'])
    expect(await ofKim.told(1)).toEqual(['LEFT t1 0'])
    await say(ann, 't1')
    expect(await ofSam.told(1)).toEqual(['CHANGED t1 2'])
    await assign('t1', null)
    expect(await ofSam.told(1)).toEqual(['LEFT t1 0'])
    await assign('t2', 'kim')
    expect(await ofKim.told(1)).toEqual(['ENTERED t2 0'])
    expect(await all.told(2)).toEqual(['CHANGED t1 2', 'ENTERED t2 0'])
  })

  it('receives of all that moves a ticket up in the list', async () => {
    const { tickets, open, say, note, follow, clock } = await openLists()
    await open('t1', 'ann')
    const { id } = await say(sam, 't1')
    const ofAnn = await follow(ann)
    const ofKim = await follow(kim)
    for (const list of [ofAnn, ofKim]) expect(await list.told(1)).toEqual(['SNAPSHOT t1 1 1/1'])
    const moves = [
      () => tickets.upsert({ id: 't1', status: 'PENDING' }),
      () => tickets.upsert({ id: 't1', subject: 'Lamp' }),
      () => tickets.edit(sam, id, 'Good evening'),
    ]
    for (const move of moves) {
      clock.advance(1)
      await move()
      for (const list of [ofAnn, ofKim]) {
        expect(await list.next()).toMatchObject({ change: 'CHANGED', ticket: { updatedAt: clock.now() } })
      }
    }
    const secret = await note(sam, 't1', 'Psst')
    await tickets.edit(sam, secret.id, 'Psst!')
    expect(await ofKim.told(1)).toEqual(['CHANGED t1 2'])
    clock.advance(1)
    await tickets.upsert({ id: 't1', assignee: { id: 'sam', role: 'AGENT' } })
    expect(await ofKim.next()).toMatchObject({ change: 'CHANGED', ticket: { updatedAt: clock.now() } })
    await say(sam, 't1')
    expect(await ofAnn.told(1)).toEqual(['CHANGED t1 2'])
  })

  it('receives that somebody was erased from it', async () => {
    const { tickets, storage, open, assign, follow } = await openLists()
    await open('t1', 'ann', 'bob')
    await assign('t1', 'kim')
    const lists = [await follow(ann), await follow(customer('bob')), await follow(kim, true)]
    for (const list of lists) expect(await list.told(1)).toEqual(['SNAPSHOT t1 0 1/1'])
    for (const userId of ['ann', 'kim']) await tickets.erase(userId)
    const [ofAnn, ofBob, ofKim] = lists
    expect(await ofAnn?.told(1)).toEqual(['LEFT t1 0'])
    expect(await ofKim?.told(1)).toEqual(['LEFT t1 0'])
    expect(await ofBob?.told(1)).toEqual(['CHANGED t1 0'])
    expect(await storage.read((tx) => tx.selectFrom('ticket_departures').selectAll().execute())).toEqual([])
  })
})

describe('a list of tickets that is followed again after a break', () => {
  it('begins with what was read, deleted, given and taken away meanwhile', async () => {
    const { tickets, open, assign, say, follow } = await openLists()
    for (const id of ['gone', 'deleted', 'read', 'same']) await open(id, 'ann')
    for (const id of ['gone', 'read', 'same']) await say(sam, id)
    const { id } = await say(sam, 'deleted')
    await assign('gone', 'kim')
    const [before, ofKim] = [await follow(ann), await follow(kim, true)]
    await before.take(4)
    expect(await ofKim.told(1)).toEqual(['SNAPSHOT gone 1 1/1'])
    await Promise.all([before.stop(), ofKim.stop()])
    await tickets.markRead(ann, 'read', 1)
    await tickets.remove(sam, id)
    await open('gone')
    await assign('gone', 'sam')
    await open('gained', 'ann')
    expect(await (await follow(ann)).told(5)).toEqual([
      'LEFT gone 0 1/5',
      'SNAPSHOT read 0 2/5',
      'SNAPSHOT same 1 3/5',
      'SNAPSHOT deleted 0 4/5',
      'SNAPSHOT gained 0 5/5',
    ])
    expect(await (await follow(kim, true)).told(1)).toEqual(['LEFT gone 0 1/1'])
    await open('gone', 'ann')
    expect((await (await follow(ann)).told(5)).at(-1)).toBe('SNAPSHOT gone 1 5/5')
  })

  it('is told of lost tickets for as long as of removed notifications', async () => {
    const { tickets, open, follow, clock } = await openLists()
    await open('t1', 'ann')
    await open('t1')
    clock.advance(30 * DAY_MS - 1)
    await open('t2', 'ann')
    await open('t2')
    expect(await tickets.prune()).toBe(0)
    expect(await (await follow(ann)).told(2)).toEqual(['LEFT t1 0 1/2', 'LEFT t2 0 2/2'])
    clock.advance(1)
    expect(await tickets.prune()).toBe(1)
    expect(await (await follow(ann)).told(1)).toEqual(['LEFT t2 0 1/1'])
  })

  it('begins anew after a gap in between', async () => {
    const { tickets, open, say, follow, wire } = await openLists()
    for (const id of ['t1', 't2']) await open(id, 'ann')
    await say(sam, 't1')
    const ofAnn = await follow(ann)
    expect(await ofAnn.told(2)).toEqual(['SNAPSHOT t2 0 1/2', 'SNAPSHOT t1 1 2/2'])
    wire.cut()
    await tickets.markRead(ann, 't1', 1)
    await open('t2')
    await open('t3', 'ann')
    wire.mend()
    expect(await ofAnn.told(3)).toEqual(['LEFT t2 0 1/3', 'SNAPSHOT t1 0 2/3', 'SNAPSHOT t3 0 3/3'])
  })

  it('tells what is unread far down, and how far down it looked', async () => {
    const { tickets, open, say, follow } = await openLists()
    await open('old', 'ann')
    await say(sam, 'old')
    for (let number = 1; number <= 120; number++) {
      await open(`t${number}`, 'ann')
      await say(sam, `t${number}`)
      await tickets.markRead(ann, `t${number}`, 1)
    }
    const told = await (await follow(ann)).take(101)
    expect(told[0]).toMatchObject({ ticketId: 'old', unreadCount: 1, snapshot: { lines: 101, isCapped: false } })
    expect(told.slice(1).map(({ ticketId }) => ticketId)).toEqual(Array.from({ length: 100 }, (_, n) => `t${n + 21}`))
  })
})
