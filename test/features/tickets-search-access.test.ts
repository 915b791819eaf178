import { describe, expect, it } from 'vitest'
import { findTexts, openConversation } from '../support/ticket-search.ts'
import { agent, backend, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')

describe('who finds what', () => {
  it('is who may see it: customers their own tickets, staff everything', async () => {
    const desk = await openConversation('lamp of ann')
    const { tickets, open, say, note } = desk
    await open('t2', 'bob')
    desk.clock.advance(1)
    await say(bob, 't2', 'lamp of bob')
    desk.clock.advance(1)
    await note(sam, 't1', 'lamp of staff')
    expect(await findTexts(desk, ann, 'lamp')).toEqual(['lamp of ann'])
    expect(await findTexts(desk, bob, 'lamp')).toEqual(['lamp of bob'])
    expect(await findTexts(desk, customer('eve'), 'lamp')).toEqual([])
    for (const who of [sam, backend]) {
      expect(await findTexts(desk, who, 'lamp')).toEqual(['lamp of staff', 'lamp of bob', 'lamp of ann'])
    }
    // A user who is staff with another token is a customer with this one.
    expect(await findTexts(desk, customer('sam'), 'lamp')).toEqual([])
    await tickets.upsert({ id: 't1', participants: [{ id: 'bob' }] })
    expect(await findTexts(desk, ann, 'lamp')).toEqual([])
    expect(await findTexts(desk, bob, 'lamp')).toEqual(['lamp of bob', 'lamp of ann'])
  })

  it('does not show customers that there are notes: not by hits, order, pages or cursors', async () => {
    const desk = await openConversation('lamp 1', 'lamp 2', 'lamp 3')
    const { tickets, note } = desk
    const look = () => tickets.search(ann, { query: 'lamp', first: 2 })
    const before = await look()
    for (let n = 0; n < 20; n += 1) await note(sam, 't1', `lamp ${n} secret`)
    const [edited] = (await tickets.search(sam, { query: 'secret', first: 1 })).nodes
    await tickets.edit(sam, edited?.message?.id ?? '', 'lamp and secrets')
    await tickets.react(sam, edited?.message?.id ?? '', '👍', true)
    expect(await look()).toEqual(before)
    expect(await findTexts(desk, ann, 'secret')).toEqual([])
    expect(
      (await tickets.search(ann, { query: 'lamp', first: 2, after: before.pageInfo.endCursor })).nodes,
    ).toHaveLength(1)
  })

  it('of very many tickets is right, too', async () => {
    const desk = await openDesk()
    for (let n = 0; n < 520; n += 1) await desk.open(`t${n}`, n % 2 === 0 || n > 20 ? 'ann' : 'bob')
    await desk.say(ann, 't0', 'lamp of ann')
    await desk.say(bob, 't1', 'lamp of bob')
    desk.clock.advance(1)
    await desk.say(ann, 't500', 'another lamp')
    await desk.note(sam, 't0', 'lamp of staff')
    expect(await findTexts(desk, ann, 'lamp')).toEqual(['another lamp', 'lamp of ann'])
  })
})

describe('what an earlier version stored', () => {
  it('is found once it was indexed, in its place', async () => {
    const desk = await openConversation(...Array.from({ length: 120 }, (_, n) => `lamp ${n}`))
    const { tickets, storage, node, say, note } = desk
    await tickets.upsert({ id: 't1', subject: 'A lamp' })
    desk.clock.advance(1)
    await note(sam, 't1', 'secret lamp')
    desk.clock.advance(1)
    const all = await findTexts(desk, sam, 'lamp', 100)
    await storage.write(async (tx) => {
      await tx.deleteFrom('search_texts').execute()
    })
    const late = await say(ann, 't1', 'late lamp')
    const [first] = (await tickets.messages(ann, { id: 't1' }, { first: 1 })).nodes
    await tickets.remove(ann, first?.id ?? '')
    await node().indexEarlier()
    await tickets.indexEarlier()
    expect(await findTexts(desk, sam, 'lamp', 100)).toEqual([late.body, ...all.slice(0, 99)])
    expect(await findTexts(desk, ann, 'secret')).toEqual([])
    expect(await findTexts(desk, sam, 'lamp 0')).toEqual([])
  })
})
