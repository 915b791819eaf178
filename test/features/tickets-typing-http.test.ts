import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { Tickets } from '../../src/tickets/tickets.ts'
import { read } from '../support/reader.ts'
import { agent, customer } from '../support/tickets.ts'
import { openTyping } from '../support/typing.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')

/** Two nodes that are asked over HTTP, and who follows on either. */
async function openNodes() {
  const desk = await openTyping()
  const other = desk.node()
  const on = (node: Tickets, isTyping: boolean) => (who: Viewer, deviceId?: string) =>
    node.setTyping(who, undefined, { ticketId: 't1', isTyping, visibility: 'PUBLIC', deviceId })
  const readers = [await desk.follow(sam), read(await other.followTyping(sam, 't1'))]
  /** What both followers are told. */
  const told = async (count: number): Promise<readonly string[]> => {
    const lists = await Promise.all(readers.map((reader) => reader.take(count)))
    const [here, there] = lists.map((list) => list.map(({ user, isTyping }) => `${isTyping ? '+' : '-'}${user.id}`))
    expect(here).toEqual(there)
    return here ?? []
  }
  return {
    ...desk,
    here: { starts: on(desk.tickets, true), stops: on(desk.tickets, false) },
    there: { starts: on(other, true), stops: on(other, false) },
    other,
    told,
  }
}

describe('typing over HTTP', () => {
  it('ends where it is told to, whichever node was told that it began', async () => {
    const { here, there, told, clock } = await openNodes()
    for (const [begins, ends] of [
      [here, there],
      [there, here],
      [here, here],
    ] as const) {
      clock.advance(2_000)
      await begins.starts(ann)
      expect(await ends.stops(ann)).toEqual({ accepted: true, resendAfterMs: 3_000 })
      expect(await told(2)).toEqual(['+ann', '-ann'])
    }
    clock.advance(8_000)
    await here.starts(bob)
    expect(await told(1)).toEqual(['+bob'])
  })

  it('goes on when another node was told so, and ends by itself after that', async () => {
    const { here, there, told, clock } = await openNodes()
    await here.starts(ann)
    clock.advance(3_000)
    await there.starts(ann)
    expect(await told(2)).toEqual(['+ann', '+ann'])
    clock.advance(7_999)
    await here.starts(bob)
    expect(await told(1)).toEqual(['+bob'])
    clock.advance(1)
    expect(await told(1)).toEqual(['-ann'])
  })

  it('is passed on once per second, also when it was ended in between on another node', async () => {
    const { here, there, told, clock } = await openNodes()
    await here.starts(ann)
    clock.advance(400)
    expect(await here.starts(ann)).toEqual({ accepted: false, resendAfterMs: 600 })
    await there.stops(ann)
    await there.stops(ann)
    expect(await there.starts(ann)).toMatchObject({ accepted: false })
    clock.advance(1_000)
    await there.starts(ann)
    expect(await told(3)).toEqual(['+ann', '-ann', '+ann'])
  })

  it('is one indicator for devices that have names, until the last one stops', async () => {
    const { here, there, told } = await openNodes()
    await here.starts(ann, 'phone')
    await there.starts(ann, 'laptop')
    await there.stops(ann, 'phone')
    await here.starts(bob)
    expect(await told(3)).toEqual(['+ann', '+ann', '+bob'])
    await here.stops(ann, 'laptop')
    expect(await told(1)).toEqual(['-ann'])
  })

  it('of devices without names counts as that of one', async () => {
    const { here, there, told } = await openNodes()
    await here.starts(ann)
    await there.starts(ann)
    await here.stops(ann)
    expect(await told(3)).toEqual(['+ann', '+ann', '-ann'])
  })

  it('ends what a socket began under the same name; its closing ends only what it began', async () => {
    const { tickets, here, there, told, clock } = await openNodes()
    const typing = { ticketId: 't1', isTyping: true, visibility: 'PUBLIC', deviceId: 'tab' } as const
    await tickets.setTyping(ann, 'socket', typing)
    await there.stops(ann, 'tab')
    expect(await told(2)).toEqual(['+ann', '-ann'])
    clock.advance(1_000)
    await there.starts(ann, 'tab')
    tickets.leaveAll('socket')
    await here.starts(bob)
    expect(await told(2)).toEqual(['+ann', '+bob'])
    clock.advance(1_000)
    await tickets.setTyping(ann, 'socket', typing)
    tickets.leaveAll('socket')
    expect(await told(2)).toEqual(['+ann', '-ann'])
  })

  it('cannot pass the throttle by ever new names, and takes names that can be ids only', async () => {
    const { here } = await openNodes()
    for (let device = 0; device < 20; device++)
      expect(await here.starts(ann, `d${device}`)).toMatchObject({ accepted: true })
    expect(await here.starts(ann, 'd20')).toEqual({ accepted: false, resendAfterMs: 1_000 })
    expect(await here.starts(bob, 'd20')).toMatchObject({ accepted: true })
    for (const deviceId of ['', 'x'.repeat(129)]) {
      await expect(here.starts(ann, deviceId)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    }
  })

  it('of a note is told to staff only', async () => {
    const { tickets, other, wire } = await openNodes()
    const note = { ticketId: 't1', visibility: 'INTERNAL', deviceId: 'tab' } as const
    wire.told()
    await tickets.setTyping(sam, undefined, { ...note, isTyping: true })
    await other.setTyping(sam, undefined, { ...note, isTyping: false })
    expect(new Set(wire.told())).toEqual(new Set(['ticket:t1:staff:live']))
  })
})
