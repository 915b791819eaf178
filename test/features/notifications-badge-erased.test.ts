import { expect, test } from 'vitest'
import { ann, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'

test('counts of the inbox that comes after an erasure replace those of before, however small their revision', async () => {
  const scene = await openScene()
  const badge = read(await scene.notifications.followUnread(ann))
  expect(await badge.next()).toMatchObject({ count: 0 })
  for (let count = 1; count <= 5; count += 1) {
    await scene.send('ann')
    expect(await badge.next()).toMatchObject({ count, revision: count })
  }
  await scene.notifications.erase('ann')
  await scene.send('ann')
  expect(await badge.next()).toMatchObject({ count: 1, revision: 1 })
  await scene.send('ann')
  expect(await badge.next()).toMatchObject({ count: 2, revision: 2 })
})
