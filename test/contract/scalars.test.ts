import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scalars } from '../../src/graphql/scalars.ts'

/** As far as years have four digits, in milliseconds. */
const [FIRST, LAST] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]

test('times are written as toISOString writes them, also many of one second', () => {
  const times = fc.array(fc.tuple(fc.integer({ min: FIRST, max: LAST - 1_000 }), fc.array(fc.nat(999))))
  fc.assert(
    fc.property(times, (seconds) => {
      for (const time of seconds.flatMap(([start, offsets]) => [start, ...offsets.map((ms) => start + ms)])) {
        expect(scalars.DateTime.serialize(time)).toBe(new Date(time).toISOString())
      }
    }),
  )
})

test('what is no time is an error each time', () => {
  for (const wrong of [Number.NaN, undefined]) {
    expect(() => scalars.DateTime.serialize(wrong)).toThrow(RangeError)
    expect(() => scalars.DateTime.serialize(wrong)).toThrow(RangeError)
  }
})
