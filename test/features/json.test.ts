import { expect, test } from 'vitest'
import { canonicalJson } from '../../src/lib/json.ts'

test('equal values have one text, in whichever order their fields were given', () => {
  const text = canonicalJson({ a: 1, b: [{ c: null, d: 'x' }] })
  expect(canonicalJson({ b: [{ d: 'x', c: null }], a: 1 })).toBe(text)
  expect(canonicalJson({ a: 1, b: [{ c: null, d: 'x' }], e: undefined })).toBe(text)
})

test('different values have different texts, also an object and the list of its fields', () => {
  expect(canonicalJson({ a: 1 })).not.toBe(canonicalJson([['a', 1]]))
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]))
})
