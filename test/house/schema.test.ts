import {
  buildSchema,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { readTypeDefs } from '../../src/graphql/schema.ts'
import { describeFaults } from '../support/schema-faults.ts'

const schema = buildSchema(readTypeDefs().join('\n'))
const own = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)

function typesThat<Type extends GraphQLNamedType>(is: (type: GraphQLNamedType) => type is Type): Type[] {
  return own.filter(is)
}

describe('the schema', () => {
  test('describes everything and follows the naming conventions of the field', () => {
    expect(describeFaults(schema)).toEqual([])
  })

  test('is read whole', () => {
    expect(typesThat(isObjectType).length).toBeGreaterThan(30)
    expect(typesThat(isInputObjectType).length).toBeGreaterThan(5)
    expect(typesThat(isEnumType).length).toBeGreaterThan(7)
  })

  test.each([
    ['an undescribed type', 'type Query { "A." a: Int }', 'Query has no description'],
    ['an undescribed field', '"Q." type Query { a: Int }', 'Query.a has no description'],
    ['an undescribed argument', '"Q." type Query { "A." a(b: Int): Int }', 'Query.a(b:) has no description'],
    ['an undescribed enum value', '"Q." type Query { "A." a: E } "E." enum E { X }', 'E.X has no description'],
    ['a field in snake case', '"Q." type Query { "A." a_b: Int }', 'Query.a_b is not camelCase'],
    ['a type in lower case', '"Q." type Query { "A." a: b } "B." type b { "C." c: Int }', 'b is not PascalCase'],
    ['an enum value in lower case', '"Q." type Query { "A." a: E } "E." enum E { "X." x }', 'E.x is not UPPER_CASE'],
    [
      'an input without the suffix',
      '"Q." type Query { "A." a("B." b: In): Int } "I." input In { "X." x: Int }',
      'In is an input and must end in Input, Filter or Order',
    ],
    [
      'a connection without pageInfo',
      '"Q." type Query { "A." a: AConnection } "C." type AConnection { "E." edges: [Int!]! }',
      'AConnection has no pageInfo',
    ],
  ])('with %s fails the check', (_, sdl, fault) => {
    expect(describeFaults(buildSchema(sdl))).toContain(fault)
  })
})
