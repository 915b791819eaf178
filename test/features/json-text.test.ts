import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_VALUES, parseFaithfulJson, shapeOfJson } from '../../src/lib/json-text.ts'
import { isExactNumber } from '../../src/lib/numbers.ts'

const MAX = Number.MAX_SAFE_INTEGER

function refused(message: RegExp) {
  return { code: 'BAD_USER_INPUT', message: expect.stringMatching(message) }
}

function refusalOf(text: string, place = {}): unknown {
  try {
    return { value: parseFaithfulJson(text, place) }
  } catch (error) {
    return error
  }
}

describe('a number', () => {
  test.each([
    ...['0', '-0', '0.0', '1', '1.0', '1.50', '-1', '1e3', '1E3', '1.5e-7', '0.1', '0.30', '5e-324', '100e-2'],
    ...[`${MAX}`, `-${MAX}`, `${MAX}.0`, '9007199254740.991e3', '3.141592653589793', '0.10000000000000001'],
    ...[
      '2.2250738585072014e-308',
      '0.1000000000000000055511151231257827021181583404541015625',
      `0.1${'0'.repeat(300)}`,
    ],
  ])('%s is taken', (text) => {
    expect(isExactNumber(text)).toBe(true)
    expect(parseFaithfulJson(`{"a":[${text}]}`)).toEqual({ a: [Number(text)] })
  })

  test.each([
    ...['9007199254740992', '9007199254740993', '-9007199254740993', '1234567890123456781', '1e16', '1e400', '-1e400'],
    ...['1e-400', '3e-324', '0.1000000000000000055', '9007199254740991.4', '1.00000000000000000001', '1e300'],
    ...['0.30000000000000001', `1${'0'.repeat(400)}`, `0.${'3'.repeat(200)}`, '123456789012345678901234567890e-20'],
  ])('%s is refused, wherever it stands', (text) => {
    expect(isExactNumber(text)).toBe(false)
    const shown = text.length > 40 ? text.slice(0, 40) : text
    expect(refusalOf(`{"a":{"b c":[true,${text}]}}`)).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/^a\["b c"\]\[1\] is .* send it as a string\.$/),
    })
    expect(refusalOf(text)).toMatchObject({ message: expect.stringContaining(`The JSON is ${shown}`) })
  })

  test('that JavaScript writes is taken if no integer beyond 2^53 - 1', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(isExactNumber(JSON.stringify(value))).toBe(Math.abs(value) <= MAX)
        expect(isExactNumber(value.toPrecision(17))).toBe(Math.abs(value) <= MAX)
      }),
    )
  })

  test('of any digits is taken only if it comes out with the same digits', () => {
    // Without zeros at the end: they say nothing.
    const digits = fc.stringMatching(/^[1-9](\d{0,23}[1-9])?$/)
    fc.assert(
      fc.property(digits, fc.integer({ min: -340, max: 5 }), (mantissa, exponent) => {
        if (!isExactNumber(`${mantissa}e${exponent}`)) return
        const [written = ''] = Number(`${mantissa}e${exponent}`)
          .toExponential(mantissa.length - 1)
          .split('e')
        expect(written.replace('.', '')).toBe(mantissa)
      }),
      { numRuns: 2_000 },
    )
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (integer) => {
        expect(isExactNumber(`${integer}`)).toBe(integer <= BigInt(MAX) && integer >= -BigInt(MAX))
      }),
    )
  })
})

describe('JSON', () => {
  test('arrives as JSON.parse reads it, or is refused for a number, a key or its depth', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const result = refusalOf(text)
        if (result instanceof Error) expect(result).toMatchObject(refused(/another number|there twice|nested deeper/))
        else expect(result).toEqual({ value: JSON.parse(text) })
      }),
      { numRuns: 1_000 },
    )
  })

  test('with the same key twice is refused, however it is written', () => {
    expect(refusalOf('{"a":{"id":1,"i\\u0064":2}}')).toMatchObject(refused(/^a\.id is there twice\.$/))
    expect(refusalOf('{"__proto__":1,"__proto__":2}')).toMatchObject(refused(/^__proto__ is there twice\.$/))
    expect(refusalOf('[{"a":1},{"a":2,"b":{"a":["a","a"]}}]')).toHaveProperty('value')
  })

  test('may have any key, also one that objects have by themselves', () => {
    const text = '{"__proto__":{"admin":true},"constructor":1,"a":{"__proto__":null}}'
    const value = parseFaithfulJson(text) as Record<string, unknown>
    expect(JSON.stringify(value)).toBe(text)
    expect(value['admin']).toBeUndefined()
  })

  test('is refused beyond 64 levels, without recursion', () => {
    const lists = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
    const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    expect(refusalOf(lists(64))).toHaveProperty('value')
    expect(refusalOf(objects(64))).toHaveProperty('value')
    expect(refusalOf(`[${`${lists(60)},`.repeat(100)}1]`)).toHaveProperty('value')
    for (const text of [lists(65), objects(65), lists(400_000), objects(400_000)]) {
      expect(refusalOf(text)).toMatchObject(refused(/^(a\.a|\[0\]\[0\]).*… is nested deeper than 64 levels\.$/))
    }
  })

  test('is looked at without being read, whether it is JSON or not', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: fc.constantFrom(...'[]{},:"\\a1') })), (text) => {
        const { values, depth } = shapeOfJson(text)
        let parsed: unknown
        try {
          parsed = JSON.parse(text)
        } catch {
          return
        }
        const inside = (value: unknown): readonly unknown[] =>
          typeof value === 'object' && value !== null ? Object.values(value) : []
        const count = (value: unknown): number => inside(value).reduce<number>((sum, one) => sum + count(one), 1)
        const deep = (value: unknown): number =>
          typeof value === 'object' && value !== null ? 1 + Math.max(0, ...inside(value).map(deep)) : 0
        // Keys that are there twice are one value only.
        expect(values).toBeGreaterThanOrEqual(Math.floor(count(parsed) / 2))
        expect(depth).toBeGreaterThanOrEqual(deep(parsed))
      }),
      { numRuns: 2_000 },
    )
    expect(shapeOfJson(`["[[[", "\\"[", {"a": [1, "b"]}]`)).toEqual({ values: 7, objects: 3, depth: 3 })
    for (const text of ['"', '"\\"', '["a', '']) expect(shapeOfJson(text).depth).toBeLessThanOrEqual(1)
  })

  test('is refused with more than 100,000 values, and for its depth also when it is no JSON', () => {
    const few = `[${'0,'.repeat(MAX_VALUES - 5)}0]`
    expect(refusalOf(few)).toHaveProperty('value')
    for (const text of [few.replace('[', '[0,0,'), `[${'{},'.repeat(300_000)}0]`, '[0,'.repeat(60_000)])
      expect(refusalOf(text)).toMatchObject(refused(/(more than 100000 values|nested deeper than 64 levels)/))
    const text = '{"\\x": '.repeat(20_000)
    expect(refusalOf(text)).toMatchObject(refused(/nested deeper than 64 levels/))
    expect(refusalOf(`["${','.repeat(200_000)}"]`)).toHaveProperty('value')
  })

  test('names values by the path that the sender knows', () => {
    expect(refusalOf('{"payload":{"variables":{"id":1e99}}}', { skip: 1 })).toMatchObject(refused(/^variables\.id is /))
    expect(refusalOf('{"id":1e99}', { within: 'variables' })).toMatchObject(refused(/^variables\.id is /))
    expect(refusalOf('[1e99]', { within: '--data' })).toMatchObject(refused(/^--data\[0\] is /))
  })

  test('with brackets, quotes and backslashes in its texts is read rightly', () => {
    const value = { '[{"\\': ['\\"[[[[{', '\\\\', '"', '9007199254740993', 'a\\'], '': { '': '}' } }
    expect(parseFaithfulJson(JSON.stringify(value))).toEqual(value)
  })
})
