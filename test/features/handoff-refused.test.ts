import { expect, test } from 'vitest'
import { createDeadEvents } from '../../src/handoff/dead-events.ts'
import { openHandoffScene } from '../support/handoff.ts'
import { AT_ONCE, passBetween, passUntil, users } from '../support/handoff-passing.ts'

test('events that the receiver never takes hold up those of others for minutes, not for hours', async () => {
  const scene = await openHandoffScene()
  const bad = new Set(users(40))
  scene.webhook.answer((response, { event }) => response.writeHead(bad.has(event.data.userId) ? 500 : 204).end())
  await scene.send([...bad], AT_ONCE)
  await passUntil(scene, () => scene.webhook.received.length >= 10, 100)
  await scene.send('ann', AT_ONCE)
  const began = scene.clock.now()
  await passBetween(scene, () => scene.webhook.taken.length === 1, 1_000)
  expect(scene.clock.now() - began).toBeLessThan(150_000)
})

test('dead events of one subject that are sent again come in their order, before later ones', async () => {
  const scene = await openHandoffScene()
  scene.webhook.answer((response) => response.writeHead(500).end())
  const tell = (title: string) =>
    scene.storage.write(async (tx) =>
      scene.handoff.tickets?.tell(tx, { type: 'a.b', subject: 'ticket:1', userId: null, data: { title } }),
    )
  await tell('One')
  await tell('Two')
  await tell('Three')
  scene.clock.advance(26 * 3_600_000)
  await scene.handoff.prune()
  const dead = createDeadEvents(scene.storage)
  const events = await dead.list(undefined, 10)
  expect(events).toHaveLength(3)
  await tell('Four')
  for (const event of events) await dead.replay(event, scene.clock.now())
  scene.webhook.answer((response) => response.writeHead(204).end())
  await passUntil(scene, () => scene.webhook.taken.length === 4)
  expect(scene.webhook.taken.map(({ event }) => event.data.title)).toEqual(['One', 'Two', 'Three', 'Four'])
})
