import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs } from '../../src/lib/backoff.ts'

test('doubles with each failure up to the longest wait, and half of it is random', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 0, max: 60_000 }),
      fc.nat(5_000),
      (firstMs, more, failures) => {
        const maxMs = firstMs + more
        const longest = Math.min(maxMs, firstMs * 2 ** failures)
        const ms = backoffMs({ firstMs, maxMs }, failures)
        expect(ms).toBeGreaterThanOrEqual(longest / 2)
        expect(ms).toBeLessThanOrEqual(longest)
      },
    ),
  )
})

test('those who failed together do not try again together', () => {
  const waits = Array.from({ length: 100 }, () => backoffMs({ firstMs: 100, maxMs: 5_000 }, 3))
  expect(new Set(waits).size).toBeGreaterThan(90)
})
