import { expect, test } from 'vitest'
import { createLog } from '../../src/lib/log.ts'
import { startTestApp } from '../support/app.ts'
import { notifyCommand, openSender } from '../support/commands.ts'
import { nodeEnvironment, until } from '../support/nodes.ts'
import { useRedis } from '../support/redis.ts'

const redis = useRedis()

test('a rejected command is told of by the id that its sender knows, with its type and why, and not with what it says', async () => {
  const env = nodeEnvironment(redis.url())
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  await startTestApp({ env, log: createLog({ level: 'warn', pretty: false, destination }) })
  const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
  const told = () => lines.filter(({ msg }) => msg === 'a command was rejected')
  const add = (command: string) => sender.redis.xadd(`${sender.prefix}commands`, '*', 'command', command)

  const wrong = {
    type: 'notify',
    data: { userIds: ['alice'], notification: { type: 'a.b', title: { secret: 'text' } } },
  }
  const id = await add(JSON.stringify(wrong))
  await until(async () => told().length === 1)
  expect(told()[0]).toMatchObject({ from: 'stream', entry: id, type: 'notify', code: 'BAD_USER_INPUT' })
  expect(told()[0]?.['reason']).toMatch(/title/)
  const unknown = await add(JSON.stringify({ type: 'notfy', data: {} }))
  await until(async () => told().length === 2)
  expect(told()[1]).toMatchObject({ from: 'stream', entry: unknown, type: 'notfy' })
  const nothing = await add('no JSON')
  await until(async () => told().length === 3)
  expect(told()[2]).toMatchObject({ from: 'stream', entry: nothing, type: null })

  await sender.publish(notifyCommand('alice', '   ', { id: 'order-7' }))
  await until(async () => (await sender.dead()).length === 4)
  expect((await sender.dead()).map(({ entry }) => entry)).toEqual([id, unknown, nothing, 'order-7'])
  await sender.publish({ type: 'markAsRed', data: {}, id: 'order-8' })
  await until(async () => told().length === 5)
  expect(told().slice(3)).toMatchObject([
    { from: 'channel', entry: 'order-7', type: 'notify' },
    { from: 'channel', entry: 'order-8', type: 'markAsRed' },
  ])
  expect(JSON.stringify(told())).not.toContain('secret')
})
