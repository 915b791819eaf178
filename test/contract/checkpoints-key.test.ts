import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checkpointKey } from '../../src/resume/checkpoint-key.ts'

describe('the key of a checkpoint', () => {
  const operationId = randomUUID()
  const subscription = { userId: 'ada', operationId, query: 'subscription { a }' }

  test('is the same for the same subscription, whether what is not said is null or missing', () => {
    expect(checkpointKey({ ...subscription, operationName: null, variables: null })).toEqual(
      checkpointKey(subscription),
    )
  })

  test.each([
    ['user', { userId: 'bob' }],
    ['operation', { operationId: randomUUID() }],
    ['document', { query: 'subscription { b }' }],
    ['operation name', { operationName: 'A' }],
    ['variables', { variables: { a: 1 } }],
  ])('differs with the %s', (_, change) => {
    expect(checkpointKey({ ...subscription, ...change })?.hash).not.toBe(checkpointKey(subscription)?.hash)
  })

  test.each(['1', '', 'my-id', `${operationId}-1`])('does not exist for the id "%s"', (id) => {
    expect(checkpointKey({ ...subscription, operationId: id })).toBeUndefined()
  })
})
