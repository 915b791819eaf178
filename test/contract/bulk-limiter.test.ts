import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createBulkLimiter } from '../../src/lib/bulk-limiter.ts'

const LONG_MS = 60

/** Does large work three times at once; when each began and ended. */
async function threeLarge(bulkLimiter: ReturnType<typeof createBulkLimiter>) {
  const times: { began: number; ended: number }[] = []
  const work = async (): Promise<void> => {
    const began = performance.now()
    await setTimeout(LONG_MS)
    times.push({ began, ended: performance.now() })
  }
  await Promise.all([1, 2, 3].map(() => bulkLimiter.large(work)))
  return times.toSorted((a, b) => a.began - b.began)
}

test('large work that nobody small needs to share with is done side by side', async () => {
  const [first, , third] = await threeLarge(createBulkLimiter())
  expect(third!.began).toBeLessThan(first!.ended)
})

test('between large work, small work has as long as that took', async () => {
  const bulkLimiter = createBulkLimiter()
  bulkLimiter.small()
  const times = await threeLarge(bulkLimiter)
  for (const [index, { began }] of times.entries()) {
    const before = times[index - 1]
    if (before) expect(began - before.ended).toBeGreaterThan((before.ended - before.began) * 0.8)
  }
})

test('large work that failed lets the next one go on, and is told', async () => {
  const bulkLimiter = createBulkLimiter()
  bulkLimiter.small()
  const failing = bulkLimiter.large(() => Promise.reject(new Error('No')))
  const next = bulkLimiter.large(async () => 'done')
  await expect(failing).rejects.toThrow('No')
  expect(await next).toBe('done')
})
