import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse, print, visit } from 'graphql'
import { describe, expect, test } from 'vitest'
import { readTypeDefs } from '../../src/graphql/schema.ts'
import { compareSchemas, faultsOf, type Reasons } from '../schema/changes.ts'

const folder = resolve(import.meta.dirname, '../../schema/released')
const released = readFileSync(resolve(folder, 'schema.graphql'), 'utf8')
const reasons = JSON.parse(readFileSync(resolve(folder, 'breaking.json'), 'utf8')) as Reasons

/** A schema of which the current one differs in one place. */
const BEFORE = `
  enum Access { PUBLIC USER STAFF BACKEND }
  directive @auth(requires: Access!) on FIELD_DEFINITION
  enum Kind { A B }
  type Query { me(full: Boolean): Person  all: [Person!]! @auth(requires: STAFF) }
  type Person { id: ID!  name: String }
`

function changed(from: string, to: string) {
  expect(BEFORE).toContain(from)
  return compareSchemas(BEFORE, BEFORE.replace(from, to))
}

describe('the schema beside that of the last release', () => {
  test('breaks nothing without a reason', () => {
    expect(faultsOf(compareSchemas(released, readTypeDefs().join('\n')), reasons)).toEqual([])
  })

  test.each(['unreadCount', 'markAllAsRead', 'ticketPresence', 'isCapped'])('that lacks %s fails the check', (name) => {
    const less = visit(parse(released), { FieldDefinition: (field) => (field.name.value === name ? null : undefined) })
    const faults = faultsOf(compareSchemas(released, print(less)), {})
    expect(faults.join('\n')).toMatch(new RegExp(`^without a reason: \\w+\\.${name} was removed\\.$`, 'm'))
  })
})

describe('the check of a schema', () => {
  test.each([
    ['a field that is gone', 'name: String', '', 'Person.name was removed.'],
    ['a field that can be null now', 'id: ID!', 'id: ID', 'Person.id changed type from ID! to ID.'],
    ['an argument that must be given', 'full: Boolean', 'full: Boolean!', 'arg full has changed type'],
    ['a value that is gone', 'A B', 'A', 'B was removed from enum type Kind.'],
    [
      'a field for fewer people',
      'requires: STAFF',
      'requires: BACKEND',
      'Query.all requires BACKEND instead of STAFF.',
    ],
    [
      'a field that is no longer for all',
      'me(full: Boolean): Person',
      'me(full: Boolean): Person @auth(requires: STAFF)',
      'Query.me requires STAFF instead of USER.',
    ],
  ])('fails for %s, unless there is a reason', (_, from, to, sentence) => {
    const changes = changed(from, to)
    const [fault] = faultsOf(changes, {})
    expect(fault).toContain(sentence)
    expect(faultsOf(changes, { [changes.breaking[0]!]: 'It was wrong.' })).toEqual([])
    expect(faultsOf(changes, { [changes.breaking[0]!]: ' ' })).toHaveLength(1)
  })

  test('fails for a reason that is given for nothing', () => {
    expect(faultsOf(compareSchemas(BEFORE, BEFORE), { 'Person.age was removed.': 'Nobody asked.' })).toEqual([
      'a reason for no change: Person.age was removed.',
    ])
  })

  test.each([
    ['a field more', 'name: String', 'name: String  age: Int', []],
    ['a field for more people', 'requires: STAFF', 'requires: USER', []],
    ['a value more, which may surprise clients', 'A B', 'A B C', ['C was added to enum type Kind.']],
    [
      'an argument more, which may surprise',
      'full: Boolean',
      'full: Boolean, at: Int',
      ['An optional arg at on Query.me was added.'],
    ],
  ])('passes for %s', (_, from, to, dangerous) => {
    const changes = changed(from, to)
    expect(faultsOf(changes, {})).toEqual([])
    expect(changes.dangerous).toEqual(dangerous)
  })
})
