import fc, { type Arbitrary } from 'fast-check'
import { expect, test } from 'vitest'
import { startTarget } from '../support/attack.ts'
import { brokenJson } from '../support/broken-json.ts'
import { notifyCommand, openSender } from '../support/commands.ts'
import { until } from '../support/nodes.ts'
import { post } from '../support/process.ts'
import { newPrefix, useRedis } from '../support/redis.ts'
import { tryAtRandom } from '../support/seed.ts'

const redis = useRedis()

// Whatever is put on the stream or the channel is executed or becomes a dead letter that says why, and the next is executed.

const CODES = ['BAD_USER_INPUT', 'NOT_FOUND', 'CONFLICT', 'FORBIDDEN', 'RATE_LIMITED']

const COMMANDS = [
  notifyCommand('ann', 'Hi', { id: 'i', source: 's', time: '2026-01-01T00:00:00Z' }),
  { type: 'sendToUser', data: { userId: 'ann', event: 'e', data: { a: [1, { b: null }] } } },
  {
    type: 'upsertTicket',
    data: { id: 't', subject: 'S', participants: [{ id: 'ann', role: 'CUSTOMER' }], assignee: null },
  },
  { type: 'retractNotifications', data: { ids: ['018f0000-0000-7000-8000-000000000000'] } },
  {
    type: 'updateNotification',
    data: { id: '018f0000-0000-7000-8000-000000000000', input: { title: 'T', body: null } },
  },
  { type: 'announce', data: { notification: { type: 'a', title: 'T', expiresAt: '2030-01-01T00:00:00Z' } } },
]

const command: Arbitrary<string | Buffer> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<unknown>(...COMMANDS).chain(brokenJson) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
)

test('random commands through the stream and the channel', { timeout: 120_000 }, async () => {
  const env = { REDIS_URL: redis.url(), REDIS_PREFIX: newPrefix() }
  const herald = await startTarget({ ...env })
  const sender = openSender({ url: env.REDIS_URL, prefix: env.REDIS_PREFIX })
  const beside = herald.neighbour.measure(4_000)
  await tryAtRandom(
    fc.asyncProperty(fc.array(command, { minLength: 20, maxLength: 20 }), async (commands) => {
      for (const [n, one] of commands.entries()) await (n % 2 ? sender.add(one) : sender.publish(one))
      await sender.idle()
    }),
    30,
  )
  // Fields that are none of a command.
  await sender.redis.xadd(`${env.REDIS_PREFIX}commands`, '*', 'other', 'x', 'command', '', 'command', '{}')
  await sender.redis.xadd(`${env.REDIS_PREFIX}commands`, '*', '', '')
  await sender.add(notifyCommand('last', 'Still here'))
  await sender.idle()
  const token = await herald.token('last')
  const inbox = '{ notifications { nodes { title } } }'
  await until(async () => JSON.stringify(await post(herald.url, token, inbox)).includes('Still here'))
  const letters = await sender.dead()
  expect(letters.length).toBeGreaterThan(100)
  for (const { code, reason } of letters) {
    expect(CODES, reason).toContain(code)
    expect(reason).toBeTruthy()
  }
  expect(await beside).toMatchObject({ lost: 0, refused: [] })
  expect(herald.log()).not.toMatch(/"level":"?(50|60|error|fatal)/)
})
