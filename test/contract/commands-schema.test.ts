import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import {
  type GraphQLInputType,
  getNullableType,
  getVariableValues,
  isEnumType,
  isInputObjectType,
  isListType,
  lexicographicSortSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { type Command, type CommandField, readCommands } from '../../src/graphql/commands.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import { commandsSchema } from '../../src/ingress/commands-schema.ts'
import { readEnvelope } from '../../src/ingress/envelope.ts'
import type { JsonObject } from '../../src/lib/json.ts'

const schema = createSchema()
const commands = readCommands(schema)
const file = join(import.meta.dirname, '../../schema/commands.schema.json')
const validate = new Ajv2020({
  allowUnionTypes: true,
  strict: true,
  strictRequired: false,
  validateFormats: false,
}).compile(JSON.parse(readFileSync(file, 'utf8')))

/** Whether Herald takes the command as far as types say: what happens before its resolver is called. */
const isTaken = (envelope: unknown): boolean => {
  try {
    const { type, data } = readEnvelope(Buffer.from(JSON.stringify(envelope)), 1_000_000)
    const command = commands.get(type)
    if (!command) return false
    const [operation] = command.document.definitions
    const { variableDefinitions = [] } = operation as OperationDefinitionNode
    return getVariableValues(schema, variableDefinitions, command.variablesOf(data)).errors === undefined
  } catch {
    return false
  }
}

const junk = fc.constantFrom<unknown>(
  ...[null, true, 0, -1, 1.5, 2 ** 31, 2 ** 53, 1e300, '', ' ', 'x', 'OPEN', 'LOW', 'low', '2026-11-24T09:00:00Z'],
  ...['2026-11-24', '2026-11-24t09:00:00.5+01:00', [], ['x'], [7], [null], [['x']], {}, { id: 'x' }, { x: 1 }],
)

const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ID: fc.oneof(fc.string(), fc.integer()),
  String: fc.string(),
  Boolean: fc.boolean(),
  JSON: fc.dictionary(fc.string(), fc.jsonValue()),
  DateTime: fc.constantFrom('2026-11-24T09:00:00.123Z', '2027-01-01T00:00:00+05:30'),
}

/** Mostly what the type wants. */
const valueFor = (type: GraphQLInputType): fc.Arbitrary<unknown> => {
  const inner = getNullableType(type)
  const fitting = (): fc.Arbitrary<unknown> => {
    if (isListType(inner)) return fc.oneof(fc.array(valueFor(inner.ofType), { maxLength: 3 }), valueFor(inner.ofType))
    if (isEnumType(inner)) return fc.constantFrom(...inner.getValues().map(({ name }) => name))
    if (isInputObjectType(inner)) return fieldsOf(Object.values(inner.getFields()))
    return SCALARS[inner.name] ?? fc.constant(null)
  }
  return fc.oneof({ weight: 30, arbitrary: fitting() }, { weight: 1, arbitrary: junk })
}

const fieldsOf = (fields: readonly CommandField[]): fc.Arbitrary<unknown> => {
  const known = Object.fromEntries(fields.map(({ name, type }) => [name, valueFor(type)]))
  const some = fc.record(known, { requiredKeys: [] })
  const all = fc.record(known)
  const strange = fc.tuple(all, fc.string(), junk).map(([data, name, value]) => ({ ...data, [name]: value }))
  return fc.oneof({ weight: 12, arbitrary: all }, { weight: 6, arbitrary: some }, { weight: 1, arbitrary: strange })
}

const attributes = fc.record(
  {
    specversion: fc.constantFrom('1.0', null, '0.3', 1),
    id: fc.oneof(
      fc.constantFrom('a', 'order 7', ' ', '', 'a\nb', 'x'.repeat(127), 'x'.repeat(128), null, 7),
      fc.string(),
    ),
    source: fc.constantFrom('shop', 'https://shop.example/a', 'two words', '', null, {}),
    time: fc.constantFrom('2026-11-24T09:00:00Z', 'yesterday', null),
    traceparent: fc.jsonValue(),
  },
  { requiredKeys: [] },
)

const envelopeOf = ({ name, fields }: Command): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(
      fc.oneof({ weight: 20, arbitrary: fc.constant(name) }, { weight: 1, arbitrary: junk }),
      fc.oneof({ weight: 20, arbitrary: fieldsOf(fields) }, { weight: 1, arbitrary: junk }),
      fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: attributes }),
    )
    .map(([type, data, more]) => ({ type, data, ...more }) as JsonObject)

describe('the JSON Schema of commands', () => {
  test('is what the GraphQL schema says', () => {
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(commandsSchema(lexicographicSortSchema(schema)))
  })

  test('knows every mutation for backends, and no other', () => {
    expect([...commands.keys()].sort()).toEqual([
      ...['announce', 'broadcast', 'disconnectUser', 'eraseUser', 'notify', 'retractNotifications'],
      ...['sendToMultipleUsers', 'sendToTicket', 'sendToUser', 'upsertTicket'],
    ])
  })

  test.each([...commands.values()])('accepts of $name what Herald takes, and refuses the rest', (command) => {
    const seen = { taken: 0, refused: 0 }
    fc.assert(
      fc.property(envelopeOf(command), (envelope) => {
        const taken = isTaken(envelope)
        seen[taken ? 'taken' : 'refused'] += 1
        expect(validate(envelope)).toBe(taken)
      }),
      { numRuns: 2_000 },
    )
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(100)
  })

  test('cannot say that there is no 31st of November', () => {
    const notification = { type: 'a.b', title: 'Hi', expiresAt: '2026-11-32T09:00:00Z' }
    const envelope = { type: 'announce', data: { notification } }
    expect([validate(envelope), isTaken(envelope)]).toEqual([true, false])
  })
})
