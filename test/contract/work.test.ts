import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { NEVER_ABORTED, Work } from '../../src/graphql/work.ts'

const MAX_BYTES = 1_000

const many = (work: Work, count: number, task: (n: number) => unknown): Promise<unknown[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => work.read(() => task(n))))

const busy = (ms: number): void => {
  for (const end = performance.now() + ms; performance.now() < end; );
}

describe('the work of an operation', () => {
  test('answers what was read, at once where that is at once', async () => {
    const work = new Work(NEVER_ABORTED, MAX_BYTES)
    expect(work.read(() => 1)).toBe(1)
    await expect(work.read(async () => 2)).resolves.toBe(2)
    expect(() =>
      work.read(() => {
        throw new Error('at once')
      }),
    ).toThrow('at once')
    await expect(work.read(() => Promise.reject(new Error('later')))).rejects.toThrow('later')
  })

  test('goes on after errors', async () => {
    const work = new Work(NEVER_ABORTED, MAX_BYTES)
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        work.read(() => (n % 2 ? Promise.reject(new Error('no')) : Promise.resolve(n))),
      ),
    )
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  })

  test('is a few reads at a time, in their order', async () => {
    const work = new Work(NEVER_ABORTED, MAX_BYTES)
    let running = 0
    let most = 0
    const order: number[] = []
    await many(work, 50, async (n) => {
      order.push(n)
      running += 1
      most = Math.max(most, running)
      await setImmediate()
      running -= 1
    })
    expect(most).toBe(4)
    expect(order).toEqual(Array.from({ length: 50 }, (_, n) => n))
  })

  test('lets others come in between', async () => {
    const work = new Work(NEVER_ABORTED, MAX_BYTES)
    let done = 0
    const all = many(work, 100, async () => {
      busy(2)
      done += 1
    })
    await setImmediate()
    expect(done).toBeLessThan(50)
    await all
    expect(done).toBe(100)
  })

  test('stops when nobody wants it any more, without errors', async () => {
    const signal = { aborted: false }
    const work = new Work(signal, MAX_BYTES)
    let done = 0
    const all = await many(work, 100, async () => {
      done += 1
      if (done === 10) signal.aborted = true
      await setImmediate()
      return done
    })
    expect(done).toBeLessThan(15)
    expect(all.at(-1)).toBeNull()
    expect(work.read(() => 1)).toBeNull()
  })

  test('stops when it has read more than it may answer', async () => {
    const work = new Work(NEVER_ABORTED, MAX_BYTES)
    let done = 0
    await many(work, 100, async () => {
      done += 1
      await setImmediate()
      return { body: 'x'.repeat(300) }
    })
    expect(work.isTooLarge).toBe(true)
    expect(done).toBeLessThan(10)
  })
})
