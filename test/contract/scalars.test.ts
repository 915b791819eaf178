import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scalars } from '../../src/graphql/scalars.ts'

/** As far from 1970 as dates go, in milliseconds. */
const LAST = 8.64e15

test('times are written as toISOString writes them, also many of one second', () => {
  const times = fc.array(fc.tuple(fc.integer({ min: -LAST, max: LAST - 1_000 }), fc.array(fc.nat(999))))
  fc.assert(
    fc.property(times, (seconds) => {
      for (const time of seconds.flatMap(([start, offsets]) => [start, ...offsets.map((ms) => start + ms)])) {
        expect(scalars.DateTime.serialize(time)).toBe(new Date(time).toISOString())
      }
    }),
  )
})

test('what is no time is an error each time', () => {
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, LAST + 1_000]) {
    expect(() => scalars.DateTime.serialize(wrong)).toThrow(RangeError)
    expect(() => scalars.DateTime.serialize(wrong)).toThrow(RangeError)
  }
})
