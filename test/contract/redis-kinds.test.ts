import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { NOTIFY, nodeEnvironment, received, UPSERT, until } from '../support/nodes.ts'
import { newPrefix } from '../support/redis.ts'
import { startRedisSentinels } from '../support/redis-sentinel.ts'
import { startTlsRedis } from '../support/redis-tls.ts'

/** Two nodes on one bus, count each other's connections, and see each other's visitors of a ticket. */
async function expectTogether(env: Readonly<Record<string, string>>): Promise<void> {
  const [one, other] = [await startTestApp({ env }), await startTestApp({ env })]
  const [alice, carol] = [await connectDevice(one, 'alice'), await connectDevice(other, 'carol')]
  const backend = await connectDevice(other, 'shop', 'backend')
  await backend.run(UPSERT)
  const added = alice.subscribe('subscription { notificationAdded { title } }')
  await received(
    added,
    () => backend.run(NOTIFY, { to: 'alice' }),
    ({ notificationAdded }) => notificationAdded.title === 'Hi',
  )
  const inTicket = alice.subscribe('subscription { ticketPresence(ticketId: "42") { change user { id } } }')
  expect(await inTicket.next()).toMatchObject({ ticketPresence: { change: 'PRESENT' } })
  carol.subscribe('subscription { ticketMessage(ticketId: "42") { body } }')
  expect(await inTicket.next()).toMatchObject({ ticketPresence: { change: 'JOINED', user: { id: 'carol' } } })
  await until(async () => (await backend.run('{ totalConnections }'))['totalConnections'] === 3)
}

test('two nodes with the master that Sentinels know are together', async () => {
  const sentinels = await startRedisSentinels()
  await expectTogether(nodeEnvironment(sentinels.url))
})

test('two nodes with a Redis that wants TLS and a name are together', async () => {
  const redis = await startTlsRedis()
  await expectTogether({ ...nodeEnvironment(redis.url), REDIS_CA_FILE: redis.caFile })
})

test('a node that does not trust the certificate of Redis does not start, and says why', async () => {
  const redis = await startTlsRedis()
  const env = { REDIS_URL: redis.url, REDIS_PREFIX: newPrefix() }
  await expect(startTestApp({ env })).rejects.toThrow(/REDIS_URL: Redis cannot be used \(self-signed certificate/)
  await expect(startTestApp({ env: { ...env, REDIS_CA_FILE: '/no/such/file' } })).rejects.toThrow(
    /REDIS_CA_FILE cannot be read/,
  )
})

test('a node with a wrong password does not start, and does not say the password', async () => {
  const redis = await startTlsRedis()
  const url = redis.url.replace(/herald:.*@/, 'herald:hunter2@')
  const starting = startTestApp({ env: { REDIS_URL: url, REDIS_PREFIX: newPrefix(), REDIS_CA_FILE: redis.caFile } })
  await expect(starting).rejects.toThrow(/REDIS_URL: Redis cannot be used \(WRONGPASS.*\)/)
  await expect(starting).rejects.not.toThrow('hunter2')
})

test('a node that asks Sentinels for a master whom they do not know does not start, and says so', async () => {
  const { url } = await startRedisSentinels()
  const env = { REDIS_URL: url.replace(/\/[^/]*$/, '/other') }
  await expect(startTestApp({ env })).rejects.toThrow('no Sentinel knows a master called other')
})
