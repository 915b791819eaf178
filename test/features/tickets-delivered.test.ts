import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { LogDescription } from '../../src/delivery/description.ts'
import { audienceOf } from '../../src/tickets/audience.ts'
import type { TicketMessage } from '../../src/tickets/ticket-message.ts'
import { readTicketStream } from '../../src/tickets/ticket-streams.ts'
import type { Tickets } from '../../src/tickets/tickets.ts'
import { read } from '../support/reader.ts'
import { agent, backend, customer, type Desk, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')
const kim = agent('kim')

/** Where the stream of a viewer stands. */
function headOf({ storage }: Desk, who: Viewer) {
  return storage.read((tx) => readTicketStream(tx, 't1', audienceOf(who)))
}

/** Lets a device of a viewer acknowledge what there is up to a revision; all of it when left out. */
async function acknowledge(desk: Desk, who: Viewer, revision?: number, tickets: Tickets = desk.tickets) {
  const log = (await tickets.followMessages(who, 'c1', 't1', null)) as LogDescription<unknown, TicketMessage>
  const { terms, revision: head } = await headOf(desk, who)
  log.acknowledged?.({ after: null, revision: revision ?? head, term: terms.slice(-27).slice(0, 11) })
}

async function openDelivery() {
  const desk = await openDesk()
  await desk.tickets.upsert({ id: 't1', participants: [{ id: 'ann' }, { id: 'sam', role: 'AGENT' }, { id: 'bob' }] })
  /** Until everything that was noted is stored. */
  const rest = async () => {
    desk.clock.advance(1_000)
    await desk.settled()
  }
  /** Up to where it was delivered to everybody, such as `ann:2 bob:-`. */
  const now = async (who: Viewer) =>
    (await desk.tickets.reads(who, { id: 't1' })).readers
      .map(({ user, lastDeliveredNumber }) => `${user.id}:${lastDeliveredNumber ?? '-'}`)
      .join(' ')
  return { ...desk, rest, now }
}

describe('what was delivered of a ticket', () => {
  it('is what a device has acknowledged, in the numbering of who asks, of staff to staff only', async () => {
    const desk = await openDelivery()
    const { say, note, rest, now, tickets } = desk
    await note(kim, 't1', 'n1') // staff 1
    await say(backend, 't1', 'p1') // staff 2, public 1
    await acknowledge(desk, ann)
    await acknowledge(desk, sam, 1)
    expect(await now(sam)).toBe('ann:- sam:- bob:-')
    await rest()
    expect([await now(ann), await now(sam)]).toEqual(['ann:1 bob:-', 'ann:2 sam:1 bob:-'])
    const participants = async (who: Viewer) =>
      (await tickets.participants(who, { id: 't1' })).map(({ lastDeliveredNumber }) => lastDeliveredNumber)
    expect([await participants(ann), await participants(sam)]).toEqual([
      [1, null, null],
      [2, 1, null],
    ])
  })

  it('is at least what was read, and of others of the staff known once they have read', async () => {
    const desk = await openDelivery()
    const { tickets, say, rest, now } = desk
    for (const body of ['p1', 'p2', 'p3']) await say(backend, 't1', body)
    await tickets.markRead(ann, 't1', 2)
    await acknowledge(desk, ann, 1)
    await acknowledge(desk, kim, 3)
    await rest()
    expect(await now(sam)).toBe('ann:2 sam:- bob:-')
    await tickets.markRead(kim, 't1', 1)
    await acknowledge(desk, kim, 3)
    await rest()
    expect(await now(sam)).toBe('ann:2 sam:- bob:- kim:3')
  })

  it('is written about once a second, for all together, and never goes back', async () => {
    const desk = await openDelivery()
    const { say, rest, now, storage } = desk
    for (const body of ['p1', 'p2', 'p3']) await say(backend, 't1', body)
    let writes = 0
    const { note } = storage
    const counted = (work: Parameters<typeof note>[0]) => {
      writes += 1
      return note(work)
    }
    Object.assign(storage, { note: counted })
    for (const revision of [1, 2, 3, 2, 1]) await acknowledge(desk, ann, revision)
    await acknowledge(desk, bob, 2)
    await acknowledge(desk, sam, 3)
    expect(writes).toBe(0)
    await rest()
    expect(writes).toBe(1)
    expect(await now(sam)).toBe('ann:3 sam:3 bob:2')
    await acknowledge(desk, ann, 1)
    await rest()
    expect(await now(sam)).toBe('ann:3 sam:3 bob:2')
    await rest()
    expect(writes).toBe(2)
  })

  it('is followed, and a note that staff gets is nothing to customers', async () => {
    const desk = await openDelivery()
    const { tickets, say, note, rest } = desk
    await say(backend, 't1', 'p1')
    const told = async (who: Viewer) => {
      const reader = read(await tickets.followReads(who, 't1'))
      return async () =>
        (await reader.next()).readers.map(({ lastDeliveredNumber }) => lastDeliveredNumber ?? '-').join(' ')
    }
    const [ofAnn, ofKim] = [await told(ann), await told(kim)]
    expect([await ofAnn(), await ofKim()]).toEqual(['- -', '- - -'])
    await acknowledge(desk, bob)
    await rest()
    expect([await ofAnn(), await ofKim()]).toEqual(['- 1', '- - 1'])
    await note(kim, 't1', 'n1')
    await acknowledge(desk, sam)
    await rest()
    expect(await ofKim()).toBe('- 2 1')
    await acknowledge(desk, ann)
    await rest()
    expect([await ofAnn(), await ofKim()]).toEqual(['1 1', '1 2 1'])
  })

  it('is told by all nodes, whichever has acknowledged it', async () => {
    const desk = await openDelivery()
    const other = desk.node()
    await desk.say(backend, 't1', 'p1')
    const reader = read(await other.followReads(sam, 't1'))
    await reader.next()
    await acknowledge(desk, ann)
    await desk.rest()
    expect((await reader.next()).readers[0]).toMatchObject({ user: { id: 'ann' }, lastDeliveredNumber: 1 })
    await acknowledge(desk, bob, undefined, other)
    await desk.rest()
    expect((await reader.next()).readers[2]).toMatchObject({ user: { id: 'bob' }, lastDeliveredNumber: 1 })
  })

  it('is nothing of a history or a term that is over, and nothing of who is no participant', async () => {
    const desk = await openDelivery()
    const { tickets, say, rest, now } = desk
    await say(backend, 't1', 'p1')
    const log = (await tickets.followMessages(ann, 'c1', 't1', null)) as LogDescription<unknown, TicketMessage>
    log.acknowledged?.({ after: 0, revision: 1, term: 'another' })
    await rest()
    expect(await now(ann)).toBe('ann:- bob:-')
    await acknowledge(desk, bob)
    await tickets.upsert({ id: 't1', participants: [{ id: 'ann' }] })
    await rest()
    await tickets.upsert({ id: 't1', participants: [{ id: 'ann' }, { id: 'bob' }] })
    expect(await now(ann)).toBe('ann:- bob:-')
  })

  it('is not kept of a user who is erased meanwhile', async () => {
    const desk = await openDelivery()
    const { tickets, say, rest, storage } = desk
    await say(backend, 't1', 'p1')
    await tickets.markRead(kim, 't1', 1)
    await say(backend, 't1', 'p2')
    const other = desk.node()
    for (const who of [bob, kim]) {
      await acknowledge(desk, who)
      await acknowledge(desk, who, undefined, other)
      await tickets.erase(who.userId)
    }
    await rest()
    const rows = await storage.read((tx) => tx.selectFrom('ticket_reads').selectAll().execute())
    expect(rows.map(({ user_id }) => user_id)).toEqual([''])
  })

  it('is stored when a node closes, and after the database was away', async () => {
    const desk = await openDelivery()
    const { tickets, say, rest, now, storage } = desk
    await say(backend, 't1', 'p1')
    await acknowledge(desk, ann)
    const { note } = storage
    Object.assign(storage, { note: () => Promise.reject(new Error('away')) })
    await rest()
    Object.assign(storage, { note })
    await rest()
    expect(await now(ann)).toBe('ann:1 bob:-')
    await acknowledge(desk, bob)
    await tickets.close()
    expect(await now(ann)).toBe('ann:1 bob:1')
  })
})
