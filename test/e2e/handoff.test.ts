import { expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { openCommandClient } from '../../src/redis/redis-client.ts'
import { signTestToken, startTestApp, type TokenRole } from '../support/app.ts'
import { heraldHere } from '../support/command-line.ts'
import { connectDevice, connectWith } from '../support/device.ts'
import { SECRET } from '../support/handoff.ts'
import { until } from '../support/nodes.ts'
import { post } from '../support/process.ts'
import { openWebhookServer } from '../support/receiver.ts'
import { redisAddress } from '../support/redis.ts'

const NOTIFY = /* GraphQL */ `
  mutation ($to: [ID!]!, $handOff: HandOffInput) {
    notify(input: { userIds: $to, notification: { type: "a.b", title: "Hi", handOff: $handOff } }) { notificationId }
  }
`

test('what nobody saw leaves by every exit, and what one of the devices saw by none', async () => {
  const webhook = await openWebhookServer()
  const env = {
    HANDOFF_URL: webhook.url,
    HANDOFF_SECRET: SECRET,
    HANDOFF_CATEGORIES: 'a=2s:SEEN',
    METRICS_TOKEN: 'a-token-for-metrics',
  }
  const app = await startTestApp({ env })
  const ann = await connectDevice(app, 'ann')
  const added = ann.subscribe('subscription { notificationAdded { id } }')
  await ann.run('{ me { id } }')
  const token = await app.token('shop', 'backend')
  await post(app.url, token, NOTIFY, { to: ['ann', 'bob', 'carol'] })
  const { id } = (await added.next())['notificationAdded'] as { id: string }
  await ann.run('mutation ($ids: [ID!]!) { markAsSeen(ids: $ids) { changed } }', { ids: [id] })
  await webhook.came(2)
  await post(app.url, token, NOTIFY, { to: ['dave'], handOff: { afterSeconds: 0, unless: ['READ'] } })
  await webhook.came(3)
  expect(webhook.taken.map(({ event }) => event.data.userId).sort()).toEqual(['bob', 'carol', 'dave'])
  expect(webhook.taken[0]?.event).toMatchObject({
    type: 'inbox.unseen',
    data: { total: 1, notifications: [{ id, title: 'Hi' }] },
  })

  const { REDIS_URL: url, REDIS_PREFIX: prefix } = app.env
  if (url) {
    const client = await openCommandClient({ address: redisAddress(url), name: 'test' })
    await until(async () => (await client.xlen(`${prefix}events`)) === 3)
    const entries = await client.xrange(`${prefix}events`, '-', '+')
    const ids = entries.map(([, fields]) => fields[fields.indexOf('id') + 1])
    expect(ids.sort()).toEqual(webhook.taken.map(({ id: event }) => event).sort())
    client.disconnect()
  }
  const metrics = await fetch(app.url.replace('/graphql', '/metrics'), {
    headers: { authorization: 'Bearer a-token-for-metrics' },
  })
  expect(await metrics.text()).toMatch(
    /herald_handoff_(due|sent|failed|dead)_total[\s\S]*herald_handoff_oldest_seconds \d/,
  )
})

test('in a night in which the clocks of Berlin change, what is not urgent waits until it is over', async () => {
  const webhook = await openWebhookServer()
  const env = { HANDOFF_URL: webhook.url, HANDOFF_SECRET: SECRET }
  const at = (text: string): number => Date.parse(text) - Date.now()
  let ahead = at('2026-10-24T20:30:00Z')
  const clock = { ...systemClock, now: () => Date.now() + ahead }
  const app = await startTestApp({ env, clock })
  const iat = Math.floor(clock.now() / 1_000)
  const sign = (userId: string, role?: TokenRole) => signTestToken(userId, role, { iat, exp: iat + 86_400 })
  const ann = connectWith(app, await sign('ann'))
  const token = await sign('shop', 'backend')
  const hours = '{ preferences { quietHours { from to timeZone days } } }'
  const set = await ann.run(
    `mutation { setQuietHours(input: { from: "22:00", to: "07:00", timeZone: "Europe/Berlin", days: [SATURDAY] }) ${hours} }`,
  )
  const night = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin', days: ['SATURDAY'] }
  expect(set['setQuietHours'].preferences.quietHours).toEqual(night)
  expect((await ann.run(hours))['preferences'].quietHours).toEqual(night)
  const send = (to: string, priority: string): Promise<unknown> =>
    post(
      app.url,
      token,
      `mutation ($to: [ID!]!) {
        notify(input: { userIds: $to, notification: { type: "a.b", title: "Hi", priority: ${priority}, handOff: { afterSeconds: 0, unless: [SEEN] } } }) { notificationId }
      }`,
      { to: [to] },
    )
  const users = (): readonly string[] => webhook.taken.map(({ event }) => event.data.userId)
  await send('ann', 'HIGH')
  await send('ann', 'URGENT')
  await webhook.came(1)
  expect(webhook.taken[0]?.event.data.notifications).toMatchObject([{ priority: 'URGENT' }])
  // Seven o'clock by the clocks of summer, which have gone back an hour.
  ahead = at('2026-10-25T05:00:30Z')
  await send('bob', 'HIGH')
  await webhook.came(2)
  expect(users()).toEqual(['ann', 'bob'])
  ahead = at('2026-10-25T05:59:59Z')
  await webhook.came(3)
  expect(users()).toEqual(['ann', 'bob', 'ann'])
  const { event } = webhook.taken[2] ?? {}
  expect(event.data.notifications).toMatchObject([{ priority: 'HIGH' }])
  expect(Date.parse(event.time)).toBeGreaterThanOrEqual(Date.parse('2026-10-25T06:00:00Z'))
  expect((await ann.run(`mutation { setQuietHours ${hours} }`))['setQuietHours'].preferences.quietHours).toBeNull()
})

test('an event that could not be sent is shown, sent again and deleted by herald dead --events', async () => {
  const webhook = await openWebhookServer()
  webhook.answer((response) => response.writeHead(500).end())
  const env = { HANDOFF_URL: webhook.url, HANDOFF_SECRET: SECRET }
  // A day passes at once: with another clock the second node is a day ahead.
  let ahead = 0
  const clock = {
    now: () => Date.now() + ahead,
    after: (ms: number, task: () => void) => {
      const timer = setTimeout(task, Math.min(ms, 200)).unref()
      return () => clearTimeout(timer)
    },
  }
  const app = await startTestApp({ env, clock })
  const dead = (...args: readonly string[]) =>
    heraldHere(['dead', '--events', ...args], app.env as Record<string, string>)
  expect(await dead()).toMatchObject({ code: 0, stdout: 'All events were sent, or will be.\n' })
  const token = await app.token('shop', 'backend')
  await post(app.url, token, NOTIFY, { to: ['ann'], handOff: { afterSeconds: 0, unless: ['READ'] } })
  await webhook.came(1)
  ahead = 24.5 * 3_600_000
  await until(async () => (await dead('--json')).stdout !== '')
  const shown = JSON.parse((await dead('--json')).stdout)
  expect(shown).toMatchObject({
    exit: 'webhook',
    type: 'inbox.unseen',
    error: 'The webhook answered with the status 500',
  })
  expect((await dead()).stdout).toMatch(
    new RegExp(`^${shown.id}  20\\S+  webhook  inbox.unseen\n  The webhook answered`),
  )
  expect(await dead('--delete', '019ace6a-92c0-7f0c-9a3e-0d6c2f6f1a52')).toMatchObject({ code: 1 })
  webhook.answer((response) => response.writeHead(204).end())
  expect(await dead('--replay', shown.id)).toMatchObject({ code: 0, stdout: 'Sent 1 event again.\n' })
  await until(async () => webhook.taken.length === 1)
  expect(webhook.taken[0]?.id).toBe(shown.id)
  expect((await dead('--delete', 'all')).stdout).toBe('Deleted 0 events.\n')
})
