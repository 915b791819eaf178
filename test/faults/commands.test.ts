import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { notifyCommand, openSender, type Sender } from '../support/commands.ts'
import { connectDevice } from '../support/device.ts'
import { nodeEnvironment, until } from '../support/nodes.ts'
import { startProcess } from '../support/process.ts'
import { startRedis, useRedis } from '../support/redis.ts'

const redis = useRedis()

/** The notifications that a user is sent from now on, as titles. */
async function followTitles(app: Pick<TestApp, 'deviceUrl'>, userId: string) {
  const device = await connectDevice(app, userId)
  // The inbox exists, so that following it needs nothing that a test may lock.
  await device.run('{ unreadCount { count } }')
  const stream = device.subscribe('subscription { notificationAdded { title } }')
  await device.run('{ me { id } }')
  return {
    take: async (count: number) => (await stream.take(count)).map(({ notificationAdded }) => notificationAdded.title),
    arrived: () => stream.waiting.length,
  }
}

/** Keeps everybody else from writing to the database until it is called. */
async function lockDatabase({ DATA_DIR }: { readonly DATA_DIR: string }): Promise<() => void> {
  const database = new DatabaseSync(join(DATA_DIR, 'herald.db'))
  onTestFinished(() => database.close())
  await until(async () => {
    try {
      database.exec('BEGIN IMMEDIATE')
      return true
    } catch {
      // Somebody is writing.
      return false
    }
  })
  return () => database.exec('ROLLBACK')
}

function hasBegun({ redis, prefix }: Sender) {
  return until(async () => {
    // The group is made by the first node that reads.
    const [pending] = await redis.xpending(`${prefix}commands`, 'herald').catch(() => [0])
    return Number(pending) > 0
  })
}

/** A node has taken a command from the channel. */
function hasClaimed({ redis, prefix }: Sender) {
  return until(async () => (await redis.keys(`${prefix}commands:claim:*`)).length > 0)
}

function hasReader({ redis, prefix }: Sender) {
  return until(async () => (await redis.exists(`${prefix}commands:reader`)) === 1)
}

/** Two nodes in processes of their own, of which the first one reads commands. */
async function startTwo() {
  const env = { ...nodeEnvironment(redis.url()), REDIS_LEASE_MS: '1500' }
  const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
  const reads = await startProcess(env)
  await hasReader(sender)
  const other = await startProcess(env)
  return { env, sender, reads, alice: await followTitles(other, 'alice') }
}

describe('a node that is killed', () => {
  test('in the middle of a command leaves it to another, and the user is told once', async () => {
    const { env, sender, reads, alice } = await startTwo()
    const unlock = await lockDatabase(env)
    await sender.add(notifyCommand('alice', 'Once'))
    await hasBegun(sender)
    await reads.stop('SIGKILL')
    unlock()
    await sender.add(notifyCommand('alice', 'The end'))
    expect(await alice.take(2)).toEqual(['Once', 'The end'])
    expect([alice.arrived(), await sender.dead()]).toEqual([0, []])
  })

  test('in a storm of commands loses none, repeats none and changes no order', { timeout: 90_000 }, async () => {
    const { sender, reads, alice } = await startTwo()
    const titles = Array.from({ length: 300 }, (_, n) => `${n}`)
    for (const title of titles) await sender.add(notifyCommand('alice', title))
    await until(async () => alice.arrived() > 20)
    await reads.stop('SIGKILL')
    await sender.add(notifyCommand('alice', 'The end'))
    expect(await alice.take(301)).toEqual([...titles, 'The end'])
    expect([alice.arrived(), await sender.dead()]).toEqual([0, []])
  })
})

describe('while the database is away', () => {
  test('commands wait, and nothing is rejected', { timeout: 60_000 }, async () => {
    const env = nodeEnvironment(redis.url())
    const app = await startTestApp({ env })
    const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
    const alice = await followTitles(app, 'alice')
    const unlock = await lockDatabase(env)
    await sender.add(notifyCommand('alice', 'Durable'))
    await sender.publish(notifyCommand('alice', 'Quick'))
    const metric = async (): Promise<string> => (await fetch(new URL('/metrics', app.url))).text()
    await until(async () => /^herald_commands_total{outcome="retried"} [2-9]/m.test(await metric()))
    unlock()
    expect((await alice.take(2)).sort()).toEqual(['Durable', 'Quick'])
    await sender.idle()
    expect(await sender.dead()).toEqual([])
    expect(await metric()).toMatch(/^herald_commands_total{outcome="executed"} 2$/m)
  })

  test('a node that is stopped leaves its command to the next one at once', { timeout: 60_000 }, async () => {
    const env = nodeEnvironment(redis.url())
    const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
    const first = await startTestApp({ env })
    const unlock = await lockDatabase(env)
    await sender.add(notifyCommand('alice', 'Left'))
    await hasBegun(sender)
    await sender.publish(notifyCommand('alice', 'Lost, and told so'))
    await hasClaimed(sender)
    const closing = first.close()
    await until(async () => (await sender.redis.exists(`${sender.prefix}commands:reader`)) === 0)
    await until(async () => (await sender.dead()).length === 1)
    expect(await sender.dead()).toMatchObject([{ from: 'channel', code: 'SERVICE_UNAVAILABLE' }])
    unlock()
    await closing
    const app = await startTestApp({ env })
    const alice = await connectDevice(app, 'alice')
    const titles = async () =>
      (await alice.run('{ notifications { nodes { title } } }'))['notifications'].nodes.map(
        ({ title }: { title: string }) => title,
      )
    await until(async () => (await titles()).length > 0)
    expect(await titles()).toEqual(['Left'])
  })
})

describe('poison', () => {
  const deep = (open: string, close: string, levels: number): string => open.repeat(levels) + close.repeat(levels)
  const notify = (notification: string): string =>
    `{"type":"notify","data":{"userIds":["eve"],"notification":${notification}}}`
  const poisons: readonly (string | Buffer)[] = [
    ...['', 'not json', 'null', '7', '"text"', '[]', '{}', '{"type":"notify"}', '{"data":{}}', '{"type":7,"data":{}}'],
    ...['{"type":"shutDown","data":{}}', '{"type":"__proto__","data":{}}', '{"type":"me","data":{}}'],
    ...['{"type":"notify","data":[]}', '{"type":"notify","data":{}}', '{"type":"notify","data":{"__proto__":{}}}'],
    '{"type":"sendToUser","data":{"userId":"eve","event":"x","evnt":"y"}}',
    '{"specversion":"0.3","type":"sendToUser","data":{"userId":"eve","event":"x"}}',
    '{"id":"","type":"sendToUser","data":{"userId":"eve","event":"x"}}',
    Buffer.from('{"type":"sendToUser","data":{"userId":"eve","event":"caf\xe9"}}', 'latin1'),
    notify('{"type":"a.b","title":"\\ud800"}'),
    notify(`{"type":"a.b","title":"${'x'.repeat(5 * 1024 * 1024)}"}`),
    notify(`{"type":"a.b","title":"Hi","data":${deep('{"a":', '}', 100_000).replace(':}', ':0}')}}`),
    `{"type":"notify","data":{"userIds":${deep('[', ']', 250_000)}}}`,
    deep('[', ']', 500_000),
    '['.repeat(500_000),
  ]

  test.each(['stream', 'channel'] as const)(
    'in the %s becomes dead letters, and everything else goes on',
    { timeout: 60_000 },
    async (from) => {
      const env = nodeEnvironment(redis.url())
      const app = await startTestApp({ env })
      const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
      const alice = await followTitles(app, 'alice')
      const titles: string[] = []
      for (const [n, poison] of poisons.entries()) {
        await (from === 'stream' ? sender.add(poison) : sender.publish(poison))
        await (from === 'stream' ? sender.add : sender.publish)(notifyCommand('alice', `${n}`))
        titles.push(`${n}`)
      }
      if (from === 'stream') await sender.redis.xadd(`${sender.prefix}commands`, '*', 'event', 'no command')
      expect((await alice.take(titles.length)).sort()).toEqual(titles.sort())
      const expected = poisons.length + (from === 'stream' ? 1 : 0)
      await until(async () => (await sender.redis.xlen(`${sender.prefix}commands:dead`)) >= expected)
      const dead = await sender.dead()
      expect(dead.map(({ code, from }) => [code, from])).toEqual(dead.map(() => ['BAD_USER_INPUT', from]))
      expect(dead).toHaveLength(expected)
      for (const { reason } of dead) expect(reason).toMatch(/^\S.{5,}/)
    },
  )

  test('that ends every process which executes it is rejected at last', async () => {
    const env = nodeEnvironment(redis.url())
    const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
    const stream = `${sender.prefix}commands`
    const id = await sender.add(notifyCommand('alice', 'Fatal'))
    await sender.redis.xgroup('CREATE', stream, 'herald', '0')
    await sender.redis.xclaim(stream, 'herald', 'reader', 0, id, 'RETRYCOUNT', 10, 'FORCE')
    const alice = await followTitles(await startTestApp({ env }), 'alice')
    await sender.add(notifyCommand('alice', 'The end'))
    expect(await alice.take(1)).toEqual(['The end'])
    expect(await sender.dead()).toMatchObject([
      { code: 'INTERNAL_SERVER_ERROR', reason: 'It was begun 10 times and never finished.' },
    ])
  })
})

describe('when Redis', () => {
  test('comes back empty, or is silent for a while, commands are executed again', { timeout: 60_000 }, async () => {
    const server = await startRedis()
    const env = { ...nodeEnvironment(server.url), REDIS_CANARY_MS: '200' }
    const app = await startTestApp({ env })
    const sender = openSender({ url: server.url, prefix: env.REDIS_PREFIX })
    const alice = await followTitles(app, 'alice')
    const bothWays = async (name: string): Promise<void> => {
      await sender.add(notifyCommand('alice', `${name} durable`))
      expect(await alice.take(1)).toEqual([`${name} durable`])
      // What nobody receives is lost: the subscription comes back on its own time.
      const receives = async () => Number((await sender.redis.pubsub('NUMSUB', `${sender.prefix}commands`))[1]) === 1
      await until(() => receives().catch(() => false))
      await sender.publish(notifyCommand('alice', `${name} quick`))
      expect(await alice.take(1)).toEqual([`${name} quick`])
    }
    await bothWays('before')
    await server.kill()
    await server.start()
    await bothWays('empty')
    server.freeze()
    await until(async () => (await fetch(new URL('/ready', app.url))).status === 503)
    server.thaw()
    await bothWays('thawed')
    expect([alice.arrived(), await sender.dead()]).toEqual([0, []])
  })
})
