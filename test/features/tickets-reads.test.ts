import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { TicketReads } from '../../src/tickets/reads.ts'
import { read } from '../support/reader.ts'
import { admin, agent, backend, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')
const kim = admin('kim')

/** Reads in short: `ann:2 bob:- staff:1`. */
function short({ readers, staffReadNumber }: TicketReads): string {
  const people = readers.map(({ user, lastReadNumber }) => `${user.id}:${lastReadNumber ?? '-'}`)
  return [...people, `staff:${staffReadNumber ?? '-'}`].join(' ')
}

async function openReads() {
  const desk = await openDesk()
  await desk.tickets.upsert({ id: 't1', participants: [{ id: 'ann' }, { id: 'sam', role: 'AGENT' }, { id: 'bob' }] })
  const follow = async (who: Viewer, tickets = desk.tickets) => {
    const reader = read(await tickets.followReads(who, 't1'))
    return { ...reader, told: async () => short(await reader.next()) }
  }
  /** Until a change may be told again. */
  const rest = async () => {
    await desk.settled()
    desk.clock.advance(1_000)
  }
  const now = async (who: Viewer) => short(await desk.tickets.reads(who, { id: 't1' }))
  const mark = (who: Viewer, upTo: number) => desk.tickets.markRead(who, 't1', upTo)
  return { ...desk, follow, rest, now, mark }
}

describe('the reads of a ticket', () => {
  it('name participants in their order, and for staff who else of the staff has read, who is furthest first', async () => {
    const { say, note, now, mark } = await openReads()
    await note(kim, 't1', 'n1') // staff 1
    await say(backend, 't1', 'p1') // staff 2, public 1
    await say(backend, 't1', 'p2') // staff 3, public 2
    expect([await now(ann), await now(sam)]).toEqual(['ann:- bob:- staff:-', 'ann:- sam:- bob:- staff:-'])
    await mark(ann, 1)
    await mark(agent('joe'), 2)
    await mark(kim, 3)
    expect([await now(ann), await now(sam)]).toEqual(['ann:1 bob:- staff:2', 'ann:2 sam:- bob:- kim:3 joe:2 staff:3'])
  })

  it('say who has read, as they were then', async () => {
    const { tickets, say, mark } = await openReads()
    await say(ann, 't1', 'p1')
    await mark({ ...kim, name: 'Kim', avatarUrl: '/kim.png' }, 1)
    const { readers } = await tickets.reads(sam, { id: 't1' })
    expect(readers.at(-1)?.user).toEqual({ id: 'kim', role: 'ADMIN', name: 'Kim', avatarUrl: '/kim.png' })
  })

  it('are followed: whole at once, then whole after each change, to both audiences', async () => {
    const { say, follow, rest, mark } = await openReads()
    await say(backend, 't1', 'p1')
    const [ofAnn, ofKim] = [await follow(ann), await follow(kim)]
    expect([await ofAnn.told(), await ofKim.told()]).toEqual(['ann:- bob:- staff:-', 'ann:- sam:- bob:- staff:-'])
    await rest()
    await mark(bob, 1)
    expect([await ofAnn.told(), await ofKim.told()]).toEqual(['ann:- bob:1 staff:-', 'ann:- sam:- bob:1 staff:-'])
    await rest()
    await mark(sam, 1)
    expect([await ofAnn.told(), await ofKim.told()]).toEqual(['ann:- bob:1 staff:1', 'ann:- sam:1 bob:1 staff:1'])
  })

  it('tell of a reply, whose author has read what was there, but not of a note or of a backend', async () => {
    const { tickets, say, note, follow, now, rest } = await openReads()
    const reader = await follow(ann)
    expect(await reader.told()).toBe('ann:- bob:- staff:-')
    await rest()
    await say(ann, 't1', 'p1')
    expect(await reader.told()).toBe('ann:1 bob:- staff:-')
    await note(sam, 't1', 'n1')
    await say(backend, 't1', 'p2')
    await tickets.send(backend, { ticketId: 't1', body: 'p3', author: { id: 'bob' } })
    expect(await now(ann)).toBe('ann:1 bob:- staff:-')
    await rest()
    await say(sam, 't1', 'p4')
    expect(await reader.told()).toBe('ann:1 bob:- staff:4')
    expect(await tickets.unreadCount(sam, { id: 't1' })).toBe(0)
  })

  it('are told at most about once a second, and then as they are by then', async () => {
    const { say, follow, mark, settled, clock } = await openReads()
    for (const body of ['p1', 'p2', 'p3', 'p4']) await say(backend, 't1', body)
    const reader = await follow(sam)
    expect(await reader.told()).toBe('ann:- sam:- bob:- staff:-')
    for (const upTo of [1, 2, 3]) await mark(ann, upTo)
    const next = reader.told()
    await settled()
    clock.advance(999)
    await mark(ann, 4)
    await settled()
    clock.advance(1)
    expect(await next).toBe('ann:4 sam:- bob:- staff:-')
  })

  it('tell customers nothing when staff reads notes, and do not hold up what follows', async () => {
    const { say, note, follow, rest, mark } = await openReads()
    await say(backend, 't1', 'p1')
    await note(kim, 't1', 'n1')
    await note(kim, 't1', 'n2')
    const [ofAnn, ofKim] = [await follow(ann), await follow(kim)]
    expect([await ofAnn.told(), await ofKim.told()]).toEqual(['ann:- bob:- staff:-', 'ann:- sam:- bob:- staff:-'])
    await rest()
    await mark(sam, 1)
    expect([await ofAnn.told(), await ofKim.told()]).toEqual(['ann:- bob:- staff:1', 'ann:- sam:1 bob:- staff:1'])
    await rest()
    await mark(sam, 3)
    expect(await ofKim.told()).toBe('ann:- sam:3 bob:- staff:3')
    await mark(kim, 2)
    await mark(bob, 1)
    expect(await ofAnn.told()).toBe('ann:- bob:1 staff:1')
  })

  it('follow the participants, and end for who is one no longer', async () => {
    const { tickets, say, follow, rest, mark } = await openReads()
    await say(backend, 't1', 'p1')
    const [ofAnn, ofBob] = [await follow(ann), await follow(bob)]
    expect([await ofAnn.told(), await ofBob.told()]).toEqual(['ann:- bob:- staff:-', 'ann:- bob:- staff:-'])
    await rest()
    await tickets.upsert({ id: 't1', participants: [{ id: 'zoe' }, { id: 'ann' }] })
    expect(await ofAnn.told()).toBe('zoe:- ann:- staff:-')
    await mark(ann, 1)
    await expect(ofBob.next()).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(tickets.followReads(bob, 't1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('are told after a gap only if they have changed', async () => {
    const { wire, say, follow, rest, mark } = await openReads()
    await say(backend, 't1', 'p1')
    const reader = await follow(ann)
    expect(await reader.told()).toBe('ann:- bob:- staff:-')
    await rest()
    wire.cut()
    await mark(sam, 1)
    wire.mend()
    expect(await reader.told()).toBe('ann:- bob:- staff:1')
    wire.cut()
    wire.mend()
    await rest()
    await mark(bob, 1)
    expect(await reader.told()).toBe('ann:- bob:1 staff:1')
  })

  it('are read once for all who follow on a node, and another node tells the same', async () => {
    const { node, say, follow, rest, mark } = await openReads()
    await say(backend, 't1', 'p1')
    const readers = [await follow(ann), await follow(bob), await follow(ann, node())]
    for (const reader of readers) expect(await reader.told()).toBe('ann:- bob:- staff:-')
    await rest()
    await mark(kim, 1)
    for (const reader of readers) expect(await reader.told()).toBe('ann:- bob:- staff:1')
  })

  it('are of one user with two roles, in both numberings', async () => {
    const { say, note, follow, now, rest, mark } = await openReads()
    await say(backend, 't1', 'p1') // staff 1
    await note(kim, 't1', 'n1') // staff 2
    await say(backend, 't1', 'p2') // staff 3
    await mark(kim, 3)
    const reader = await follow(bob)
    expect(await reader.told()).toBe('ann:- bob:- staff:2')
    await rest()
    await mark(agent('ann'), 2)
    expect(await reader.told()).toBe('ann:1 bob:- staff:2')
    expect(await now(sam)).toBe('ann:2 sam:- bob:- kim:3 staff:3')
  })

  it('go no further back when who has read is erased, which customers do not sense', async () => {
    const { tickets, say, follow, now, rest, mark } = await openReads()
    await say(backend, 't1', 'p1')
    await mark(kim, 1)
    const [ofAnn, ofSam] = [await follow(ann), await follow(sam)]
    expect([await ofAnn.told(), await ofSam.told()]).toEqual(['ann:- bob:- staff:1', 'ann:- sam:- bob:- kim:1 staff:1'])
    await rest()
    await tickets.erase('kim')
    expect(await ofSam.told()).toBe('ann:- sam:- bob:- staff:1')
    await mark(bob, 1)
    expect(await ofAnn.told()).toBe('ann:- bob:1 staff:1')
    expect(await now(ann)).toBe('ann:- bob:1 staff:1')
  })
})
