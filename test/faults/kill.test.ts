import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import { post, startProcess } from '../support/process.ts'
import { expectNoHoles, pairsOf, readInboxes } from '../support/stored-inboxes.ts'
import { tempFolder } from '../support/temp.ts'

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const USERS = Array.from({ length: 20 }, (_, index) => `user-${index}`)
const WORKERS = 8
const CALLS_BEFORE_KILL = 60

interface Acknowledged {
  readonly notificationId: string
  readonly userIds: readonly string[]
}

/** Notifies without pause until the process is killed in the middle of it; returns what was acknowledged. */
async function stormUntilKilled(dataDir: string): Promise<readonly Acknowledged[]> {
  const herald = await startProcess({ DATA_DIR: dataDir })
  const token = await herald.token('shop', 'backend')
  const acknowledged: Acknowledged[] = []
  let isRunning = true
  const worker = async (first: number): Promise<void> => {
    for (let call = first; isRunning; call += WORKERS) {
      const userIds = [USERS[call % USERS.length] ?? '', USERS[(call * 7) % USERS.length] ?? '']
      const input = { userIds, notification: { type: 'storm', title: `Call ${call}` } }
      const data = await post(herald.url, token, NOTIFY, { input }).catch(() => undefined)
      if (!data) return
      const { notificationId } = data['notify'] as { notificationId: string }
      acknowledged.push({ notificationId, userIds })
      if (acknowledged.length === CALLS_BEFORE_KILL) {
        await herald.stop('SIGKILL')
        isRunning = false
      }
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, (_, index) => worker(index)))
  return acknowledged
}

describe('kill -9 during a storm of notify calls', () => {
  test('loses nothing that was acknowledged and leaves no gap in any stream', { timeout: 120_000 }, async () => {
    const dataDir = tempFolder()
    const acknowledged: Acknowledged[] = []
    for (let round = 0; round < 3; round += 1) acknowledged.push(...(await stormUntilKilled(dataDir)))
    expect(acknowledged.length).toBeGreaterThanOrEqual(3 * CALLS_BEFORE_KILL)

    const storage = await openSqliteStorage({ file: join(dataDir, 'herald.db') })
    const found = await readInboxes(storage)
    await storage.close()

    const stored = pairsOf(found)
    const lost = acknowledged.flatMap(({ notificationId, userIds }) =>
      userIds.map((userId) => `${userId} ${notificationId}`).filter((pair) => !stored.has(pair)),
    )
    expect(lost).toEqual([])
    expectNoHoles(found, USERS.length)
  })
})
