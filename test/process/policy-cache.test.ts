import { buildSchema, type GraphQLError } from 'graphql'
import { expect, test } from 'vitest'
import type { PreparedDocument } from '../../src/graphql/document-cache.ts'
import { createPolicy, isRefused } from '../../src/graphql/policy.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { heldBytes } from '../support/memory.ts'

const schema = buildSchema('type Query { hello: String, echo(text: String): String }')

function openPolicy(documentCacheBytes = DEFAULT_LIMITS.documentCacheBytes) {
  const policy = createPolicy({ schema, limits: { ...DEFAULT_LIMITS, documentCacheBytes }, introspection: true })
  const prepare = (text: string): PreparedDocument => {
    const prepared = policy.prepare(text)
    if (isRefused(prepared)) throw prepared.errors[0]
    return prepared
  }
  const keep = (text: string) => policy.keep(prepare(text))
  const errorsOf = (text: string): readonly GraphQLError[] => {
    const prepared = policy.prepare(text)
    return isRefused(prepared) ? prepared.errors : []
  }
  return { policy, prepare, keep, errorsOf }
}

test('reads and checks a document once that somebody known uses', () => {
  const { prepare, keep } = openPolicy()
  const kept = keep('{ hello }')
  expect(prepare('{ hello }')).toBe(kept)
  expect(kept).toMatchObject({ text: '{ hello }', document: { kind: 'Document' } })
  expect(kept.document.loc).toBeUndefined()
})

test('keeps no document that nobody known has used', () => {
  const { prepare } = openPolicy()
  expect(prepare('{ hello }')).not.toBe(prepare('{ hello }'))
})

test('has one document for all who use the same text, also when it was read twice before it was kept', () => {
  const { policy, prepare } = openPolicy()
  const [one, other] = [prepare('{ hello }'), prepare('{ hello }')]
  expect(policy.keep(one)).toBe(one)
  expect(policy.keep(other)).toBe(one)
  expect(other.digest).toBe(one.digest)
  expect(prepare('{ hello  }').digest).not.toBe(one.digest)
})

test('says where a document is wrong, and does not keep it', () => {
  const { errorsOf } = openPolicy()
  expect(errorsOf('{ hello')[0]?.locations).toEqual([{ line: 1, column: 8 }])
  expect(errorsOf('{\n  nothing\n}')[0]?.locations).toEqual([{ line: 2, column: 3 }])
  expect(errorsOf('{ hello }')).toEqual([])
})

test('forgets what was not used for the longest time', () => {
  const { prepare, keep } = openPolicy(50_000)
  const used = keep('query Used { hello }')
  const unused = keep('query Unused { hello }')
  for (let n = 0; n < 100; n += 1) {
    keep(`query Q${n} { hello }`)
    expect(prepare('query Used { hello }')).toBe(used)
  }
  expect(prepare('query Unused { hello }')).not.toBe(unused)
})

test('keeps no document that would take much of the room', () => {
  const { prepare, keep } = openPolicy(50_000)
  const text = `{ hello } # ${'x'.repeat(20_000)}`
  expect(keep(text)).not.toBe(prepare(text))
})

/** About 3 KB, as dear as documents get: names in place of long texts. */
function largeDocument(n: number): string {
  return `query Q${n} { ${Array.from({ length: 130 }, (_, at) => `echo(text: "${n}")${at === 0 ? '' : ' hello'}`).join(' ')} }`
}

test('takes no more memory than it may, however many documents there are', () => {
  const { keep } = openPolicy(4_000_000)
  for (let n = 0; n < 20; n += 1) keep(largeDocument(n))
  const before = heldBytes()
  for (let n = 100; n < 700; n += 1) keep(largeDocument(n))
  expect(heldBytes() - before).toBeLessThan(4_000_000)
})
