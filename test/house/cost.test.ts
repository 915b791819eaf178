import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { readTypeDefs } from '../../src/graphql/schema.ts'
import { costFaults } from '../support/cost-faults.ts'

describe('the schema', () => {
  test('says of every list, page, object and operation what it costs', () => {
    expect(costFaults(buildSchema(readTypeDefs().join('\n')))).toEqual([])
  })
})

const DIRECTIVES = `
  directive @cost(weight: String!) on ARGUMENT_DEFINITION | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]) on FIELD_DEFINITION
`

describe('a schema fails the check', () => {
  test.each<[title: string, sdl: string, fault: string]>([
    ['with an object', 'type Query { a: A @cost(weight: "1") } type A { b: B } type B { c: Int }', 'A.b has no @cost'],
    ['with an operation', 'type Query { a: Int }', 'Query.a has no @cost'],
    ['with a list', 'type Query { a: [Int!]! @cost(weight: "1") }', 'Query.a is a list without @listSize'],
    [
      'with a page',
      'type Query { a: AConnection @cost(weight: "1") } type AConnection { nodes: [Int] }',
      'Query.a is a page without @listSize',
    ],
    [
      'with a page of which not every list is sized',
      'type Query { a: AConnection @cost(weight: "1") @listSize(slicingArguments: ["n"], sizedFields: ["nodes"]) } type AConnection { nodes: [Int] edges: [Int] }',
      'AConnection.edges is a list without @listSize',
    ],
    [
      'with a size that is another argument',
      'type Query { a(first: Int): [Int] @cost(weight: "1") @listSize(slicingArguments: ["last"]) }',
      'Query.a has no argument last',
    ],
    [
      'with a size that need not be given',
      'type Query { a(first: Int): [Int] @cost(weight: "1") @listSize(slicingArguments: ["first"]) }',
      'Query.a needs an assumedSize: first can be left out',
    ],
    [
      'with a sized field that is none',
      'type Query { a: A @cost(weight: "1") @listSize(assumedSize: 1, sizedFields: ["b"]) } type A { c: Int }',
      'Query.a has no field b',
    ],
    [
      'with a list to send',
      'type Query { a(ids: [ID!]): Int @cost(weight: "1") }',
      'Query.a(ids:) is a list without @cost',
    ],
    [
      'with a list to send in an input',
      'type Query { a(input: I): Int @cost(weight: "1") } input I { ids: [ID!] }',
      'I.ids is a list without @cost',
    ],
    ['with a weight that is no number', 'type Query { a: Int @cost(weight: "one") }', 'Query.a costs "one"'],
  ])('%s', (_, sdl, fault) => {
    expect(costFaults(buildSchema(DIRECTIVES + sdl))).toContain(fault)
  })
})
