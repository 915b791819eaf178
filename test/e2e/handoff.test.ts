import { expect, test } from 'vitest'
import { openCommandClient } from '../../src/redis/redis-client.ts'
import { startTestApp } from '../support/app.ts'
import { heraldHere } from '../support/command-line.ts'
import { connectDevice } from '../support/device.ts'
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
