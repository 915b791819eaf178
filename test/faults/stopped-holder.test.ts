import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import { advanceStream, readStream } from '../../src/storage/streams.ts'
import { watchLiveness } from '../../src/workers/liveness.ts'
import { createManualClock } from '../support/clock.ts'
import { openStoppedHolder } from '../support/holder.ts'
import { tempFolder } from '../support/temp.ts'
import { timeDuring } from '../support/timed.ts'

test('a write that waits for a stopped process says so, reads go on, and no write is refused when that is ended', {
  timeout: 60_000,
}, async () => {
  const file = join(tempFolder(), 'herald.db')
  let told = 0
  const holder = Promise.withResolvers<Awaited<ReturnType<typeof openStoppedHolder>>>()
  const storage = await openSqliteStorage({
    file,
    onHeld: () => {
      told += 1
      // As the supervisor of workers does with the one that does not answer.
      void holder.promise.then(({ kill }) => kill())
    },
  })
  onTestFinished(storage.close)
  await storage.write((tx) => advanceStream(tx, 'user:ada'))
  holder.resolve(await openStoppedHolder({ file }, 'user:ada'))
  const writing = Promise.all(
    Array.from({ length: 20 }, (_, n) => storage.write((tx) => advanceStream(tx, `user:${n}`), `user:${n}`)),
  )
  const reads = await timeDuring(writing, () => storage.read((tx) => readStream(tx, 'user:ada')))
  expect((await writing).length).toBe(20)
  expect(told).toBeGreaterThan(0)
  expect(reads.refused).toEqual([])
  expect(reads.took.length).toBeGreaterThan(50)
  expect(await storage.read((tx) => readStream(tx, 'user:ada'))).toMatchObject({ revision: 1 })
})

test('writes wait 15 s for a process that nobody ends, then all are refused at once, and go on when it has gone', {
  timeout: 60_000,
}, async () => {
  const file = join(tempFolder(), 'herald.db')
  const storage = await openSqliteStorage({ file })
  onTestFinished(storage.close)
  const { kill } = await openStoppedHolder({ file }, 'user:ada')
  const began = performance.now()
  const waited = async (user: number): Promise<number> => {
    await expect(storage.write((tx) => advanceStream(tx, `user:${user}`))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    return performance.now() - began
  }
  // More than share one commit.
  const [first = 0, ...others] = await Promise.all(Array.from({ length: 300 }, (_, user) => waited(user)))
  expect(first).toBeGreaterThan(15_000)
  expect(Math.max(...others, await waited(300))).toBeLessThan(first + 5_000)
  kill()
  await expect
    .poll(() => storage.write((tx) => advanceStream(tx, 'user:ada')).catch(() => undefined))
    .toMatchObject({
      revision: 1,
    })
})

test('a worker that may hold up another is ended after 3 s of silence, others not', () => {
  const clock = createManualClock()
  let ended = 0
  const liveness = watchLiveness(clock, 30_000, () => {
    ended += 1
  })
  clock.advance(2_000)
  liveness.suspect()
  liveness.alive()
  clock.advance(2_000)
  liveness.suspect()
  expect(ended).toBe(0)
  clock.advance(1_000)
  liveness.suspect()
  liveness.suspect()
  clock.advance(60_000)
  expect(ended).toBe(1)
})
