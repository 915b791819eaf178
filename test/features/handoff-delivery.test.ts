import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { createDeadEvents } from '../../src/handoff/dead-events.ts'
import { openHandoffScene } from '../support/handoff.ts'
import {
  AT_ONCE,
  expectOnceEach,
  idsByUser,
  isEmpty,
  passAttempts,
  passBetween,
  passUntil,
  passUntilEmpty,
  users,
} from '../support/handoff-passing.ts'
import { openWebhookServer } from '../support/receiver.ts'
import { prepareStorage } from '../support/storage.ts'
import { viewer } from '../support/viewer.ts'

test('a receiver that answers 500 for a minute gets each event, with the id of the first attempt', async () => {
  const scene = await openHandoffScene()
  const names = users(40)
  scene.webhook.answer((response) => response.writeHead(500).end())
  await scene.send(names, AT_ONCE)
  await passUntil(scene, () => scene.webhook.received.length > 0, 100)
  const began = scene.clock.now()
  await passUntil(scene, () => scene.clock.now() - began > 60_000)
  // Not one attempt of each event: while the receiver is in trouble, few are tried.
  expect(scene.webhook.received.length).toBeLessThan(60)
  expect(scene.webhook.taken).toEqual([])
  scene.webhook.answer((response) => response.writeHead(204).end())
  await passUntilEmpty(scene)
  expectOnceEach(scene, names)
})

test('a receiver that hangs gets each event in the end', async () => {
  const scene = await openHandoffScene()
  const names = users(30)
  scene.webhook.answer(() => {})
  await scene.send(names, AT_ONCE)
  await passUntil(scene, () => scene.webhook.received.length >= 10, 100)
  scene.webhook.answer((response) => response.writeHead(204).end())
  await passUntilEmpty(scene)
  expectOnceEach(scene, names)
})

test('a receiver that is away for an hour gets each event when it is back, those of a user in their order', async () => {
  const scene = await openHandoffScene()
  const { webhook } = scene
  await webhook.close()
  const names = users(20)
  for (const title of ['One', 'Two', 'Three']) {
    await scene.send(names, { ...AT_ONCE, title })
    const rows = () => scene.storage.read((tx) => tx.selectFrom('hand_offs').select('item').execute())
    await passUntil(scene, async () => (await rows()).length === 0)
  }
  const began = scene.clock.now()
  await passBetween(scene, () => scene.clock.now() - began > 3_600_000, 30_000)
  const back = await openWebhookServer(Number(new URL(webhook.url).port))
  await passBetween(scene, () => isEmpty(scene), 1_000)
  for (const name of names) {
    const own = back.taken.filter(({ event }) => event.data.userId === name)
    expect(own.map(({ event }) => event.data.notifications[0].title)).toEqual(['One', 'Two', 'Three'])
  }
  expect(back.taken).toHaveLength(60)
})

test('an event that nobody takes for a day is dead, and can be sent again under its id', async () => {
  const scene = await openHandoffScene()
  scene.webhook.answer((response) => response.writeHead(410).end())
  await scene.send('ann', AT_ONCE)
  const dead = createDeadEvents(scene.storage)
  const began = scene.clock.now()
  await passAttempts(scene, async () => (await dead.count()) === 1)
  expect(scene.clock.now() - began).toBeGreaterThan(86_400_000)
  expect(scene.webhook.received.length).toBeGreaterThan(20)
  expect([...scene.handoff.stats.dead.entries()]).toEqual([['webhook', 1]])
  const [event] = await dead.list(undefined, 10)
  expect(event).toMatchObject({ type: 'inbox.unseen', error: 'The webhook answered with the status 410' })
  scene.webhook.answer((response) => response.writeHead(204).end())
  await dead.replay(event!, scene.clock.now())
  await passUntilEmpty(scene)
  expectOnceEach(scene, ['ann'])
  expect(scene.webhook.taken.map(({ id }) => id)).toEqual([event?.id])
})

test('what was given up is deleted after its time, and what no exit tries is given up', async () => {
  const scene = await openHandoffScene({
    exits: (webhook) => [{ ...webhook, send: () => new Promise(() => {}), max: 0 }],
  })
  await scene.send('ann', AT_ONCE)
  await passUntil(scene, async () => (await scene.handoff.stats.oldestMs()) !== undefined)
  const dead = createDeadEvents(scene.storage)
  await scene.handoff.prune()
  expect(await dead.count()).toBe(0)
  scene.clock.advance(26 * 3_600_000)
  await scene.handoff.prune()
  expect(await dead.list(undefined, 1)).toMatchObject([{ error: null }])
  scene.clock.advance(6 * 86_400_000)
  await scene.handoff.prune()
  expect(await dead.count()).toBe(1)
  scene.clock.advance(86_400_000)
  await scene.handoff.prune()
  expect(await dead.count()).toBe(0)
})

test('two nodes share the work, and neither sends what the other has', async () => {
  const open = prepareStorage()
  const webhook = await openWebhookServer()
  const scenes = [await openHandoffScene({ open, webhook }), await openHandoffScene({ open, webhook })] as const
  const names = users(300)
  await scenes[0].send(names, AT_ONCE)
  const isOver = async (): Promise<boolean> =>
    idsByUser(webhook.taken).size === names.length && (await isEmpty(scenes[0]))
  while (!(await isOver())) {
    for (const { clock } of scenes) clock.advance(200)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  expect(webhook.received).toHaveLength(names.length)
  expectOnceEach(scenes[0], names)
})

test('what a node had claimed when it died is sent by another one', async () => {
  const open = prepareStorage()
  const webhook = await openWebhookServer()
  webhook.answer(() => {})
  const dying = await openHandoffScene({ open, webhook })
  await dying.send('ann', AT_ONCE)
  await passUntil(dying, () => webhook.received.length === 1, 100)
  webhook.answer((response) => response.writeHead(204).end())
  const other = await openHandoffScene({ open, webhook })
  // The clock of the first one stands still from here, as if it were dead.
  await passUntil(other, () => webhook.taken.length === 1)
  expect(other.clock.now() - dying.clock.now()).toBeGreaterThan(25_000)
  expectOnceEach(other, ['ann'])
})

interface Model {
  readonly title: string
  readonly userId: string
  readonly id: string
  readonly sentAt: number
  readonly dueAt: number
  seenAt: number | undefined
}

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ send: fc.integer({ min: 0, max: 2 }), after: fc.integer({ min: 0, max: 90 }) }) },
  { weight: 2, arbitrary: fc.record({ see: fc.integer({ min: 0, max: 30 }) }) },
  { weight: 4, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ status: fc.constantFrom(204, 500) }) },
)

test('whatever happens, what nobody saw is told once, and nothing that was seen before it was told', async () => {
  const scene = await openHandoffScene()
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
      const sent: Model[] = []
      const name = randomBytes(4).toString('hex')
      for (const act of actions) {
        if ('send' in act) {
          const userId = `${name}-${act.send}`
          const title = `${sent.length}`
          const sentAt = scene.clock.now()
          const id = await scene.send(userId, { title, handOff: { afterSeconds: act.after, unless: ['SEEN'] } })
          sent.push({ title, userId, id, sentAt, dueAt: sentAt + act.after * 1_000, seenAt: undefined })
        } else if ('see' in act) {
          const one = sent[act.see]
          if (!one || one.seenAt !== undefined) continue
          await scene.notifications.mark(viewer(one.userId), 'SEEN', [one.id])
          one.seenAt = scene.clock.now()
        } else if ('pass' in act) await scene.pass(act.pass)
        else scene.webhook.answer((response) => response.writeHead(act.status).end())
      }
      scene.webhook.answer((response) => response.writeHead(204).end())
      await scene.pass(100)
      await scene.events()
      for (const { title, userId, dueAt, sentAt, seenAt } of sent) {
        const told = scene.webhook.received.filter(
          ({ event: { data } }) =>
            data.userId === userId && data.notifications.some((one: { title: string }) => one.title === title),
        )
        expect(new Set(told.map(({ id }) => id)).size).toBeLessThanOrEqual(1)
        if (seenAt === undefined) expect(told.length).toBeGreaterThan(0)
        for (const { event } of told) {
          const toldAt = Date.parse(event.time)
          expect(toldAt).toBeGreaterThanOrEqual(sentAt)
          if (seenAt !== undefined) expect(seenAt).toBeGreaterThanOrEqual(toldAt)
        }
        // What was not told was seen before somebody looked for it.
        if (told.length === 0) expect(seenAt).toBeLessThanOrEqual(dueAt + 60_000)
      }
    }),
    { numRuns: inject('setup').database === 'sqlite' ? 15 : 8 },
  )
}, 120_000)
