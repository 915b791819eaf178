import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonSize } from '../../src/lib/json-size.ts'

const ENOUGH = 1e9

test('is about the bytes that JSON has', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const value: unknown = JSON.parse(json)
      const bytes = Buffer.byteLength(JSON.stringify(value))
      const size = jsonSize(value, ENOUGH)
      expect(size).toBeGreaterThanOrEqual(bytes / 4)
      expect(size).toBeLessThanOrEqual(4 * bytes + 8)
    }),
  )
})

test.each([
  ['ASCII', 'a'],
  ['Arabic', 'م'],
  ['Chinese', '中'],
  ['emoji', '😀'],
])('counts the bytes of long texts in %s', (_, letter) => {
  const value = { body: letter.repeat(10_000), list: [letter.repeat(1_000)] }
  const bytes = Buffer.byteLength(JSON.stringify(value))
  expect(jsonSize(value, ENOUGH) / bytes).toBeCloseTo(1, 2)
})

test('stops beyond the largest size of interest', () => {
  let looked = 0
  const entry = {
    get body() {
      looked += 1
      return 'x'.repeat(1_000)
    },
  }
  const size = jsonSize(
    Array.from({ length: 10_000 }, () => entry),
    5_000,
  )
  expect(size).toBeGreaterThan(5_000)
  expect(looked).toBeLessThan(10)
})
