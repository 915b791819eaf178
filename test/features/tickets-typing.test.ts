import { describe, expect, it } from 'vitest'
import { read } from '../support/reader.ts'
import { agent, customer } from '../support/tickets.ts'
import { openTyping } from '../support/typing.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')
const kim = agent('kim')

describe('typing', () => {
  it('tells the others who types, until when, and that they stopped', async () => {
    const { starts, stops, follow, clock } = await openTyping()
    const readers = [await follow(bob), await follow(sam)]
    expect(await starts(ann, 'c1')).toEqual({ accepted: true, resendAfterMs: 3_000 })
    const typing = {
      ticketId: 't1',
      user: { id: 'ann', role: 'CUSTOMER', name: 'ann', avatarUrl: null },
      isTyping: true,
      visibility: 'PUBLIC',
      expiresAt: clock.now() + 8_000,
    }
    for (const reader of readers) expect(await reader.next()).toEqual(typing)
    clock.advance(500)
    expect(await stops(ann, 'c1')).toMatchObject({ accepted: true })
    const stopped = { ...typing, isTyping: false, expiresAt: clock.now() }
    for (const reader of readers) expect(await reader.next()).toEqual(stopped)
  })

  it('never reaches the one who types, on no device', async () => {
    const { starts, follow } = await openTyping()
    const ofAnn = await follow(ann)
    await starts(ann, 'c1')
    await starts(bob, 'c2')
    await starts(sam, 'c3')
    expect(await ofAnn.told(2)).toEqual(['+bob', '+sam'])
  })

  it('is passed on once per second and connection; stopping always is', async () => {
    const { starts, stops, follow, clock } = await openTyping()
    const ofSam = await follow(sam)
    await starts(ann, 'c1')
    clock.advance(400)
    expect(await starts(ann, 'c1')).toEqual({ accepted: false, resendAfterMs: 600 })
    await stops(ann, 'c1')
    expect(await starts(ann, 'c1')).toMatchObject({ accepted: false })
    await starts(bob, 'c2')
    clock.advance(600)
    expect(await starts(ann, 'c1')).toMatchObject({ accepted: true })
    expect(await ofSam.told(4)).toEqual(['+ann', '-ann', '+bob', '+ann'])
  })

  it('is throttled per ticket', async () => {
    const { starts, open } = await openTyping()
    await open('t2', 'ann')
    expect(await starts(ann, 'c1')).toMatchObject({ accepted: true })
    expect(await starts(ann, 'c1', 'PUBLIC', 't2')).toMatchObject({ accepted: true })
  })

  it('passes resends on with a later end', async () => {
    const { starts, follow, clock } = await openTyping()
    const ofSam = await follow(sam)
    await starts(ann, 'c1')
    clock.advance(3_000)
    await starts(ann, 'c1')
    const [first, second] = await ofSam.take(2)
    expect(second).toEqual({ ...first, expiresAt: clock.now() + 8_000 })
    clock.advance(7_999)
    await starts(bob, 'c2')
    clock.advance(1)
    expect(await ofSam.told(2)).toEqual(['+bob', '-ann'])
  })

  it('is one indicator for devices on several nodes, and ends with a message through any of them', async () => {
    const { tickets, node, starts, stops, follow, clock } = await openTyping()
    const other = node()
    const typing = { ticketId: 't1', isTyping: true, visibility: 'PUBLIC' } as const
    const readers = [await follow(sam), read(await other.followTyping(sam, 't1'))]
    await starts(ann, 'phone')
    await other.setTyping(ann, 'laptop', typing)
    await stops(ann, 'phone')
    await other.setTyping(bob, 'c2', typing)
    await other.setTyping(ann, 'laptop', { ...typing, isTyping: false })
    clock.advance(1_000)
    await starts(ann, 'phone')
    await other.send(ann, { ticketId: 't1', body: 'Done' })
    tickets.leaveAll('phone')
    await starts(kim, 'c3')
    for (const reader of readers) {
      const told = (await reader.take(7)).map(({ user, isTyping }) => `${isTyping ? '+' : '-'}${user.id}`)
      expect(told).toEqual(['+ann', '+ann', '+bob', '-ann', '+ann', '-ann', '+kim'])
    }
  })

  it('leaves nothing behind once everybody stopped', async () => {
    const { starts, stops, clock } = await openTyping()
    for (let device = 0; device < 100; device++) await starts(ann, `c${device}`)
    for (let device = 0; device < 50; device++) await stops(ann, `c${device}`)
    clock.advance(8_000)
    for (let device = 0; device < 100; device++) {
      expect(await starts(ann, `c${device}`)).toMatchObject({ accepted: true })
    }
  })
})

describe('typing an internal note', () => {
  it('is for staff and told to staff only', async () => {
    const { starts, stops, follow } = await openTyping()
    const [ofAnn, ofKim] = [await follow(ann), await follow(kim)]
    await expect(starts(ann, 'c1', 'INTERNAL')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await starts(sam, 'c3', 'INTERNAL')
    await stops(sam, 'c3', 'INTERNAL')
    await starts(bob, 'c2')
    expect(await ofKim.take(2)).toMatchObject([
      { visibility: 'INTERNAL', isTyping: true },
      { visibility: 'INTERNAL', isTyping: false },
    ])
    expect(await ofAnn.told(1)).toEqual(['+bob'])
  })

  it('neither starts, throttles nor ends what customers see', async () => {
    const { starts, follow, note, clock } = await openTyping()
    const [ofAnn, ofKim] = [await follow(ann), await follow(kim)]
    await starts(sam, 'c3', 'INTERNAL')
    expect(await starts(sam, 'c3')).toMatchObject({ accepted: true })
    await note(sam, 't1', 'A note')
    await starts(bob, 'c2')
    expect(await ofAnn.told(2)).toEqual(['+sam', '+bob'])
    expect(await ofKim.take(4)).toMatchObject([
      { visibility: 'INTERNAL', isTyping: true },
      { visibility: 'PUBLIC', isTyping: true },
      { visibility: 'INTERNAL', isTyping: false },
      { user: { id: 'bob' } },
    ])
    clock.advance(8_000)
    expect((await ofAnn.told(2)).sort()).toEqual(['-bob', '-sam'])
  })
})
