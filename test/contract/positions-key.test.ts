import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { positionKey } from '../../src/delivery/positions.ts'

describe('the key of a position', () => {
  const operationId = randomUUID()
  const question = { userId: 'ada', operationId, query: 'subscription { a }' }

  test('is the same for the same question, whether what is not said is null or missing', () => {
    expect(positionKey({ ...question, operationName: null, variables: null })).toEqual(positionKey(question))
  })

  test.each([
    ['user', { userId: 'bob' }],
    ['operation', { operationId: randomUUID() }],
    ['document', { query: 'subscription { b }' }],
    ['operation name', { operationName: 'A' }],
    ['variables', { variables: { a: 1 } }],
  ])('differs with the %s', (_, change) => {
    expect(positionKey({ ...question, ...change })?.hash).not.toBe(positionKey(question)?.hash)
  })

  test.each(['1', '', 'my-id', `${operationId}-1`])('does not exist for the id "%s"', (id) => {
    expect(positionKey({ ...question, operationId: id })).toBeUndefined()
  })
})
