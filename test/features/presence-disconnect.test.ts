import { expect, test } from 'vitest'
import { openEmbedded } from '../support/embedded.ts'
import { openScene } from '../support/presence.ts'

test('disconnecting closes all connections of a user and of nobody else', async () => {
  const scene = await openScene()
  const laptop = await scene.connect('laptop', 'ada')
  const phone = await scene.connect('phone', 'ada')
  const other = await scene.connect('desktop', 'bob')
  expect(await scene.presence.disconnect('ada', 'Password changed')).toBe(2)
  expect([laptop.closed, phone.closed, other.closed]).toEqual([['Password changed'], ['Password changed'], []])
  expect(await scene.presence.disconnect('bob', null)).toBe(1)
  expect(other.closed).toEqual(['Session ended by the backend'])
  expect(await scene.presence.disconnect('nobody', null)).toBe(0)
})

test('disconnecting reaches the connections of other nodes', async () => {
  const embedded = await openEmbedded()
  const [here, there] = [await openScene(embedded), await openScene(embedded)]
  const laptop = await there.connect('laptop', 'ada')
  await here.presence.disconnect('ada', null)
  expect(laptop.closed).toHaveLength(1)
})

test.each([
  ['longer than a close frame has room for', 'ä'.repeat(61)],
  ['of two lines', 'one\ntwo'],
  ['that is empty', ''],
])('a reason %s is refused, and nothing is closed', async (_, reason) => {
  const scene = await openScene()
  const laptop = await scene.connect('laptop', 'ada')
  await expect(scene.presence.disconnect('ada', reason)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  expect(laptop.closed).toEqual([])
})
