import { expect, test } from 'vitest'
import { openHandoffScene } from '../support/handoff.ts'
import { users } from '../support/handoff-passing.ts'
import { viewer } from '../support/viewer.ts'

test('a user gets one event, however many others get theirs at the same time', async () => {
  const scene = await openHandoffScene()
  const names = users(25)
  for (let n = 0; n < 45; n += 1) await scene.send(names, { title: `No ${n}` })
  await scene.pass(301)
  const events = await scene.events()
  expect(events.map(({ userId }) => userId).sort()).toEqual([...names].sort())
  expect(events.map(({ total }) => total)).toEqual(names.map(() => 45))
})

test('a further one of a group that has less time is not late', async () => {
  const scene = await openHandoffScene()
  await scene.send('ann', { title: 'One', groupKey: 'g', handOff: { afterSeconds: 86_400, unless: ['READ'] } })
  await scene.send('ann', { title: 'Two', groupKey: 'g', handOff: { afterSeconds: 60, unless: ['SEEN'] } })
  await scene.send('ann', { title: 'Three', groupKey: 'g' })
  // In one transaction, the last one is not the earliest.
  await Promise.all([
    scene.send('bob', { title: 'First', handOff: { afterSeconds: 60, unless: ['READ'] }, groupKey: 'g' }),
    scene.send('bob', { title: 'Last', groupKey: 'g' }),
  ])
  await scene.pass(61)
  const events = await scene.events()
  expect(events.map(({ titles }) => titles).sort()).toEqual([['Last'], ['Three']])
})

test('the status of a notification says when it was handed off, of one in a group since it joined', async () => {
  const scene = await openHandoffScene()
  const handedOffAt = async (id: string, userId = 'ann') => {
    const [status] = await scene.notifications.status(id, [userId])
    return status?.handedOffAt
  }
  const id = await scene.send(['ann', 'bob'])
  await scene.notifications.mark(viewer('bob'), 'SEEN', [id])
  await scene.pass(200)
  await scene.events()
  expect(await handedOffAt(id)).toBeNull()
  await scene.pass(101)
  await scene.events()
  const [event] = scene.webhook.taken.filter(({ event: { data } }) => data.userId === 'ann')
  expect(await handedOffAt(id)).toBe(Date.parse(event?.event.time))
  expect(await handedOffAt(id, 'bob')).toBeNull()

  const first = await scene.send('carol', { groupKey: 'likes' })
  await scene.pass(301)
  await scene.events()
  const at = await handedOffAt(first, 'carol')
  expect(at).toBeTruthy()
  await scene.pass(1)
  const second = await scene.send('carol', { groupKey: 'likes' })
  expect(await handedOffAt(first, 'carol')).toBe(at)
  expect(await handedOffAt(second, 'carol')).toBeNull()
  await scene.pass(301)
  await scene.events()
  expect(await handedOffAt(second, 'carol')).toBeGreaterThan(at ?? 0)
})
