import { expect, test } from 'vitest'
import { openHandoffScene } from '../support/handoff.ts'

test('erasing a user erases what is due, the events of the user, and the user in those of others', async () => {
  const scene = await openHandoffScene()
  scene.webhook.answer((response) => response.writeHead(500).end())
  const actor = { id: 'ann', role: 'CUSTOMER', name: 'Ann Lee' } as const
  await scene.send(['ann', 'bob'], { actor, handOff: { afterSeconds: 0, unless: ['SEEN'] } })
  await scene.send('ann', { title: 'Later' })
  await scene.pass(2)
  while (scene.webhook.received.length < 2) {
    scene.clock.advance(100)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await scene.handoff.erase('ann')
  const rows = await scene.storage.read((tx) => tx.selectFrom('backend_events').selectAll().execute())
  expect(rows.map(({ user_id }) => user_id)).toEqual(['bob'])
  expect(rows[0]?.body).not.toMatch(/ann|Ann Lee/)
  expect(JSON.parse(rows[0]!.body)).toMatchObject({ data: { userId: 'bob', notifications: [{ actor: null }] } })
  expect(await scene.storage.read((tx) => tx.selectFrom('hand_offs').selectAll().execute())).toEqual([])
})

test('erasing a user misses none of many events that two exits have', async () => {
  const scene = await openHandoffScene({
    exits: (webhook) => [
      { ...webhook, max: 0 },
      { ...webhook, name: 'redis', max: 0 },
    ],
  })
  const actor = { id: 'ann', role: 'CUSTOMER', name: 'Ann Lee' } as const
  const names = Array.from({ length: 600 }, (_, n) => `user-${n}`)
  await scene.send(names, { actor, handOff: { afterSeconds: 0, unless: ['SEEN'] } })
  const read = () =>
    scene.storage.read((tx) => tx.selectFrom('backend_events').select(['exit', 'id', 'body']).execute())
  while ((await read()).length < 1_200) {
    scene.clock.advance(1_000)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  // One exit has sent some of them, so that pages do not end where both have an event.
  const [first] = (await read()).map(({ id }) => id).sort()
  await scene.storage.write((tx) =>
    tx.deleteFrom('backend_events').where('exit', '=', 'redis').where('id', '=', first!).execute(),
  )
  await scene.handoff.erase('ann')
  expect((await read()).filter(({ body }) => body.includes('Ann Lee'))).toEqual([])
})
