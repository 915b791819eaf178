import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTime, writeTime } from '../../src/lib/time.ts'

const FIRST = Date.parse('0000-01-01T00:00:00.000Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')

test.each([
  ['2026-03-14T09:26:53.589Z', '2026-03-14T09:26:53.589Z'],
  ['2026-03-14T09:26:53Z', '2026-03-14T09:26:53.000Z'],
  ['2026-03-14T09:26:53.5Z', '2026-03-14T09:26:53.500Z'],
  ['2026-03-14T09:26:53.589000000Z', '2026-03-14T09:26:53.589Z'],
  ['2026-03-14T09:26:53+05:30', '2026-03-14T03:56:53.000Z'],
  ['2026-03-14T00:26:53-23:59', '2026-03-15T00:25:53.000Z'],
  ['2026-03-14T09:26:53-00:00', '2026-03-14T09:26:53.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
  ['0000-02-29T00:00:00Z', '0000-02-29T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ['1969-12-31T23:59:59.001Z', '1969-12-31T23:59:59.001Z'],
])('%s is the moment %s', (text, moment) => {
  const time = parseTime(text)
  expect(time).toBe(Date.parse(moment))
  expect(writeTime(time ?? Number.NaN)).toBe(moment)
})

test.each([
  ...[
    '2027-02-30T00:00:00Z',
    '2027-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-11-31T00:00:00Z',
    '2026-04-31T00:00:00Z',
  ],
  ...['2026-13-01T00:00:00Z', '2026-00-01T00:00:00Z', '2026-01-00T00:00:00Z', '2026-01-32T00:00:00Z'],
  ...['2026-01-01T24:00:00Z', '2026-01-01T23:60:00Z', '2026-06-30T23:59:60Z', '2026-01-01T00:00:61Z'],
  ...[
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+25:00',
    '2026-01-01T00:00:00+01:60',
    '2026-01-01T00:00:00+0100',
  ],
  ...[
    '2026-01-01T00:00:00',
    '2026-01-01',
    '2026-01-01T00:00Z',
    '2026-01-01 00:00:00Z',
    '20260101T000000Z',
    '2026-1-1T00:00:00Z',
  ],
  ...[
    '2026-01-01t00:00:00Z',
    '2026-01-01T00:00:00z',
    '+010000-01-01T00:00:00Z',
    '10000-01-01T00:00:00Z',
    '-000001-01-01T00:00:00Z',
  ],
  ...['9999-12-31T23:59:59-00:01', '0000-01-01T00:00:00+00:01', '2026-01-01T00:00:00.Z', '2026-01-01T00:00:00,5Z'],
  ...['2026-01-01T00:00:00.1234Z', '2026-01-01T00:00:00.123456Z', '2026-01-01T00:00:00.0000000001Z'],
  ...[
    '',
    ' 2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
    '1767225600000',
    'Thu, 01 Jan 2026 00:00:00 GMT',
    '２０２６-01-01T00:00:00Z',
  ],
])('%j is no moment', (text) => {
  expect(parseTime(text)).toBeUndefined()
})

test('every moment of the years 0 to 9999 is read as it is written', () => {
  fc.assert(
    fc.property(fc.integer({ min: FIRST, max: LAST }), (time) => {
      const text = writeTime(time)
      expect(text).toBe(new Date(time).toISOString())
      expect(parseTime(text)).toBe(time)
    }),
  )
})

test('of any numbers a moment is made only when they are those of a moment', () => {
  const two = fc.integer({ min: 0, max: 99 }).map((n) => `${n}`.padStart(2, '0'))
  const parts = fc.tuple(fc.integer({ min: 0, max: 9_999 }), two, two, two, two, two)
  fc.assert(
    fc.property(parts, ([year, month, day, hour, minute, s]) => {
      const text = `${`${year}`.padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${s}.000Z`
      const date = new Date(0)
      date.setUTCFullYear(year, Number(month) - 1, Number(day))
      date.setUTCHours(Number(hour), Number(minute), Number(s))
      expect(parseTime(text)).toBe(date.toISOString() === text ? date.getTime() : undefined)
    }),
    { numRuns: 5_000 },
  )
})

test('what lies beyond is written as the first or the last moment, and what is no number is an error', () => {
  expect([writeTime(LAST + 1), writeTime(8.64e15), writeTime(1e300)]).toEqual(Array(3).fill('9999-12-31T23:59:59.999Z'))
  expect(writeTime(FIRST - 1)).toBe('0000-01-01T00:00:00.000Z')
  for (let n = 0; n < 2; n++) expect(() => writeTime(Number.NaN)).toThrow(RangeError)
})
