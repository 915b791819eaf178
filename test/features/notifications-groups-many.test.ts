import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { fillInbox } from '../support/big-work.ts'
import { ann, openScene } from '../support/notifications.ts'
import { noting } from '../support/query-plans.ts'
import { createNotifications } from '../support/with-bus.ts'

test('of many open entries the one that arrived last is joined, and no other is read', async () => {
  const scene = await openScene()
  const { storage, clock } = scene
  await fillInbox(scene, 300)
  const group = { group_key: 'k', group_count: 1, group_actors: '[]', first_at: clock.now() }
  await storage.write((tx) => tx.updateTable('inbox').set(group).execute())
  const late = { expires_at: clock.now() + 1_000 }
  await storage.write((tx) => tx.updateTable('inbox').set(late).where('notification_id', '=', 'n-299').execute())
  const { storage: noted, take } = noting(storage)
  const { notify } = createNotifications({ ...scene, storage: noted, limits: DEFAULT_LIMITS })
  const send = () => notify({ userIds: ['ann', 'bob'], notification: { type: 'x', title: 'Hi', groupKey: 'k' } })
  clock.advance(1_000)
  await send()
  await send()
  const { nodes } = await scene.notifications.list(ann, { first: 2 })
  expect(nodes.map(({ id, group }) => [id, group?.count])).toEqual([
    ['n-298', 3],
    ['n-297', 1],
  ])
  const selects = take().filter(
    ({ sql }) => /^\s*(select|with)\b/i.test(sql) && !/\b(insert|update|delete)\b/i.test(sql),
  )
  const sizes = await storage.read(async (tx) => {
    const results = []
    for (const query of selects) results.push(await tx.executeQuery(query))
    return results.map(({ rows }) => rows.length)
  })
  expect(Math.max(...sizes)).toBeLessThan(10)
})
