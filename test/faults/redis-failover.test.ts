import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { openCrowd } from '../support/crowd.ts'
import { until } from '../support/nodes.ts'
import { startRedisSentinels } from '../support/redis-sentinel.ts'
import { openTraffic } from '../support/traffic.ts'

const CONNECTIONS = '{ totalConnections connectionCount(userId: "late") }'

/** Makes the replica follow no more, however often it tries, so that what the master takes from now on is lost with it. */
async function cutReplication(masterPort: number, replicaPort: number): Promise<void> {
  const [master, replica] = [new Redis(masterPort), new Redis(replicaPort)]
  onTestFinished(() => {
    for (const client of [master, replica]) client.disconnect()
  })
  for (const client of [master, replica]) client.on('error', () => {})
  await replica.config('SET', 'masteruser', 'nobody')
  await replica.config('SET', 'masterauth', 'nothing')
  await master.call('CLIENT', 'KILL', 'TYPE', 'replica')
  await until(async () => (await replica.info('replication')).includes('master_link_status:down'))
}

test('a failover that loses writes costs no follower anything, and who is online is right again', async () => {
  const sentinels = await startRedisSentinels()
  const traffic = await openTraffic(sentinels.url, ['alice', 'bob', 'carol'])
  await cutReplication(await sentinels.masterPort(), sentinels.replicaPort)
  const late = await signTestToken('late')
  const places = traffic.nodes.map(({ wsUrl }) => ({ url: wsUrl, tokens: [late, late] }))
  const latecomers = await openCrowd(places, null)
  const counts = { totalConnections: traffic.sockets + 4, connectionCount: 4 }
  const areRight = async (): Promise<boolean> => {
    const found = await traffic.ask(CONNECTIONS).catch(() => undefined)
    return JSON.stringify(found) === JSON.stringify(counts)
  }
  await until(areRight)

  await sentinels.master.kill()
  await until(async () => (await sentinels.masterPort()) === sentinels.replicaPort)
  await traffic.ready(200)
  await until(areRight)
  await traffic.passes()
  expect(await traffic.end()).toEqual({
    followers: traffic.sockets,
    missing: 0,
    repeated: 0,
    outOfOrder: 0,
    closed: 0,
  })
  expect((await latecomers.report()).closed).toBe(0)
})
