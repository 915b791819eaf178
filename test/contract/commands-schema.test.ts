import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import {
  type GraphQLError,
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  lexicographicSortSchema,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { type Command, type CommandField, readCommands } from '../../src/graphql/commands.ts'
import { codeOf } from '../../src/graphql/errors.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import { commandsSchema } from '../../src/ingress/commands-schema.ts'
import { readEnvelope } from '../../src/ingress/envelope.ts'
import { createExecuteCommand } from '../../src/ingress/execute-command.ts'
import { badInput } from '../../src/lib/errors.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { silentLog } from '../support/embedded.ts'
import { openFeaturesWithoutStore } from '../support/features-without-store.ts'

const schema = createSchema()
const commands = readCommands(schema)
const file = join(import.meta.dirname, '../../schema/commands.schema.json')
const validate = new Ajv2020({
  allowUnionTypes: true,
  strict: true,
  strictRequired: false,
  validateFormats: false,
}).compile(JSON.parse(readFileSync(file, 'utf8')))

/** Whether Herald takes a command as far as can be known without looking at what is stored. */
async function openIsTaken() {
  const execute = createExecuteCommand({ schema, services: await openFeaturesWithoutStore(), log: silentLog() })
  return async (envelope: unknown): Promise<boolean> => {
    const text = JSON.stringify(envelope)
    try {
      const { type, data } = readEnvelope(Buffer.from(text), 1_000_000)
      const command = commands.get(type)
      const error = command ? await execute(command, data) : badInput('There is no such command.')
      // A schema cannot compare the ids of a list, count bytes, or know what time it is.
      const isBeyond = error !== undefined && /somebody twice|bytes|an hour ahead|expires before/.test(error.message)
      return !error || isBeyond || codeOf(error as GraphQLError) !== 'BAD_USER_INPUT'
    } catch {
      return false
    }
  }
}

const junk = fc.constantFrom<unknown>(
  ...[null, true, 0, -1, 1.5, 2 ** 31, 2 ** 53, 1e300, '', ' ', 'x', 'OPEN', 'LOW', 'low', '2026-11-24T09:00:00Z'],
  ...['2026-11-24', '2026-11-24t09:00:00.5+01:00', [], ['x'], [7], [null], [['x']], {}, { id: 'x' }, { x: 1 }],
)

const texts = fc.oneof(
  { weight: 100, arbitrary: fc.stringMatching(/^[a-zäあ😀 ]{0,8}[a-z]$/u) },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      ...['\u200b', 'a\tb', 'a\nb', 'a\u0085b', 'a\u2028b', 'a\0b', '\ud800', '👩‍👩‍👧', 'erased', '\u3164', 'e\u0301'],
      ...['/a', '//a', '/a b', 'https://a.example', 'mailto:a@b.c', 'javascript:x', '😀'.repeat(64), '😀'.repeat(65)],
      ...[
        '.a',
        `${'x'.repeat(64)}.a`,
        `${'x'.repeat(65)}.a`,
        'x'.repeat(128),
        'x'.repeat(129),
        'x'.repeat(256),
        '😀'.repeat(257),
        'x'.repeat(512),
        'x'.repeat(513),
      ],
    ),
  },
)

const addresses = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('/a', 'https://a.example/ä', 'HTTP://a.example', null) },
  { weight: 1, arbitrary: fc.constantFrom('mailto:a@b.c', '//a', '/a b', 'javascript:x', '', `/${'x'.repeat(2_048)}`) },
  { weight: 1, arbitrary: texts },
)

const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ID: fc.oneof({ weight: 4, arbitrary: texts }, { weight: 1, arbitrary: fc.integer() }),
  String: texts,
  Boolean: fc.boolean(),
  Int: fc.oneof({ weight: 6, arbitrary: fc.nat(2_592_000) }, { weight: 1, arbitrary: fc.constantFrom(-1, 2_592_001) }),
  JSON: fc.oneof(
    { weight: 6, arbitrary: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.oneof(fc.integer(), fc.boolean())) },
    { weight: 1, arbitrary: fc.dictionary(fc.string(), fc.jsonValue()) },
  ),
  DateTime: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('2026-11-24T09:00:00.123Z', '2027-01-01T00:00:00+05:30') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...['2027-02-30T00:00:00Z', '2028-02-29T00:00:00Z', '2027-02-29T00:00:00Z', '2026-11-31T00:00:00Z'],
        ...['2026-01-01T24:00:00Z', '2026-06-30T23:59:60Z', '2026-01-01T00:00:00+25:00', '2026-01-01T00:00:00.1230Z'],
        ...['2026-01-01T00:00:00.1234Z', '+010000-01-01T00:00:00Z', '2026-01-01t00:00:00z', '2026-01-01T00:00:00'],
      ),
    },
  ),
}

/** Mostly what the type wants. */
function valueFor(type: GraphQLInputType): fc.Arbitrary<unknown> {
  const inner = getNullableType(type)
  const fitting = (): fc.Arbitrary<unknown> => {
    if (isListType(inner)) return fc.oneof(fc.array(valueFor(inner.ofType), { maxLength: 3 }), valueFor(inner.ofType))
    if (isEnumType(inner)) return fc.constantFrom(...inner.getValues().map(({ name }) => name))
    if (isInputObjectType(inner)) return fieldsOf(Object.values(inner.getFields()))
    return SCALARS[inner.name] ?? fc.constant(null)
  }
  return fc.oneof({ weight: 30, arbitrary: fitting() }, { weight: 1, arbitrary: junk })
}

/** Mostly null, where most commands would be refused otherwise: announcements take no `handOff` and no `groupKey`. */
function seldom(name: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  if (name !== 'handOff' && name !== 'groupKey') return values
  return fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: values })
}

function fieldsOf(fields: readonly CommandField[]): fc.Arbitrary<unknown> {
  const known = Object.fromEntries(
    fields.map(({ name, type }) => [name, name.endsWith('Url') ? addresses : seldom(name, valueFor(type))]),
  )
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

function envelopeOf({ name, fields }: Command): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(
      fc.oneof({ weight: 20, arbitrary: fc.constant(name) }, { weight: 1, arbitrary: junk }),
      fc.oneof({ weight: 20, arbitrary: fieldsOf(fields) }, { weight: 1, arbitrary: junk }),
      fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: attributes }),
    )
    .map(([type, data, more]) => ({ type, data, ...more }) as JsonObject)
}

describe('the JSON Schema of commands', () => {
  test('is what the GraphQL schema says', () => {
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(commandsSchema(lexicographicSortSchema(schema)))
  })

  test('knows every mutation for backends, and no other', () => {
    expect([...commands.keys()].sort()).toEqual([
      ...['announce', 'broadcast', 'deleteTicket', 'disconnectUser', 'eraseUser', 'notify', 'retractNotifications'],
      ...[
        'revokeToken',
        'revokeTokens',
        'sendToMultipleUsers',
        'sendToTicket',
        'sendToUser',
        'updateNotification',
        'upsertTicket',
      ],
    ])
  })

  test.each([...commands.values()])('accepts of $name what Herald takes, and refuses the rest', async (command) => {
    const isTaken = await openIsTaken()
    const seen = { taken: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(envelopeOf(command), async (envelope) => {
        const taken = await isTaken(envelope)
        seen[taken ? 'taken' : 'refused'] += 1
        expect(validate(envelope)).toBe(taken)
      }),
      { numRuns: 2_000 },
    )
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(100)
  })

  test.each([
    ['a first part that is too long', `${'😀'.repeat(65)}.a`],
    ['no first part', '.a'],
    ['a first part that cannot be seen', '\u200b.a'],
  ])('refuses a type with %s, unless there is a category', async (_, type) => {
    const isTaken = await openIsTaken()
    const verdicts = async (category: object) => {
      const envelope = { type: 'announce', data: { notification: { type, title: 'Hi', ...category } } }
      return [validate(envelope), await isTaken(envelope)]
    }
    expect(await verdicts({})).toEqual([false, false])
    expect(await verdicts({ category: null })).toEqual([false, false])
    expect(await verdicts({ category: 'a' })).toEqual([true, true])
  })

  test('cannot say that the year 0 begins earlier in Berlin', async () => {
    const isTaken = await openIsTaken()
    const notification = { type: 'a.b', title: 'Hi', expiresAt: '0000-01-01T00:00:00+01:00' }
    const envelope = { type: 'announce', data: { notification } }
    expect([validate(envelope), await isTaken(envelope)]).toEqual([true, false])
  })
})
