import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice, type Device } from '../support/device.ts'
import { openEventStream } from '../support/event-stream.ts'
import { openProxy } from '../support/proxy.ts'
import { openStockSocket, withEachStockClient } from '../support/stock-clients.ts'

const FOLLOWED = {
  notificationAdded: 'subscription { notificationAdded { id } }',
  notificationEvents: 'subscription { notificationEvents { ... on NotificationAdded { notification { id } } } }',
} as const

async function notify(backend: Device, ...userIds: readonly string[]): Promise<string> {
  const input = { userIds, notification: { type: 'x', title: 'X' } }
  const run = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
  return (await backend.run(run, { input }))['notify'].notificationId
}

async function isDelivered(backend: Device, id: string, userId: string): Promise<boolean> {
  const query = 'query ($id: ID!, $userIds: [ID!]!) { notificationStatus(id: $id, userIds: $userIds) { deliveredAt } }'
  const { notificationStatus } = await backend.run(query, { id, userIds: [userId] })
  return notificationStatus[0].deliveredAt !== null
}

async function untilDelivered(backend: Device, id: string, userId: string): Promise<void> {
  await expect.poll(() => isDelivered(backend, id, userId), { timeout: 30_000 }).toBe(true)
}

test.each(Object.entries(FOLLOWED))(
  'a notification is delivered once an unmodified client has acknowledged it: %s',
  { timeout: 120_000 },
  (_, query) =>
    withEachStockClient(async (use) => {
      const app = await startTestApp()
      const backend = await connectDevice(app, 'shop', 'backend')
      const network = await openProxy(Number(new URL(app.wsUrl).port))
      const socket = openStockSocket(app.wsUrl.replace(/:\d+\//, `:${network.port}/`), await app.token('alice'), {})
      const got = new Set<string>()
      use(socket).follow(query, {}, ({ notificationAdded, notificationEvents }) => {
        got.add((notificationAdded ?? notificationEvents.notification).id)
      })
      let first = await notify(backend, 'alice')
      while (got.size === 0) first = await notify(backend, 'alice')
      await untilDelivered(backend, first, 'alice')

      // Written to a socket that takes nothing further: it was not delivered.
      network.stall()
      const missed = await notify(backend, 'alice')
      const carol = await connectDevice(app, 'carol')
      const own = carol.subscribe(FOLLOWED.notificationAdded)
      await carol.run('{ me { id } }')
      const later = await notify(backend, 'alice', 'carol')
      await own.next()
      await untilDelivered(backend, later, 'carol')
      expect([await isDelivered(backend, missed, 'alice'), await isDelivered(backend, later, 'alice')]).toEqual([
        false,
        false,
      ])
      expect(got).not.toContain(missed)

      const again = await network.refuse()
      const last = await notify(backend, 'alice')
      await again()
      for (const id of [missed, later, last]) await untilDelivered(backend, id, 'alice')
      expect([...got]).toEqual(expect.arrayContaining([missed, later, last]))
    }),
)

test('what comes over HTTP is not acknowledged, and so never said to be delivered', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const stream = await openEventStream(app, await app.token('alice'), FOLLOWED.notificationAdded)
  const carol = await connectDevice(app, 'carol')
  const own = carol.subscribe(FOLLOWED.notificationAdded)
  await carol.run('{ me { id } }')
  const id = await notify(backend, 'alice', 'carol')
  await stream.next()
  await own.next()
  await untilDelivered(backend, id, 'carol')
  expect(await isDelivered(backend, id, 'alice')).toBe(false)
})

test('only backends may ask how far a notification got', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const id = await notify(backend, 'alice')
  for (const role of ['customer', 'agent', 'admin'] as const) {
    const device = await connectDevice(app, 'alice', role)
    await expect(isDelivered(device, id, 'alice')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  }
})
