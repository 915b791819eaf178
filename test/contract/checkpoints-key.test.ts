import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checkpointKey } from '../../src/resume/checkpoint-key.ts'

describe('the key of a checkpoint', () => {
  const operationId = randomUUID()
  const question = { userId: 'ada', operationId, query: 'subscription { a }' }

  test('is the same for the same question, whether what is not said is null or missing', () => {
    expect(checkpointKey({ ...question, operationName: null, variables: null })).toEqual(checkpointKey(question))
  })

  test.each([
    ['user', { userId: 'bob' }],
    ['operation', { operationId: randomUUID() }],
    ['document', { query: 'subscription { b }' }],
    ['operation name', { operationName: 'A' }],
    ['variables', { variables: { a: 1 } }],
  ])('differs with the %s', (_, change) => {
    expect(checkpointKey({ ...question, ...change })?.hash).not.toBe(checkpointKey(question)?.hash)
  })

  test.each(['1', '', 'my-id', `${operationId}-1`])('does not exist for the id "%s"', (id) => {
    expect(checkpointKey({ ...question, operationId: id })).toBeUndefined()
  })
})
