import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { ADDED, begin, drop, expectNext, follow, openScene, settle } from '../support/resume.ts'

test.each([
  ['first', 0],
  ['second', 1],
])('of two live sockets under one id, the %s misses nothing when it is cut', async (_, index) => {
  const scene = await openScene()
  const id = randomUUID()
  const sockets = [await begin(scene, id), await begin(scene, id)]
  const cut = sockets[index]!
  const other = sockets[1 - index]!
  await drop(cut)
  await scene.notify('One')
  await expectNext(other, 'One')
  const { payload } = await other.next()
  other.send({ type: 'pong', payload })
  await settle(other)
  await expectNext(await follow(scene, id, { query: ADDED }), 'One', null)
  expect(await scene.notify('Two')).toBeDefined()
  await expectNext(other, 'Two')
})

test('of two live sockets under one id, one goes on when the subscription of the other is over', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const [over, other] = [await begin(scene, id), await begin(scene, id)]
  over.send({ id, type: 'complete' })
  await settle(over)
  await drop(other)
  await scene.notify('One')
  await expectNext(await follow(scene, id, { query: ADDED }), 'One', null)
})
