import { describe, expect, it } from 'vitest'
import { read } from '../support/reader.ts'
import { agent, customer, type Desk, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const kim = agent('kim')
const sam = agent('sam')

const MUTE = new Set(['isMuted', 'mutedUntil'])

async function openBusyDesk() {
  const desk = await openDesk()
  await desk.open('t1', 'ann', 'bob')
  await desk.open('t2', 'ann')
  return desk
}

function rows({ storage }: Desk) {
  return storage.read((tx) =>
    tx.selectFrom('ticket_mutes').selectAll().orderBy('ticket_id').orderBy('user_id').execute(),
  )
}

describe('muting a ticket', () => {
  it('is told to its user, for good or until a moment', async () => {
    const { tickets, clock } = await openBusyDesk()
    expect((await tickets.mute(ann, 't1', null)).mute).toEqual({ isMuted: true, mutedUntil: null })
    const until = clock.now() + 60_000
    expect((await tickets.mute(ann, 't2', until)).mute).toEqual({ isMuted: true, mutedUntil: until })
    const mutesOf = (who: typeof ann) => tickets.mutes(who, [{ id: 't2' }, { id: 't1' }])
    expect(await mutesOf(ann)).toEqual([
      { isMuted: true, mutedUntil: until },
      { isMuted: true, mutedUntil: null },
    ])
    const none = { isMuted: false, mutedUntil: null }
    expect(await mutesOf(bob)).toEqual([none, none])
    const { nodes } = await tickets.list(ann, { first: 10 }, { page: undefined, entries: MUTE })
    expect(nodes.map(({ mute }) => mute?.mutedUntil)).toEqual([until, null])
    clock.advance(60_000)
    expect(await mutesOf(ann)).toEqual([none, { isMuted: true, mutedUntil: null }])
    expect((await tickets.unmute(ann, 't1')).mute).toEqual(none)
    expect((await tickets.unmute(ann, 't1')).mute).toEqual(none)
    expect(await mutesOf(ann)).toEqual([none, none])
  })

  it('needs a moment to come, and a ticket that the user may see', async () => {
    const { tickets, clock } = await openBusyDesk()
    for (const until of [clock.now(), clock.now() - 1, 0]) {
      await expect(tickets.mute(ann, 't1', until)).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: 'until must be in the future.',
      })
    }
    for (const [who, id] of [
      [bob, 't2'],
      [ann, 't3'],
      [sam, 't3'],
    ] as const) {
      await expect(tickets.mute(who, id, null)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await expect(tickets.unmute(who, id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
  })

  it('is told to the devices of its user alone, and moves nothing', async () => {
    const { tickets, open, clock } = await openBusyDesk()
    const seen = (who: typeof ann) => tickets.find(who, 't1')
    const before = [await seen(ann), await seen(sam)]
    clock.advance(1_000)
    const device = read(await tickets.followChanged(ann, 't1', MUTE))
    const plain = read(await tickets.followChanged(ann, 't1', new Set(['status'])))
    const others = [
      read(await tickets.followChanged(bob, 't1', MUTE)),
      read(await tickets.followChanged(sam, 't1', MUTE)),
    ]
    const lists = []
    for (const who of [ann, bob, sam]) lists.push(read(await tickets.followList(who, { first: 10 })))
    for (const reader of [device, plain, ...others, ...lists]) await reader.next()
    await tickets.mute(ann, 't1', null)
    await tickets.mute(ann, 't1', null)
    expect(await device.next()).toMatchObject({ id: 't1' })
    expect(await lists[0]?.next()).toMatchObject({ __typename: 'TicketListChanged', reasons: ['MUTE'] })
    expect([await seen(ann), await seen(sam)]).toEqual(before)
    await tickets.upsert({ id: 't1', status: 'PENDING' })
    for (const reader of [device, plain, ...others]) expect(await reader.next()).toMatchObject({ status: 'PENDING' })
    for (const list of lists) expect(await list.next()).toMatchObject({ reasons: ['STATUS'] })
    await open('t3', 'zoe')
  })

  it('leaves nothing behind of who leaves, of a user who is erased, of a ticket that is deleted, and of what is over', async () => {
    const desk = await openBusyDesk()
    const { tickets, clock } = desk
    for (const who of [ann, bob, kim]) await tickets.mute(who, 't1', null)
    await tickets.upsert({ id: 't1', participants: [{ id: 'bob' }, { id: 'kim', role: 'AGENT' }] })
    const of = (...userIds: readonly string[]) => userIds.map((user_id) => ({ ticket_id: 't1', user_id, until: null }))
    expect(await rows(desk)).toEqual(of('bob', 'kim'))
    // Staff see it still.
    await tickets.upsert({ id: 't1', participants: [{ id: 'bob' }] })
    expect(await rows(desk)).toEqual(of('bob', 'kim'))
    await tickets.erase('kim')
    expect(await rows(desk)).toEqual(of('bob'))
    await tickets.mute(ann, 't2', clock.now() + 60_000)
    await tickets.delete('t1')
    expect(await rows(desk)).toMatchObject([{ ticket_id: 't2' }])
    clock.advance(59_999)
    expect(await tickets.prune()).toBe(0)
    clock.advance(1)
    expect(await tickets.prune()).toBe(1)
    expect(await rows(desk)).toEqual([])
  })

  it('leaves nothing behind either when both happen at the same moment', async () => {
    const desk = await openBusyDesk()
    const { tickets } = desk
    for (let round = 0; round < 20; round += 1) {
      const id = `r${round}`
      await desk.open(id, 'ann')
      const end = round % 2 === 0 ? tickets.upsert({ id, participants: [] }) : tickets.delete(id)
      const [muted] = await Promise.allSettled([tickets.mute(ann, id, null), end])
      await end
      if (muted.status === 'rejected') expect(muted.reason).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(await rows(desk)).toEqual([])
  })
})
