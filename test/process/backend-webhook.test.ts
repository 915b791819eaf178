import { expect, test } from 'vitest'
import {
  createHeraldBackend,
  type HandoffEvent,
  HeraldHandoffError,
  readHandoff,
} from '../../packages/backend/src/index.ts'
import { startTestApp, TEST_SECRET } from '../support/app.ts'
import { SECRET } from '../support/handoff.ts'
import { openWebhookServer } from '../support/receiver.ts'

const PAID = { type: 'billing.invoice.paid', title: 'Paid', data: { invoice: 4711 } }

test('a webhook is read with its type, by each of several secrets, and refused when Herald did not sign it', async () => {
  const webhook = await openWebhookServer()
  const app = await startTestApp({ env: { HANDOFF_URL: webhook.url, HANDOFF_SECRET: SECRET } })
  const handOff = { afterSeconds: 0, unless: ['READ' as const] }
  const backend = createHeraldBackend({ url: app.url, secret: TEST_SECRET })
  await backend.notify({ userIds: ['alice'], notification: { ...PAID, handOff } })
  await webhook.came(1)
  const [{ headers, body } = { headers: {}, body: '' }] = webhook.received
  const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
  const event: HandoffEvent = readHandoff({ secret: `${other}, ${SECRET}`, headers, body })
  if (event.type !== 'inbox.unseen') throw new Error(`It is ${event.type}`)
  expect(event.data).toMatchObject({ userId: 'alice', total: 1, notifications: [PAID] })
  const asFetched = new Headers(Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]))
  expect(readHandoff({ secret: SECRET, headers: asFetched, body: Buffer.from(body) })).toEqual(event)
  for (const wrong of [{ secret: other }, { body: `${body} ` }, { headers: {} }])
    expect(() => readHandoff({ secret: SECRET, headers, body, ...wrong })).toThrow(HeraldHandoffError)
  for (const secret of [undefined, '', 'whsec_', 'none'])
    expect(() => readHandoff({ secret: secret as string, headers, body })).toThrow(/^`secret` must be HANDOFF_SECRET/)
})
