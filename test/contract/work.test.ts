import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { NEVER_ABORTED, Reads, Work } from '../../src/graphql/work.ts'

const MAX_BYTES = 1_000

function many(work: Work, count: number, task: (n: number) => unknown): Promise<unknown[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => work.read(() => task(n))))
}

function busy(ms: number): void {
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

describe('the operations of one user', () => {
  const large = { body: 'x'.repeat(600) }

  test('have a few reads at a time together, each in turn', async () => {
    const reads = new Reads(MAX_BYTES)
    let running = 0
    let most = 0
    const done: string[] = []
    const read = (name: string) => async () => {
      running += 1
      most = Math.max(most, running)
      await setImmediate()
      running -= 1
      done.push(name)
    }
    const works = Array.from({ length: 10 }, () => new Work(NEVER_ABORTED, MAX_BYTES, reads))
    await Promise.all(works.flatMap((work, n) => [many(work, 20, read(`${n}`)), many(work, 1, read(`${n}`))]))
    expect(most).toBe(4)
    expect(new Set(done.slice(0, 20)).size, 'the first twenty are of many').toBeGreaterThan(5)
  })

  test('wait while they have read much, but for the oldest', async () => {
    const reads = new Reads(MAX_BYTES)
    const [first, second] = [1, 2].map(() => new Work(NEVER_ABORTED, 10 * MAX_BYTES, reads)) as [Work, Work]
    expect([first.read(() => large), second.read(() => large)]).toEqual([large, large])
    const later = second.read(() => large)
    expect(later).toBeInstanceOf(Promise)
    expect(await first.read(() => large), 'the oldest goes on').toBe(large)
    first.answer(0)
    expect(await later).toBe(large)
  })

  test('wait while answers are not taken', async () => {
    const reads = new Reads(MAX_BYTES)
    const first = new Work(NEVER_ABORTED, 10 * MAX_BYTES, reads)
    first.answer(MAX_BYTES + 1)
    expect(reads.isIdle).toBe(false)
    const second = new Work(NEVER_ABORTED, MAX_BYTES, reads)
    let isRead = false
    const later = second.read(() => {
      isRead = true
      return large
    })
    await setImmediate()
    expect(isRead).toBe(false)
    first.end()
    expect(await later).toBe(large)
    second.end()
    expect(reads.isIdle).toBe(true)
  })

  test('wait no longer than somebody waits for them', async () => {
    const reads = new Reads(MAX_BYTES)
    new Work(NEVER_ABORTED, MAX_BYTES, reads).answer(MAX_BYTES + 1)
    const signal = { aborted: false }
    const second = new Work(signal, MAX_BYTES, reads)
    const later = second.read(() => large)
    signal.aborted = true
    second.end()
    expect(await later).toBeNull()
  })

  test('hold nothing once they have ended, whatever comes of them later', async () => {
    const reads = new Reads(MAX_BYTES)
    const work = new Work(NEVER_ABORTED, MAX_BYTES, reads)
    const later = work.read(() => setImmediate(large))
    work.end()
    expect(reads.isIdle).toBe(true)
    await later
    work.answer(MAX_BYTES)
    expect(reads.isIdle).toBe(true)
    const next = new Work(NEVER_ABORTED, MAX_BYTES, reads)
    expect(next.read(() => large)).toBe(large)
  })
})
