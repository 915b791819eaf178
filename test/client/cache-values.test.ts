import { isInterfaceType, isObjectType } from 'graphql'
import { expect, test } from 'vitest'
import { KEYS, POSSIBLE_TYPES, SINGLE, VALUES } from '../../packages/client/src/caches/values.ts'
import { SCHEMA } from '../support/foreign-calls.ts'

const types = Object.values(SCHEMA.getTypeMap()).filter((type) => !type.name.startsWith('__'))
const objects = types.filter(isObjectType)

/** What stands where it was asked for, and nowhere else: roots, answers, pages and events. */
const PLACES = /^(Query|Mutation|Subscription|PageInfo)$|(Payload|Connection|Edge|Snapshot)$/

test('caches are told of each type what it is: known by its id or by another field, one of its kind, or a value', () => {
  const events = Object.values(POSSIBLE_TYPES).flat()
  const unnamed = objects.filter(({ name }) => !PLACES.test(name) && ![...events, ...SINGLE, ...VALUES].includes(name))
  for (const type of unnamed) {
    const key = (KEYS as Readonly<Record<string, string>>)[type.name] ?? 'id'
    expect(Object.keys(type.getFields()), type.name).toContain(key)
  }
  const names = objects.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining([...Object.keys(KEYS), ...SINGLE, ...VALUES]))
})

test('caches know what implements each interface', () => {
  const made = types
    .filter(isInterfaceType)
    .map((type) => [type.name, SCHEMA.getPossibleTypes(type).map(({ name }) => name)])
  expect(Object.fromEntries(made.map(([name, of]) => [name, [...(of ?? [])].sort()]))).toEqual(
    Object.fromEntries(Object.entries(POSSIBLE_TYPES).map(([name, of]) => [name, [...of].sort()])),
  )
})
