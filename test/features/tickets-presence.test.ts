import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { liveTopic } from '../../src/tickets/topics.ts'
import { read } from '../support/reader.ts'
import { agent, customer, openDesk, TICKET_GRACE_MS } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')
const kim = agent('kim')

async function openRoom() {
  const desk = await openDesk()
  await desk.open('t1', 'ann', 'bob')
  const follow = async (who: Viewer) => {
    const reader = read(await desk.tickets.followPresence(who, 't1'))
    return {
      ...reader,
      told: async (count: number) =>
        (await reader.take(count)).map(
          ({ change, user, viewers }) => `${change} ${user?.id ?? '-'}: ${viewers.map(({ id }) => id).join(' ')}`,
        ),
    }
  }
  const join = async (who: Viewer, connectionId: string) =>
    read(await desk.tickets.followMessages(who, connectionId, 't1', null))
  return { ...desk, follow, join }
}

describe('presence in a ticket', () => {
  it('says who is here, then who joins and leaves', async () => {
    const { follow, join } = await openRoom()
    await join(ann, 'c1')
    const readers = [await follow(ann), await follow(sam)]
    for (const reader of readers) {
      expect(await reader.next()).toEqual({
        ticketId: 't1',
        change: 'PRESENT',
        user: null,
        viewers: [{ id: 'ann', role: 'CUSTOMER', name: 'ann', avatarUrl: null }],
        isCapped: false,
      })
    }
    const ofBob = await join(bob, 'c2')
    for (const reader of readers) expect(await reader.told(1)).toEqual(['JOINED bob: ann bob'])
    await ofBob.stop()
    for (const reader of readers) expect(await reader.told(1)).toEqual(['LEFT bob: ann'])
  })

  it('counts somebody once however many devices and subscriptions they use', async () => {
    const { follow, join } = await openRoom()
    const reader = await follow(sam)
    expect(await reader.told(1)).toEqual(['PRESENT -: '])
    const open = [await join(ann, 'phone'), await join(ann, 'laptop'), await join(ann, 'laptop')]
    expect(await reader.told(1)).toEqual(['JOINED ann: ann'])
    await open[0]?.stop()
    await open[1]?.stop()
    await join(bob, 'c2')
    expect(await reader.told(1)).toEqual(['JOINED bob: ann bob'])
    await open[2]?.stop()
    expect(await reader.told(1)).toEqual(['LEFT ann: bob'])
  })

  it('ends some time after the socket was closed', async () => {
    const { tickets, follow, join, clock, settled } = await openRoom()
    const reader = await follow(sam)
    await reader.next()
    await join(ann, 'c1')
    await join(ann, 'c1')
    await reader.next()
    tickets.leaveAll('c1')
    await settled()
    clock.advance(TICKET_GRACE_MS)
    expect(await reader.told(1)).toEqual(['LEFT ann: '])
    const again = await join(ann, 'c1')
    expect(await reader.told(1)).toEqual(['JOINED ann: ann'])
    await again.stop()
    expect(await reader.told(1)).toEqual(['LEFT ann: '])
  })

  it('goes on when somebody comes back soon, on whichever device', async () => {
    const { tickets, follow, join, clock, settled } = await openRoom()
    const reader = await follow(sam)
    await reader.next()
    await join(ann, 'c1')
    expect(await reader.told(1)).toEqual(['JOINED ann: ann'])
    tickets.leaveAll('c1')
    await settled()
    clock.advance(TICKET_GRACE_MS - 1)
    expect(await (await follow(kim)).told(1)).toEqual(['PRESENT -: ann'])
    await join(ann, 'c2')
    await settled()
    clock.advance(TICKET_GRACE_MS)
    await join(bob, 'c3')
    expect(await reader.told(1)).toEqual(['JOINED bob: ann bob'])
  })

  it('begins with iterating, not with asking', async () => {
    const { tickets, follow } = await openRoom()
    const feed = await tickets.followMessages(ann, 'c1', 't1', null)
    const reader = await follow(sam)
    expect(await reader.told(1)).toEqual(['PRESENT -: '])
    const messages = read(feed)
    expect(await reader.told(1)).toEqual(['JOINED ann: ann'])
    await messages.stop()
    expect(await reader.told(1)).toEqual(['LEFT ann: '])
  })

  it('ends when access is lost', async () => {
    const { open, follow, join } = await openRoom()
    const reader = await follow(sam)
    await reader.next()
    const end = (await join(ann, 'c1')).ended()
    await reader.next()
    await open('t1', 'bob')
    await expect(end).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await reader.told(1)).toEqual(['LEFT ann: '])
  })

  it('of staff is sensed by staff only', async () => {
    const { follow, join } = await openRoom()
    const ofSam = await join(sam, 'c1')
    const [forAnn, forKim] = [await follow(ann), await follow(kim)]
    expect(await forAnn.told(1)).toEqual(['PRESENT -: '])
    expect(await forKim.told(1)).toEqual(['PRESENT -: sam'])
    await join(kim, 'c2')
    await join(bob, 'c3')
    await ofSam.stop()
    expect(await forKim.told(3)).toEqual(['JOINED kim: sam kim', 'JOINED bob: sam kim bob', 'LEFT sam: kim bob'])
    await join(ann, 'c4')
    expect(await forAnn.told(2)).toEqual(['JOINED bob: bob', 'JOINED ann: bob ann'])
  })

  it('ends with the newest list when what nodes tell arrives in another order', async () => {
    const { bus, follow } = await openRoom()
    const reader = await follow(sam)
    await reader.next()
    const actor = (id: string) => ({ id, role: 'CUSTOMER', name: null, avatarUrl: null }) as const
    const joined = (version: number, id: string, ...viewers: readonly string[]) => {
      const presence = {
        ticketId: 't1',
        change: 'JOINED',
        user: actor(id),
        viewers: viewers.map(actor),
        isCapped: false,
      } as const
      bus.publish(liveTopic('t1', 'staff'), { type: 'presence', isWhole: true, version, presence })
    }
    joined(2, 'bob', 'ann', 'bob')
    joined(1, 'ann', 'ann')
    joined(3, 'eve', 'ann', 'bob', 'eve')
    expect(await reader.told(3)).toEqual(['JOINED bob: ann bob', 'JOINED ann: ann bob', 'JOINED eve: ann bob eve'])
  })

  it('takes no list from a node of the version before, which does not know who is here on this one', async () => {
    const { bus, follow, join } = await openRoom()
    const reader = await follow(sam)
    await reader.next()
    const presence = { ticketId: 't1', change: 'LEFT', user: null, viewers: [], isCapped: false } as const
    bus.publish(liveTopic('t1', 'staff'), { type: 'presence', version: 7, presence } as never)
    await join(bob, 'c1')
    expect(await reader.told(1)).toEqual(['JOINED bob: bob'])
  })

  it('is of one ticket', async () => {
    const { tickets, open, follow, join } = await openRoom()
    await open('t2', 'ann')
    const reader = await follow(sam)
    await reader.next()
    read(await tickets.followMessages(ann, 'c1', 't2', null))
    await join(bob, 'c2')
    expect(await reader.told(1)).toEqual(['JOINED bob: bob'])
  })
})
