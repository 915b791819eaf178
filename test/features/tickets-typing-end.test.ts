import { describe, expect, it } from 'vitest'
import { read } from '../support/reader.ts'
import { agent, customer } from '../support/tickets.ts'
import { openTyping } from '../support/typing.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')
const kim = agent('kim')

describe('typing', () => {
  it('ends by itself', async () => {
    const { starts, follow, clock } = await openTyping()
    const ofSam = await follow(sam)
    await starts(ann, 'c1')
    clock.advance(8_000)
    expect(await ofSam.take(2)).toMatchObject([{ isTyping: true }, { isTyping: false, expiresAt: clock.now() }])
  })

  it('ends at once when the user loses access, whichever node took it away', async () => {
    const { starts, follow, tickets, node } = await openTyping()
    const readers = [await follow(bob), await follow(sam)]
    for (const desk of [tickets, node()]) {
      await tickets.upsert({ id: 't1', participants: [{ id: 'ann' }, { id: 'bob' }] })
      await starts(ann, `of ${desk === tickets}`)
      for (const reader of readers) expect(await reader.told(1)).toEqual(['+ann'])
      await desk.upsert({ id: 't1', participants: [{ id: 'bob' }] })
      for (const reader of readers) expect(await reader.told(1)).toEqual(['-ann'])
    }
  })

  it('ends at once when the user is erased', async () => {
    const { starts, follow, tickets } = await openTyping()
    const ofSam = await follow(sam)
    await starts(ann, 'c1')
    await tickets.erase('ann')
    expect(await ofSam.told(2)).toEqual(['+ann', '-ann'])
  })

  it('ends when the socket closes, in every ticket, and only there', async () => {
    const { tickets, starts, follow, open, wire } = await openTyping()
    await open('t2', 'ann')
    const ofSam = await follow(sam)
    const elsewhere = read(await tickets.followTyping(sam, 't2'))
    await starts(ann, 'c1')
    await starts(ann, 'c1', 'PUBLIC', 't2')
    await starts(bob, 'c2')
    tickets.leaveAll('c1')
    wire.told()
    tickets.leaveAll('c1')
    tickets.leaveAll('unknown')
    expect(wire.told()).toEqual([])
    await starts(kim, 'c3')
    expect(await ofSam.told(4)).toEqual(['+ann', '+bob', '-ann', '+kim'])
    expect(await elsewhere.take(2)).toMatchObject([{ isTyping: true }, { isTyping: false }])
  })

  it('goes on while another device of the same user types', async () => {
    const { tickets, starts, stops, follow, clock } = await openTyping()
    const ofSam = await follow(sam)
    await starts(ann, 'phone')
    await starts(ann, 'laptop')
    await starts(ann, 'tablet')
    await stops(ann, 'phone')
    tickets.leaveAll('tablet')
    await starts(bob, 'c2')
    expect(await ofSam.told(4)).toEqual(['+ann', '+ann', '+ann', '+bob'])
    clock.advance(2_000)
    await stops(ann, 'laptop')
    expect(await ofSam.told(1)).toEqual(['-ann'])
  })

  it('tells nobody of a stop without a start', async () => {
    const { starts, stops, follow } = await openTyping()
    const ofSam = await follow(sam)
    expect(await stops(ann, 'c1')).toMatchObject({ accepted: true })
    await starts(bob, 'c2')
    expect(await ofSam.told(1)).toEqual(['+bob'])
  })

  it('ends when the message arrives, once, on all devices', async () => {
    const { starts, stops, follow, say, clock } = await openTyping()
    const ofSam = await follow(sam)
    await starts(ann, 'phone')
    await starts(ann, 'laptop')
    await say(ann, 't1', 'Done')
    await stops(ann, 'phone')
    clock.advance(8_000)
    await starts(bob, 'c2')
    expect(await ofSam.told(4)).toEqual(['+ann', '+ann', '-ann', '+bob'])
  })

  it('is not ended by an edit, a deletion, or a message of somebody else', async () => {
    const { tickets, starts, follow, say } = await openTyping()
    const [one, two] = [await say(ann, 't1', 'one'), await say(ann, 't1', 'two')]
    const ofSam = await follow(sam)
    await starts(ann, 'c1')
    await tickets.edit(ann, one.id, 'One')
    await tickets.remove(ann, two.id)
    await say(bob, 't1', 'Hello')
    await starts(bob, 'c2')
    expect(await ofSam.told(2)).toEqual(['+ann', '+bob'])
  })

  it('begins again after the message', async () => {
    const { starts, follow, say, clock } = await openTyping()
    const ofSam = await follow(sam)
    await starts(ann, 'c1')
    await say(ann, 't1', 'one')
    clock.advance(1_000)
    await starts(ann, 'c1')
    expect(await ofSam.told(3)).toEqual(['+ann', '-ann', '+ann'])
  })
})
