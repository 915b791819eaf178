import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { charge, createRate, take, waitFor } from '../../src/lib/rate.ts'
import { createRates } from '../../src/lib/rates.ts'
import { createManualClock } from '../support/clock.ts'

describe('a rate', () => {
  test('has enough after the wait that it told, whatever was taken before', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1_000, noNaN: true }),
        fc.array(fc.record({ cost: fc.double({ min: 0.01, max: 50, noNaN: true }), pauseMs: fc.nat(3_000) }), {
          maxLength: 20,
        }),
        (perSecond, steps) => {
          let now = 0
          const rate = createRate(perSecond, now, Math.max(50, perSecond))
          for (const { cost, pauseMs } of steps) {
            now += pauseMs
            const waitMs = take(rate, now, cost)
            if (waitMs === 0) continue
            now += waitMs
            expect(take(rate, now, cost)).toBe(0)
          }
        },
      ),
    )
  })

  test('says that a cost beyond the burst never fits, and takes nothing', () => {
    const rate = createRate(10, 0, 20)
    expect(take(rate, 0, 21)).toBe(Number.POSITIVE_INFINITY)
    expect(take(rate, 0, 20)).toBe(0)
  })

  test('is owed a burst at most', () => {
    const rate = createRate(10, 0, 20)
    for (let n = 0; n < 10; n += 1) charge(rate, 0, 20)
    expect(waitFor(rate, 0)).toBe(2_100)
    expect(waitFor(rate, 2_100)).toBe(0)
  })
})

describe('the rates of many keys', () => {
  const open = () => {
    const clock = createManualClock()
    return { clock, rates: createRates({ clock, perSecond: 10, burst: 20 }) }
  }

  test('are apart', () => {
    const { rates } = open()
    expect(rates.take('ann', 20)).toBe(0)
    expect(rates.take('ann')).toBe(100)
    expect(rates.take('bob', 20)).toBe(0)
  })

  test('forget nobody who has used something up, however many keys come', () => {
    const { rates } = open()
    rates.take('ann', 20)
    for (let n = 0; n < 10_000; n += 1) rates.take(`key-${n}`)
    expect(rates.take('ann')).toBeGreaterThan(0)
  })

  test('forget those that are full again', () => {
    const { clock, rates } = open()
    for (let n = 0; n < 1_000; n += 1) rates.take(`key-${n}`)
    clock.advance(2_000)
    for (let n = 0; n < 1_000; n += 1) rates.take(`other-${n}`)
    expect(rates.size).toBe(1_000)
  })

  test('are owed for what was done already, and keep nothing for being asked', () => {
    const { rates } = open()
    rates.charge('ann', 30)
    expect(rates.waitMs('ann')).toBe(1_100)
    expect(rates.waitMs('bob')).toBe(0)
    expect(rates.size).toBe(1)
  })
})
