import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { openCrowd } from '../support/crowd.ts'
import { nodeEnvironment } from '../support/nodes.ts'
import { openPostgresServer } from '../support/postgres-server.ts'
import { type HeraldProcess, post, startProcess } from '../support/process.ts'
import { watchReadiness } from '../support/readiness.ts'
import { reconcile } from '../support/reconcile.ts'
import { startRedis } from '../support/redis.ts'

const USERS = 100
const FOLLOWERS_PER_USER = 10
/** Notifications per second, to all users together, while nothing is away: the next ones are sent when the last are stored. */
const RATE = 200
/** How long the storm goes on before the first fault and after the last one. */
const CALM_MS = 2_000
/** Users who are told by one call. */
const USERS_PER_CALL = 10

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const PAUSE_MS = (1_000 * USERS) / RATE
const userIds = Array.from({ length: USERS }, (_, index) => `user-${index}`)

/** Sends to these users until it is stored; the key makes that once. Returns how often it was refused. */
async function tell(nodes: readonly HeraldProcess[], token: string, to: readonly string[], number: number) {
  const title = String(number)
  const input = { userIds: to, notification: { type: 'a.b', title }, idempotencyKey: `${to[0]} ${title}` }
  for (let refusals = 0; ; refusals += 1) {
    try {
      await post(nodes[(Math.abs(number) + refusals) % nodes.length]?.url ?? '', token, NOTIFY, { input })
      return refusals
    } catch (error) {
      expect(String(error)).toContain('SERVICE_UNAVAILABLE')
      await setTimeout(50)
    }
  }
}

async function openNodes() {
  const [redis, postgres] = [await startRedis(), await openPostgresServer({ isDurable: true })]
  onTestFinished(postgres.close)
  const env = {
    ...nodeEnvironment(redis.url),
    DATABASE_URL: postgres.url,
    // A canary that a busy machine does not delay so much that Redis looks away.
    REDIS_CANARY_MS: '1000',
    MAX_CONNECTIONS_PER_SECOND: '10000',
    LOG_LEVEL: 'silent',
  }
  // One after the other: the first makes the tables.
  const nodes = [await startProcess(env), await startProcess(env)]
  const client = new Redis(redis.url, { retryStrategy: () => 100 })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  return { redis, postgres, nodes, client }
}

test('a thousand followers on two nodes miss nothing while Redis and Postgres fall over under load', {
  timeout: 120_000,
}, async ({ annotate }) => {
  const { redis, postgres, nodes, client } = await openNodes()
  const backend = await signTestToken('shop', 'backend')
  const tokens = await Promise.all(userIds.map((id) => signTestToken(id)))
  const onNode = Array.from({ length: FOLLOWERS_PER_USER / 2 }, () => tokens).flat()
  const places = nodes.map(({ wsUrl }) => ({ url: wsUrl, tokens: onNode }))
  const crowd = await openCrowd(places, 'subscription { notificationAdded { title } }')

  const groups = Array.from({ length: USERS / USERS_PER_CALL }, (_, index) =>
    userIds.slice(index * USERS_PER_CALL, (index + 1) * USERS_PER_CALL),
  )
  let refusals = 0
  const send = async (number: number): Promise<void> => {
    await Promise.all(
      groups.map(async (to) => {
        refusals += await tell(nodes, backend, to, number)
      }),
    )
  }
  // Who has got one of these has begun.
  for (let warmUp = -1; (await crowd.report()).numbers.some(({ length }) => length === 0); warmUp -= 1) {
    await send(warmUp)
    await setTimeout(200)
  }

  const readiness = watchReadiness(nodes.map(({ url }) => url))
  let last = 0
  let isStorming = true
  const storm = (async (): Promise<void> => {
    for (; isStorming; last += 1) await Promise.all([send(last), setTimeout(PAUSE_MS)])
  })()
  await setTimeout(CALM_MS)
  await readiness.during('Redis killed', async () => {
    await redis.kill()
    await readiness.everywhere(503)
    await redis.start()
  })
  for (let cut = 0; cut < 5; cut += 1) {
    await readiness.during('pubsub killed', async () => {
      await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      await setTimeout(200)
    })
  }
  await readiness.during('Postgres killed', async () => {
    await postgres.kill('QUIT')
    await readiness.everywhere(503)
    await postgres.start()
  })
  await setTimeout(CALM_MS)
  isStorming = false
  await storm
  // Behind everything else: who has this has all there is to come.
  await send(last)
  const { numbers, closed } = await crowd.until(last)
  const { windows, outside } = await readiness.stop()
  const counts = reconcile(numbers, last)
  const report = JSON.stringify({ notifications: (last + 1) * USERS, ...counts, closed, refusals, windows })
  await annotate(report)
  process.stdout.write(`${report}\n`)

  expect(counts).toEqual({ followers: USERS * FOLLOWERS_PER_USER, missing: 0, repeated: 0, outOfOrder: 0 })
  expect(closed).toBe(0)
  expect(outside).toEqual([])
  expect(nodes.map(({ child }) => child.exitCode)).toEqual([null, null])
})
