import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { createRedisExit } from '../../src/handoff/redis-exit.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { openCommandClient } from '../../src/redis/redis-client.ts'
import { startTestApp } from '../support/app.ts'
import { newEnvironment } from '../support/environment.ts'
import { type HandoffScene, openHandoffScene, SECRET } from '../support/handoff.ts'
import { AT_ONCE, idsByUser, passUntil, passUntilEmpty } from '../support/handoff-passing.ts'
import { until } from '../support/nodes.ts'
import { post, startProcess } from '../support/process.ts'
import { openWebhookServer } from '../support/receiver.ts'
import { redisAddress, startRedis } from '../support/redis.ts'

/** The claim of a process that died lasts half a minute. By this clock it is over. */
const CLAIMS_ARE_OVER = { ...systemClock, now: () => Date.now() + 31_000 }

test('while Redis is away, events wait, and then reach the stream', async () => {
  const redis = await startRedis()
  const client = await openCommandClient({ address: redisAddress(redis.url), name: 'test' })
  let isOurs = true
  const options = { client, prefix: 'shop:', isOurs: () => isOurs, keepMs: 3_600_000 }
  const scene: HandoffScene = await openHandoffScene({
    exits: () => [createRedisExit({ ...options, clock: { now: () => scene.clock.now(), after: () => () => {} } })],
  })
  await scene.send('ann', AT_ONCE)
  await passUntil(scene, async () => [...scene.handoff.stats.sent.entries()].some(([, count]) => count === 1))
  redis.freeze()
  await scene.send('bob', AT_ONCE)
  await passUntil(scene, async () => [...scene.handoff.stats.failed.entries()].some(([, count]) => count > 0), 100)
  redis.thaw()
  isOurs = false
  await until(async () => (await client.ping().catch(() => '')) === 'PONG')
  await scene.send('carol', AT_ONCE)
  const failed = () => [...scene.handoff.stats.failed.entries()][0]?.[1] ?? 0
  const before = failed()
  await passUntil(scene, () => failed() > before)
  isOurs = true
  await passUntilEmpty(scene)
  const entries = await client.xrange('shop:events', '-', '+')
  const events = entries.map(([, fields]) => JSON.parse(fields[fields.indexOf('event') + 1] ?? ''))
  const ids = entries.map(([, fields]) => fields[fields.indexOf('id') + 1])
  expect(ids).toEqual(events.map(({ id }) => id))
  const byUser = idsByUser(events.map((event) => ({ id: event.id, event })))
  expect([...byUser.keys()].sort()).toEqual(['ann', 'bob', 'carol'])
  for (const of of byUser.values()) expect(of.size).toBe(1)
  client.disconnect()
})

test('what a process that is killed was just sending is sent again under the same id', async () => {
  const webhook = await openWebhookServer()
  const base = await newEnvironment()
  const env = {
    ...base,
    HANDOFF_URL: webhook.url,
    HANDOFF_SECRET: SECRET,
    HANDOFF_CATEGORIES: 'security=0:READ',
  } as Record<string, string>
  const first = await startProcess(env)
  const token = await first.token('shop', 'backend')
  webhook.answer(() => void first.child.kill('SIGKILL'))
  const notify = (id: string): Promise<unknown> =>
    post(
      first.url,
      token,
      'mutation ($to: ID!) { notify(input: { userIds: [$to], notification: { type: "security.login", title: "New login" } }) { notificationId } }',
      { to: id },
    )
  const exited = once(first.child, 'exit')
  await notify('ann')
  await exited
  webhook.answer((response) => response.writeHead(204).end())
  await startTestApp({ env, clock: CLAIMS_ARE_OVER })
  await until(async () => webhook.taken.length === 1)
  expect(idsByUser(webhook.received).get('ann')?.size).toBe(1)
  expect(webhook.received.length).toBe(2)
})

test('what is due when a process is killed, and stored but not sent, is sent by the next one under its id', async () => {
  const webhook = await openWebhookServer()
  const base = await newEnvironment()
  const env = { ...base, HANDOFF_URL: webhook.url, HANDOFF_SECRET: SECRET } as Record<string, string>
  // It ends itself where it would begin to send.
  const fault = `import http from 'node:http'
    import { syncBuiltinESMExports } from 'node:module'
    http.request = () => process.kill(process.pid, 'SIGKILL')
    syncBuiltinESMExports()`
  const preload = `data:text/javascript,${encodeURIComponent(fault)}`
  const dying = await startProcess({ ...env, NODE_OPTIONS: `--import=${preload}` })
  const exited = once(dying.child, 'exit')
  const notify =
    'mutation { notify(input: { userIds: ["ann"], notification: { type: "a", title: "Hi", handOff: { afterSeconds: 0, unless: [SEEN] } } }) { notificationId } }'
  await post(dying.url, await dying.token('shop', 'backend'), notify)
  expect(await exited).toEqual([null, 'SIGKILL'])
  expect(webhook.received).toEqual([])
  const database = new DatabaseSync(`${base['DATA_DIR']}/herald.db`, { readOnly: true })
  const stored = database.prepare('SELECT id, attempts, body FROM backend_events').all()
  database.close()
  expect(stored).toMatchObject([{ attempts: 0 }])
  await startTestApp({ env, clock: CLAIMS_ARE_OVER })
  await webhook.came(1)
  expect(webhook.received.map(({ id, body }) => ({ id, body }))).toEqual(stored.map(({ id, body }) => ({ id, body })))
})
