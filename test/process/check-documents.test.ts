import { expect, test } from 'vitest'
import { herald } from '../support/command-line.ts'
import { apolloManifest, presetMap, sha256, trustedFile } from '../support/trusted.ts'

const ME = 'query Me { me { __typename id } }'
const ADDED = 'subscription Added { notificationAdded { id title } }'
const GONE = 'query Gone { me { id age } }'
const HINT = /For Apollo Client, whose cache needs it/

test('says of a file of each tool that all can be executed', async () => {
  const preset = await herald(['check-documents', trustedFile(presetMap([ME, ADDED]))])
  expect(preset).toMatchObject({ code: 0, stderr: '' })
  expect(preset.stdout).toMatch(/trusted\.json \(map\): 2 documents, all can be executed\.\n$/)
  const withoutTypename = await herald(['check-documents', trustedFile(presetMap([ADDED]))])
  expect(withoutTypename.stdout).toMatch(HINT)
  const apollo = await herald(['check-documents', trustedFile(apolloManifest([ADDED]))])
  expect(apollo.stdout).toMatch(/\(apollo manifest\): 1 document, all can be executed\.\n$/)
  const relay = await herald(['check-documents', trustedFile({ '0123456789abcdef0123456789abcdef': ME })])
  expect(relay).toMatchObject({ code: 0, stderr: '' })
})

test('names every document that cannot be executed, and warns of wrong hashes', async () => {
  const file = trustedFile({ [sha256(ME)]: GONE, two: 'subscription Torn {' })
  const { code, stdout, stderr } = await herald(['check-documents', file], { NODE_ENV: 'production' })
  expect(code).toBe(1)
  expect(stdout).toBe(`warning: Gone (${sha256(ME)}): the id is not the SHA-256 of the text.\n`)
  expect(stderr).toContain(
    `Gone (${sha256(ME)}): Cannot query field "age" on type "Actor". Did you mean "name"? (line 1, column 22)`,
  )
  expect(stderr).toContain('Torn (two): Syntax Error: Expected Name, found <EOF>. (line 1, column 20)')
})

test('names a document that costs too much whatever its variables are', async () => {
  const DEAR = 'query Dear { notifications(first: 50) { nodes { id } } }'
  const page = 'query Page($first: Int!) { notifications(first: $first) { nodes { id } } }'
  const maybe = 'query Maybe($all: Boolean!) { notifications(first: 50) @include(if: $all) { nodes { id } } }'
  const limit = { MAX_OPERATION_COST: '40' }
  const { code, stderr } = await herald(['check-documents', trustedFile(presetMap([ME, DEAR, page, maybe]))], limit)
  expect(code).toBe(1)
  expect(stderr).toContain(`Dear (sha256:${sha256(DEAR)}): it costs 55, at most 40 is allowed (MAX_OPERATION_COST).`)
  expect(stderr).not.toMatch(/Me|Page|Maybe/)
})

test('says what is wrong with a file, and a start ends with that', async () => {
  const files = [
    ['/nowhere/at/all.json', 'cannot be read (ENOENT).'],
    [trustedFile('{'), 'is no JSON.'],
    [trustedFile([ME]), 'has no trusted documents.'],
  ] as const
  for (const [file, reason] of files) {
    const { code, stderr } = await herald(['check-documents', file])
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${file} ${reason}`)])
    const start = await herald(['start'], { TRUSTED_DOCUMENTS: file, PORT: '0' })
    expect([start.code, start.stderr]).toEqual([1, expect.stringContaining(`TRUSTED_DOCUMENTS: ${file} ${reason}`)])
  }
})

test('a start ends with the names of documents that cannot be executed', async () => {
  const file = trustedFile(presetMap([ME, GONE]))
  const env = { TRUSTED_DOCUMENTS: file, PORT: '0', DATA_DIR: trustedFile('').replace('/trusted.json', '/data') }
  const { code, stderr } = await herald(['start'], env)
  expect(code).toBe(1)
  expect(stderr).toContain(`Gone (sha256:${sha256(GONE)}): Cannot query field "age"`)
  expect(stderr).not.toContain('    at ')
})

test('roles that may use nothing else need a list', async () => {
  const { code, stderr } = await herald(['start'], { TRUSTED_ONLY: 'customer', PORT: '0' })
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('TRUSTED_ONLY is set, and there are no trusted documents.'),
  ])
  const wrong = await herald(['start'], { TRUSTED_ONLY: 'customers', TRUSTED_DOCUMENTS: trustedFile({}) })
  expect(wrong.stderr).toContain('TRUSTED_ONLY must be one or more of customer, agent, admin, backend')
})
