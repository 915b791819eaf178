import { expect, test } from 'vitest'
import { openPostgresStorage } from '../../src/storage/postgres-storage.ts'
import { connectDevice } from '../support/device.ts'
import { openPostgresServer } from '../support/postgres-server.ts'
import { startProcess } from '../support/process.ts'
import { openProxy } from '../support/proxy.ts'
import { watchReadiness } from '../support/readiness.ts'
import { forTest } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'

/** Half a second for a query and its answer. */
const ONE_WAY_MS = 250
const NOTIFICATIONS = 40

const NOTIFY = `mutation ($title: String!) {
  notify(input: { userIds: ["alice"], notification: { type: "a.b", title: $title }, idempotencyKey: $title }) {
    notificationId
  }
}`

test('with Postgres half a second away no command fails, nothing is lost, and Herald is ready', {
  timeout: 90_000,
}, async () => {
  const postgres = await forTest(openPostgresServer)
  // The tables are made from near by.
  await (await openPostgresStorage({ url: postgres.url })).close()
  const far = new URL(postgres.url)
  far.port = String((await openProxy(Number(far.port), ONE_WAY_MS)).port)
  const herald = await startProcess({ DATA_DIR: tempFolder(), DATABASE_URL: far.href })
  const [alice, shop] = [await connectDevice(herald, 'alice'), await connectDevice(herald, 'shop', 'backend')]
  const { notifications } = await alice.run('{ notifications { resumeCursor } }')
  const added = alice.subscribe('subscription ($after: Cursor) { notificationAdded(after: $after) { id title } }', {
    after: notifications.resumeCursor,
  })
  const readiness = watchReadiness([herald.url])

  const tookMs = await Promise.all(
    Array.from({ length: NOTIFICATIONS }, async (_, number) => {
      const sentAt = Date.now()
      await shop.run(NOTIFY, { title: String(number) })
      return Date.now() - sentAt
    }),
  )
  process.stdout.write(`slowest of ${NOTIFICATIONS} commands: ${Math.max(...tookMs)} ms\n`)
  const stored = (await alice.run(`{ notifications(first: ${NOTIFICATIONS}) { nodes { id title } } }`))['notifications']
  const received = (await added.take(NOTIFICATIONS)).map(({ notificationAdded }) => notificationAdded)
  expect(new Set(received.map(({ title }) => title)).size).toBe(NOTIFICATIONS)
  expect(received).toEqual(stored.nodes.toReversed())
  expect(added.waiting).toEqual([])
  expect((await readiness.stop()).outside).toEqual([])
})
