import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { eventCommand, notifyCommand, openEventNames, openSender } from '../support/commands.ts'
import { connectDevice } from '../support/device.ts'
import { nodeEnvironment, until } from '../support/nodes.ts'
import { useRedis } from '../support/redis.ts'

const redis = useRedis()

// Ids of commands are of their source: no pair of source and id is another pair, or the key of a call, however they are spelt.
const PAIRS = [
  { id: 'shop 1' },
  { source: 'shop', id: '1' },
  { source: 'shop', id: ' 1' },
  { id: ' shop 1' },
  { source: 'shop:a', id: 'b' },
  { source: 'shop', id: 'a:b' },
] as const

async function open() {
  const env = nodeEnvironment(redis.url())
  const app = await startTestApp({ env })
  return { app, sender: openSender({ url: redis.url(), prefix: env.REDIS_PREFIX }) }
}

test('commands with different sources or ids are different commands, stored or not', async () => {
  const { app, sender } = await open()
  const alice = await connectDevice(app, 'alice')
  const namesOf = await openEventNames(alice.subscribe('subscription { customEvent { name } }'), (event) =>
    sender.add(eventCommand('alice', event)),
  )
  for (let time = 0; time < 2; time++) {
    for (const [n, pair] of PAIRS.entries()) {
      await sender.add(notifyCommand('alice', `${n}`, pair))
      await sender.add(eventCommand('alice', `${n}`, pair))
      await sender.publish(notifyCommand('alice', `${n}`, pair))
    }
  }
  await sender.idle()
  const list = '{ notifications(first: 100) { nodes { title } } }'
  const expected = PAIRS.map((_, n) => `${n}`)
  await until(async () => (await alice.run(list))['notifications'].nodes.length >= PAIRS.length)
  const titles = (await alice.run(list))['notifications'].nodes.map(({ title }: { title: string }) => title)
  expect(titles.sort()).toEqual(expected)
  await sender.add(eventCommand('alice', 'the end'))
  expect([...(await namesOf(PAIRS.length + 1))].sort()).toEqual([...expected, 'the end'])
  expect(await sender.dead()).toEqual([])
})

test('the key of a call is not that of a command with a source', async () => {
  const { app, sender } = await open()
  const backend = await connectDevice(app, 'shop', 'backend')
  const { data } = notifyCommand('alice', 'By call')
  const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { isDuplicate } }'
  await backend.run(NOTIFY, { input: { ...data, idempotencyKey: 'shop 1' } })
  await sender.add(notifyCommand('alice', 'By command', { source: 'shop', id: '1' }))
  const entry = await sender.add(notifyCommand('alice', 'Without an id'))
  await sender.idle()
  expect(await sender.dead()).toEqual([])
  await backend.run(NOTIFY, { input: { ...data, idempotencyKey: `${sender.prefix}commands ${entry}` } })
  const alice = await connectDevice(app, 'alice')
  expect(await alice.run('{ unreadCount { count } }')).toEqual({ unreadCount: { count: 4 } })
})
