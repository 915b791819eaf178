import { expect, test } from 'vitest'
import { connectDevice } from '../support/device.ts'
import { startProcess } from '../support/process.ts'
import { newPrefix, startRedis } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'

const NOTIFY =
  'mutation { notify(input: { userIds: ["alice"], notification: { type: "a.b", title: "Hi" } }) { notificationId } }'

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50))
}

test('a node outlives its Redis again and again, with sockets that come, work and go meanwhile', async () => {
  const redis = await startRedis()
  const node = await startProcess({
    DATA_DIR: tempFolder(),
    REDIS_URL: redis.url,
    REDIS_PREFIX: newPrefix(),
    REDIS_CANARY_MS: '200',
    REDIS_LEASE_MS: '1500',
    LOG_LEVEL: 'silent',
  })
  let exitCode: number | null | undefined
  node.child.once('exit', (code) => {
    exitCode = code
  })
  const ready = async (): Promise<boolean> => (await fetch(new URL('/ready', node.url))).ok
  const backend = await connectDevice(node, 'shop', 'backend')
  const stays = await connectDevice(node, 'alice')
  const unread = stays.subscribe('subscription { unreadCount { count } }')
  expect(await unread.next()).toEqual({ unreadCount: { count: 0 } })

  for (const round of [1, 2, 3]) {
    const goes = await connectDevice(node, 'alice')
    await goes.subscribe('subscription { unreadCount { count } }').next()
    await redis.kill()
    await until(async () => !(await ready()))
    await goes.close()
    const comes = await connectDevice(node, 'alice')
    const late = comes.subscribe('subscription { unreadCount { count } }')
    await late.next()
    await backend.run(NOTIFY)
    expect(await unread.next()).toEqual({ unreadCount: { count: round } })
    expect(await late.next()).toEqual({ unreadCount: { count: round } })
    await comes.close()
    await redis.start()
    await until(ready)
    const count = async (): Promise<unknown> => {
      const { connectionCount } = await backend
        .run('{ connectionCount(userId: "alice") }')
        .catch(() => ({ connectionCount: 0 }))
      return connectionCount
    }
    await until(async () => (await count()) === 1)
  }
  expect(exitCode).toBeUndefined()
})
