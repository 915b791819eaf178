import { describe, expect, it } from 'vitest'
import { admin, agent, backend, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const sam = agent('sam')

describe('the texts that a message had', () => {
  it('are kept for staff, the latest first', async () => {
    const { tickets, open, say, clock } = await openDesk()
    await open('t1', 'ann')
    const sent = await say(ann, 't1', 'one')
    const untouched = await say(ann, 't1', 'Other')
    const times: number[] = []
    for (const body of ['two', 'three']) {
      clock.advance(5)
      times.unshift(clock.now())
      await tickets.edit(ann, sent.id, body)
    }
    const edits = [
      { body: 'two', at: times[0] },
      { body: 'one', at: times[1] },
    ]
    for (const who of [sam, admin('dora'), backend]) {
      expect(await tickets.edits(who, [sent, untouched])).toEqual([edits, []])
    }
    expect(await tickets.edits(ann, [sent, untouched])).toEqual([[], []])
  })

  it('are the last 20', async () => {
    const { tickets, open, say, storage } = await openDesk()
    await open('t1', 'ann')
    const sent = await say(ann, 't1', 'text 0')
    for (let n = 1; n <= 25; n += 1) await tickets.edit(ann, sent.id, `text ${n}`)
    const [edits] = await tickets.edits(sam, [sent])
    expect(edits?.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, (_, n) => `text ${24 - n}`))
    const rows = await storage.read((tx) => tx.selectFrom('message_edits').selectAll().execute())
    expect(rows).toHaveLength(20)
  })

  it('are not made by a change of attachments alone, or of nothing', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const sent = await say(ann, 't1', 'one')
    await tickets.edit(ann, sent.id, null, [{ name: 'a', mediaType: 'a/b', url: '/a' }])
    await tickets.edit(ann, sent.id, 'one')
    expect(await tickets.edits(sam, [sent])).toEqual([[]])
  })

  it.each(['remove', 'erase'] as const)('are gone with the message: %s', async (way) => {
    const { tickets, open, say, storage } = await openDesk()
    await open('t1', 'ann')
    const sent = await say(ann, 't1', 'Secret')
    await tickets.edit(ann, sent.id, 'Better')
    if (way === 'remove') await tickets.remove(ann, sent.id)
    else await tickets.erase('ann')
    expect(await tickets.edits(sam, [sent])).toEqual([[]])
    expect(await storage.read((tx) => tx.selectFrom('message_edits').selectAll().execute())).toEqual([])
  })
})
