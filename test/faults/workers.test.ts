import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import { type Env, herald } from '../support/command-line.ts'
import { connectDevice } from '../support/device.ts'
import { NOTIFY, nodeEnvironment, received, until } from '../support/nodes.ts'
import { post, startProcess } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'
import { connectToBoth, spread, startWorkers, workerPids } from '../support/workers.ts'

const ADDED = 'subscription { notificationAdded { title } }'

// Each test starts three processes, which takes its time on a busy machine.
describe('workers', { timeout: 120_000 }, () => {
  test.each([
    ['is killed', 'SIGKILL'],
    ['hangs', 'SIGSTOP'],
  ])('go on when one %s, whose clients resume, and who is replaced', async (_what, signal) => {
    const herald = await startWorkers({ REDIS_LEASE_MS: '2000', WORKER_HANG_MS: '2000' })
    const [victim] = workerPids(herald)
    const clients = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        connectDevice(herald, `user-${index}`, 'customer', { retryAttempts: 50 }),
      ),
    )
    const streams = clients.map((client) => client.subscribe(ADDED))
    const token = await herald.token('shop', 'backend')
    const notify = (title: string) =>
      post(herald.url, token, 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }', {
        input: { userIds: clients.map((_, index) => `user-${index}`), notification: { type: 'a.b', title } },
      }).catch(() => undefined)
    await Promise.all(
      streams.map((stream) =>
        received(
          stream,
          () => notify('before'),
          ({ notificationAdded }) => notificationAdded.title === 'before',
        ),
      ),
    )
    process.kill(victim!, signal)
    await until(async () => (await notify('after')) !== undefined)
    await Promise.all(
      streams.map(async (stream) => {
        while ((await stream.next())['notificationAdded'].title !== 'after');
      }),
    )
    await until(async () => workerPids(herald).length === 2 && !workerPids(herald).includes(victim!))
    await until(async () => (await spread(herald)).reduce((sum, count) => sum + count, 0) === clients.length)
  })

  test('come back when all of them were killed at once', async () => {
    const herald = await startWorkers()
    const token = await herald.token('alice')
    for (const pid of workerPids(herald)) process.kill(pid, 'SIGKILL')
    await until(async () => (await post(herald.url, token, '{ me { id } }').catch(() => undefined)) !== undefined)
  })

  test('all drain at SIGTERM, and end', async () => {
    const herald = await startWorkers({ DRAIN_MS: '100' })
    const pids = workerPids(herald)
    const devices = await connectToBoth(herald)
    const closed = devices.map(
      ({ client }) =>
        new Promise<number>((resolve) => client.on('closed', (event) => resolve((event as CloseEvent).code))),
    )
    expect(await herald.stop('SIGTERM')).toBe(0)
    expect(new Set(await Promise.all(closed))).toEqual(new Set([1012]))
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  test('end with the one who started them, even when it is killed', async () => {
    const herald = await startWorkers()
    const pids = workerPids(herald)
    await herald.stop('SIGKILL')
    const isGone = (pid: number): boolean => {
      try {
        process.kill(pid, 0)
        return false
      } catch {
        return true
      }
    }
    await until(async () => pids.every(isGone))
  })

  test('are given up when they die again and again', async () => {
    const herald = await startWorkers({ LOG_LEVEL: 'silent' })
    const exited = once(herald.child, 'exit')
    let isOver = false
    void exited.then(() => {
      isOver = true
    })
    await until(async () => {
      for (const pid of isOver ? [] : workerPids(herald)) process.kill(pid, 'SIGKILL')
      return isOver
    })
    expect((await exited)[0]).toBe(1)
  })

  test('write their number in every line of the log', async () => {
    const file = join(tempFolder(), 'log')
    const herald = await startWorkers({ LOG_LEVEL: 'info', LOG_PRETTY: 'false' }, `exec 2> ${file}`)
    await connectToBoth(herald)
    const opened = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line))
      .filter(({ msg }) => msg === 'connection opened')
    expect(new Set(opened.map(({ worker }) => worker))).toEqual(new Set([1, 2]))
  })
})

describe('workers over one SQLite file', { timeout: 120_000 }, () => {
  const USERS = ['ann', 'bob', 'cid', 'dee']
  const WRITERS = 16
  const CALLS = 25

  test('write at the same time: nobody is refused, and no stream has a gap', async () => {
    const env = nodeEnvironment(inject('redis'))
    const herald = await startProcess({ ...env, WORKERS: '2' })
    const token = await herald.token('shop', 'backend')
    const write = async (writer: number): Promise<void> => {
      const backend = await connectDevice(herald, `shop-${writer}`, 'backend')
      for (let call = 0; call < CALLS; call += 1) {
        await backend.run(NOTIFY, { to: USERS[(writer + call) % USERS.length] })
      }
    }
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
    expect((await spread(herald)).every((count) => count > 0)).toBe(true)
    expect((await post(herald.url, token, '{ me { id } }'))['me']).toEqual({ id: 'shop' })

    const storage = await openSqliteStorage({ file: join(env.DATA_DIR, 'herald.db') })
    const rows = await storage.read((tx) =>
      tx.selectFrom('inbox').select(['user_id', 'arrived_revision']).orderBy('arrived_revision').execute(),
    )
    await storage.close()
    expect(rows).toHaveLength(WRITERS * CALLS)
    for (const user of USERS) {
      const revisions = rows.filter(({ user_id }) => user_id === user).map(({ arrived_revision }) => arrived_revision)
      expect(revisions).toEqual(revisions.map((_, index) => index + 1))
    }
  })
})

describe('a start of several workers', { timeout: 120_000 }, () => {
  const start = (env: Env) => herald(['start'], { PORT: '0', LOG_LEVEL: 'error', WORKERS: '2', ...env })

  test.each(['2', 'auto'])('without a Redis is refused in plain words (WORKERS=%s)', async (workers) => {
    const { code, stderr } = await start({ WORKERS: workers, DATA_DIR: tempFolder() })
    expect(code).toBe(1)
    expect(stderr).toBe(
      'Herald cannot start with this configuration:\n' +
        `  - WORKERS is ${workers}, and several workers need a Redis for what they tell each other. Set REDIS_URL, or leave WORKERS out.\n`,
    )
  })

  test('says that another program has the port', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { code, stderr } = await start({ ...nodeEnvironment(inject('redis')), PORT: String(port) })
    other.close()
    expect([code, stderr]).toEqual([
      1,
      `PORT ${port} on 127.0.0.1 is used by another program (EADDRINUSE). Stop that, or set PORT to another one.\n`,
    ])
  })

  test('says once, and without a stack, that the Redis belongs to another database', async () => {
    const env = nodeEnvironment(inject('redis'))
    const first = await startProcess(env)
    const { code, stderr } = await start({ ...env, DATA_DIR: tempFolder() })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^Herald cannot start with this configuration:\n {2}- The nodes at REDIS_URL .* use another database\./,
    )
    expect(stderr.match(/use another database/g)).toHaveLength(1)
    expect(stderr).not.toMatch(/^ +at /m)
    expect(await first.stop('SIGTERM')).toBe(0)
  })
})
