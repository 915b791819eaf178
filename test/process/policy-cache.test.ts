import { buildSchema } from 'graphql'
import { expect, test } from 'vitest'
import { createPolicy } from '../../src/graphql/policy.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'

const openPolicy = () =>
  createPolicy({ schema: buildSchema('type Query { hello: String }'), limits: DEFAULT_LIMITS, introspection: true })

test('reads and checks a right document once', () => {
  const policy = openPolicy()
  const document = policy.parse('{ hello }')
  expect(policy.validate(document)).toEqual([])
  expect(policy.parse('{ hello }')).toBe(document)
})

test('remembers no document that is wrong, or long', () => {
  const policy = openPolicy()
  const wrong = policy.parse('{ nothing }')
  expect(policy.validate(wrong)).toHaveLength(1)
  expect(policy.parse('{ nothing }')).not.toBe(wrong)
  const text = `{ hello } # ${'x'.repeat(20_000)}`
  const long = policy.parse(text)
  expect(policy.validate(long)).toEqual([])
  expect(policy.parse(text)).not.toBe(long)
})

test('forgets what was not used for the longest time', () => {
  const policy = openPolicy()
  const remember = (text: string) => {
    const document = policy.parse(text)
    policy.validate(document)
    return document
  }
  const used = remember('query Used { hello }')
  const unused = remember('query Unused { hello }')
  for (let n = 0; n < 999; n += 1) {
    remember(`query Q${n} { hello }`)
    expect(policy.parse('query Used { hello }')).toBe(used)
  }
  expect(policy.parse('query Unused { hello }')).not.toBe(unused)
})
