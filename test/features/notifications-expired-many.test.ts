import { expect, it } from 'vitest'
import { lastTerm } from '../../src/storage/stream-terms.ts'
import { insertRows } from '../support/many-rows.ts'
import { ann, openScene } from '../support/notifications.ts'

it('many that have expired are passed over some at a time, and what stands behind them arrives', async () => {
  const { storage, notifications, clock, send, begin, revision } = await openScene()
  await begin('ann')
  const before = await revision('ann')
  const id = await send('ann')
  // Between both, 2,500 that nobody has removed yet.
  const last = before + 2_501
  const ids = Array.from({ length: 2_500 }, (_, n) => `old-${n}`)
  await storage.write(async (tx) => {
    await tx
      .updateTable('inbox')
      .set({ arrived_revision: last, revision: last })
      .where('notification_id', '=', id)
      .execute()
    await tx.updateTable('streams').set({ revision: last }).where('stream', '=', 'user:ann').execute()
  })
  await insertRows(
    storage,
    'notifications',
    ids.map((old) => ({ id: old, type: 'x', category: 'x', title: 'Hi', priority: 'NORMAL', created_at: 1 })),
  )
  await insertRows(
    storage,
    'inbox',
    ids.map((old, n) => ({
      user_id: 'ann',
      notification_id: old,
      arrived_revision: before + n + 1,
      revision: before + n + 1,
      category: 'x',
      expires_at: clock.now() - 1,
    })),
  )
  const added = await notifications.followAdded(ann, null)
  const events = await notifications.followEvents(ann, null)
  for (const log of [added, events]) {
    const pages = []
    for (let after = before; after < last; ) {
      const page = await log.read(after, lastTerm(log.terms))
      pages.push({ reached: page.revision - before, hasMore: page.hasMore, entries: page.entries.length })
      after = page.revision
    }
    expect(pages).toEqual([
      { reached: 1_000, hasMore: true, entries: 0 },
      { reached: 2_000, hasMore: true, entries: 0 },
      { reached: 2_501, hasMore: false, entries: 1 },
    ])
  }
  expect((await added.readReset()).entries).toMatchObject([{ item: { id } }])
})
