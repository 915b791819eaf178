import { setTimeout } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openPostgresStorage } from '../../src/storage/postgres-storage.ts'
import { connectDevice } from '../support/device.ts'
import { openPostgresServer, type PostgresServer } from '../support/postgres-server.ts'
import { type HeraldProcess, post, startProcess } from '../support/process.ts'
import { expectNoHoles, pairsOf, readInboxes } from '../support/stored-inboxes.ts'
import { tempFolder } from '../support/temp.ts'

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const USERS = Array.from({ length: 10 }, (_, index) => `user-${index}`)
const WORKERS = 8
/** Calls that must succeed before each outage, and after the last one. */
const CALLS_BETWEEN = 60

interface Storm {
  /** What was acknowledged, as `user notification`. */
  readonly acknowledged: readonly string[]
  /** The errors that callers got. */
  readonly refused: ReadonlySet<string>
  /** Resolves when that many more calls have succeeded. */
  succeeded(calls: number): Promise<void>
  stop(): Promise<void>
}

/** Notifies without pause, whatever happens. */
async function startStorm({ url, token }: HeraldProcess): Promise<Storm> {
  const secret = await token('shop', 'backend')
  const acknowledged: string[] = []
  const refused = new Set<string>()
  let isRunning = true
  const worker = async (first: number): Promise<void> => {
    for (let call = first; isRunning; call += WORKERS) {
      const userIds = [...new Set([USERS[call % USERS.length] ?? '', USERS[(call * 7) % USERS.length] ?? ''])]
      const input = { userIds, notification: { type: 'storm', title: `Call ${call}` } }
      try {
        const data = await post(url, secret, NOTIFY, { input })
        const { notificationId } = data['notify'] as { notificationId: string }
        acknowledged.push(...userIds.map((userId) => `${userId} ${notificationId}`))
      } catch (error) {
        refused.add(String(error))
        await setTimeout(20)
      }
    }
  }
  const workers = Promise.all(Array.from({ length: WORKERS }, (_, index) => worker(index)))
  return {
    acknowledged,
    refused,
    succeeded: async (calls) => {
      const enough = acknowledged.length + calls
      while (acknowledged.length < enough) await setTimeout(10)
    },
    stop: async () => {
      isRunning = false
      await workers
    },
  }
}

async function readiness({ url }: HeraldProcess): Promise<number> {
  return (await fetch(new URL('/ready', url))).status
}

async function openServer(): Promise<PostgresServer> {
  const server = await openPostgresServer({ isDurable: true })
  onTestFinished(server.close)
  return server
}

describe('Postgres restarted in a storm of notify calls', () => {
  test('loses nothing that was acknowledged, leaves no hole, and the same process and sockets go on', {
    timeout: 60_000,
  }, async () => {
    const server = await openServer()
    const herald = await startProcess({ DATA_DIR: tempFolder(), DATABASE_URL: server.url, LOG_LEVEL: 'silent' })
    const device = await connectDevice(herald, 'user-0')
    const { notifications } = await device.run('{ notifications(first: 1) { resumeCursor } }')
    const added = device.subscribe('subscription ($after: Cursor) { notificationAdded(after: $after) { id } }', {
      after: notifications.resumeCursor,
    })
    const storm = await startStorm(herald)

    for (const signal of ['QUIT', 'INT'] as const) {
      await storm.succeeded(CALLS_BETWEEN)
      await server.kill(signal)
      expect(await readiness(herald)).toBe(503)
      await server.start()
      while ((await readiness(herald)) !== 200) await setTimeout(20)
    }
    await storm.succeeded(CALLS_BETWEEN)
    await storm.stop()
    expect(herald.child.exitCode).toBeNull()
    for (const error of storm.refused) expect(error).toContain('SERVICE_UNAVAILABLE')

    const storage = await openPostgresStorage({ url: server.url })
    const found = await readInboxes(storage)
    await storage.close()
    const stored = pairsOf(found)
    expect(storm.acknowledged.filter((pair) => !stored.has(pair))).toEqual([])
    expectNoHoles(found, USERS.length)
    const own = found.inbox.filter(({ user_id }) => user_id === 'user-0').map(({ notification_id }) => notification_id)
    const received: string[] = []
    while (received.length < own.length) received.push((await added.next())['notificationAdded'].id)
    expect(received).toEqual(own)
  })
})
