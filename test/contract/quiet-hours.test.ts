import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadTimeZones, type QuietHours, WEEKDAYS } from '../../src/lib/quiet-hours.ts'
import { changesOf, MINUTE_MS, windowsOf, ZONES } from '../support/local-time.ts'
import type { QuietMinutes } from '../support/quiet-minutes.ts'

const { quietUntil, isTimeZone } = await loadTimeZones()
const HALF_DAY = 12 * 60 * MINUTE_MS

function hoursIn(timeZone: string, from: string, to: string): QuietHours {
  return { from, to, timeZone, days: WEEKDAYS }
}

/** All changes of clocks in 2026, by zone. */
const CHANGES = ZONES.flatMap((timeZone) => changesOf(timeZone, 2026).map((change) => ({ timeZone, change })))

/** When quiet hours end, as `Intl` tells it: the latest of the windows in which the moment is. */
function expectedEnd(hours: QuietHours, at: number): number | undefined {
  const inside = windowsOf(hours, at, at + 1).filter(({ start, end }) => start <= at && at < end)
  return inside.length === 0 ? undefined : Math.max(...inside.map(({ end }) => end))
}

describe('quiet hours where clocks change', () => {
  test('there are 20 zones, and each changes at least twice', () => {
    expect(ZONES).toHaveLength(20)
    for (const zone of ZONES) {
      expect(CHANGES.filter(({ timeZone }) => timeZone === zone).length, zone).toBeGreaterThanOrEqual(2)
    }
  })

  test.each([
    ['22:00', '07:00', 8],
    ['00:00', '03:00', 4],
  ])('begin once and end once, and last as long as the time between, from %s to %s', (from, to, around) => {
    for (const { timeZone, change } of CHANGES) {
      const hours = hoursIn(timeZone, from, to)
      const [begin, end] = [change - around * 60 * MINUTE_MS, change + around * 60 * MINUTE_MS]
      const windows = windowsOf(hours, begin, end)
      const isQuiet = (at: number): boolean => quietUntil(hours, at) !== undefined
      let [minutes, edges, was] = [0, 0, isQuiet(begin - MINUTE_MS)]
      for (let at = begin; at < end; at += MINUTE_MS) {
        const is = isQuiet(at)
        if (is) minutes += 1
        if (is !== was) edges += 1
        was = is
      }
      const inside = (at: number): number => (at >= begin && at < end ? 1 : 0)
      const where = `${timeZone} ${new Date(change).toISOString()}`
      const lengths = windows.map(({ start, end: over }) => Math.min(over, end) - Math.max(start, begin))
      expect(minutes * MINUTE_MS, where).toBe(lengths.reduce((sum, length) => sum + length, 0))
      expect(edges, where).toBe(windows.reduce((sum, { start, end: over }) => sum + inside(start) + inside(over), 0))
    }
  })

  test('end at the same moment for whoever asks within them, whatever hours these are', () => {
    const minute = fc.integer({ min: -240, max: 240 })
    const property = fc.property(
      fc.constantFrom(...CHANGES),
      fc.tuple(minute, minute, minute),
      fc.subarray([...WEEKDAYS], { minLength: 1 }),
      ({ timeZone, change }, [one, other, asked], days) => {
        const clock = (count: number): string =>
          new Intl.DateTimeFormat('en', { timeZone, timeStyle: 'short', hourCycle: 'h23' }).format(
            change + count * MINUTE_MS,
          )
        const hours = { from: clock(one), to: clock(other), timeZone, days }
        fc.pre(hours.from !== hours.to)
        const moments = windowsOf(hours, change - HALF_DAY, change + HALF_DAY)
          .flatMap(({ start, end }) => [start - 1, start, end - 1, end])
          .concat(change + asked * MINUTE_MS)
        for (const at of moments) expect(quietUntil(hours, at)).toBe(expectedEnd(hours, at))
      },
    )
    fc.assert(property, { numRuns: 1_000 })
  })

  test('are the same in whichever time zone the process is', async () => {
    const script = resolve(import.meta.dirname, '../support/quiet-minutes.ts')
    const runs = ['UTC', 'Europe/Berlin', 'America/New_York'].map(async (TZ) => {
      const { stdout } = await promisify(execFile)(process.execPath, [script], { env: { ...process.env, TZ } })
      return JSON.parse(stdout) as QuietMinutes
    })
    const [first, ...others] = await Promise.all(runs)
    expect(first?.quiet).toBeGreaterThan(1_000)
    expect(new Set([first, ...others].map((run) => run?.local)).size).toBe(3)
    for (const { hash } of others) expect(hash).toBe(first?.hash)
  })
})

describe('quiet hours', () => {
  const at = (text: string): number => Date.parse(text)

  test('in Berlin take an hour less in March, and an hour more in October', () => {
    const hours = hoursIn('Europe/Berlin', '22:00', '07:00')
    expect(quietUntil(hours, at('2026-03-28T21:00:00Z'))).toBe(at('2026-03-29T05:00:00Z'))
    expect(quietUntil(hours, at('2026-10-24T20:00:00Z'))).toBe(at('2026-10-25T06:00:00Z'))
    expect(quietUntil(hours, at('2026-10-25T06:00:00Z'))).toBeUndefined()
    expect(quietUntil(hours, at('2026-10-24T19:59:59.999Z'))).toBeUndefined()
  })

  test('begin on their days, and end on the next one', () => {
    const hours = { ...hoursIn('UTC', '22:00', '07:00'), days: ['SATURDAY' as const] }
    expect(quietUntil(hours, at('2026-10-25T06:00:00Z'))).toBe(at('2026-10-25T07:00:00Z'))
    expect(quietUntil(hours, at('2026-10-24T06:00:00Z'))).toBeUndefined()
    expect(quietUntil(hours, at('2026-10-25T23:00:00Z'))).toBeUndefined()
    expect(quietUntil(hoursIn('UTC', '09:00', '17:00'), at('2026-10-25T12:00:00Z'))).toBe(at('2026-10-25T17:00:00Z'))
  })

  test('of two days can overlap over a change: then they are asked for again at the end', () => {
    const hours = hoursIn('Europe/Berlin', '03:00', '02:59')
    const end = at('2026-03-29T01:59:00Z')
    expect(quietUntil(hours, at('2026-03-29T00:30:00Z'))).toBe(end)
    expect(quietUntil(hours, end)).toBe(at('2026-03-30T00:59:00Z'))
  })

  test('go over a day that a zone leaves out', () => {
    const hours = hoursIn('Pacific/Apia', '22:00', '07:00')
    expect(quietUntil(hours, at('2011-12-30T10:30:00Z'))).toBe(at('2011-12-30T17:00:00Z'))
  })

  test('are in a zone that has a name, and in none that this machine does not know', () => {
    const names = ['Europe/Berlin', 'Europe/Kiev', 'US/Pacific', 'EST', 'UTC', 'Etc/GMT+2', 'America/Port-au-Prince']
    expect(names.filter((name) => !isTimeZone(name))).toEqual([])
    const others = ['+02:00', '-0500', 'Z', '', 'Nowhere/Here', '2026-01-01T00:00Z', '2026-01-01[Europe/Berlin]']
    expect([...others, 'UTC+1', ' UTC', 'Europe/Berlin\n'].filter(isTimeZone)).toEqual([])
    expect(quietUntil(hoursIn('Nowhere/Here', '00:00', '23:59'), 0)).toBeUndefined()
  })
})
