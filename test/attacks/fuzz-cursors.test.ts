import fc, { type Arbitrary } from 'fast-check'
import { buildSchema } from 'graphql'
import { expect, test } from 'vitest'
import { readTypeDefs } from '../../src/graphql/schema.ts'
import { signTestToken } from '../support/app.ts'
import { MEANINGS } from '../support/argument-meanings.ts'
import { openForeignScene } from '../support/foreign-names.ts'
import { openWays } from '../support/one-answer.ts'
import { callsOf, documentOf, type Slot, slotsOf, variablesFor } from '../support/schema-calls.ts'
import { tryAtRandom } from '../support/seed.ts'

// Whatever is given as a cursor is a cursor or is refused as none, over every transport.

const SCHEMA = buildSchema(readTypeDefs().join('\n'))

function namesOf({ coordinate }: Slot): string {
  const meaning = MEANINGS[coordinate]
  return meaning && 'names' in meaning ? meaning.names : ''
}

const CURSORS = callsOf(SCHEMA).flatMap((call) =>
  slotsOf(call)
    .filter((slot) => /cursor|page/.test(namesOf(slot)))
    .map((slot) => ({ call, slot })),
)

const part: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    'r',
    'p',
    'x',
    null,
    true,
    [],
    {},
    -1,
    0,
    1,
    1.5,
    1e300,
    2 ** 53,
    Number.MAX_SAFE_INTEGER,
    '',
    'a'.repeat(300),
  ),
  fc.integer(),
  fc.string({ unit: 'binary', maxLength: 30 }),
)

/** Something like a cursor: parts of one that are put together, one with other bytes, any text. */
function cursorLike(good: readonly string[]): Arbitrary<unknown> {
  return fc.oneof(
    fc.array(part, { maxLength: 6 }).map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url')),
    fc.tuple(fc.constantFrom(...good), fc.nat({ max: 5 }), part).map(([cursor, at, other]) => {
      const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
      return Buffer.from(JSON.stringify(parts.with(at % parts.length, other))).toString('base64url')
    }),
    fc
      .tuple(fc.constantFrom(...good), fc.nat(), fc.string({ minLength: 1, maxLength: 2 }))
      .map(
        ([cursor, at, other]) => cursor.slice(0, at % cursor.length) + other + cursor.slice((at % cursor.length) + 1),
      ),
    fc.constantFrom(...good),
    fc.string({ unit: 'binary', maxLength: 600 }),
    fc.constantFrom<unknown>(1, true, [], {}, '=', 'x'.repeat(100_000)),
  )
}

test('random cursors', { timeout: 120_000 }, async () => {
  const { app, probers } = await openForeignScene()
  const alice = probers[0]!
  const good = Object.entries(alice.names).flatMap(([kind, { own }]) => (/cursor|page/.test(kind) ? [own] : []))
  const ways = await openWays(app, await signTestToken('alice'))
  const seen: Record<string, number> = {}
  await tryAtRandom(
    fc.asyncProperty(
      fc.constantFrom(...CURSORS),
      fc.constantFrom(...ways),
      cursorLike(good),
      async ({ call, slot }, [, ask], cursor) => {
        const variables = variablesFor(
          call,
          {
            isRare: () => true,
            give: (one) => {
              if (one.path.join() === slot.path.join()) return cursor
              const meaning = MEANINGS[one.coordinate]
              return meaning && ('names' in meaning ? alice.names[meaning.names].own : meaning.value)
            },
          },
          'least',
          slot.path,
        )
        const answer = await ask({ query: documentOf(SCHEMA, call), variables })
        const [, code = 'accepted'] = /"code":"(\w+)"/.exec(answer) ?? []
        seen[code] = (seen[code] ?? 0) + 1
        expect(['accepted', 'BAD_USER_INPUT', 'CURSOR_EXPIRED'], answer).toContain(code)
        expect(answer).not.toContain('closed')
      },
    ),
    500,
  )
  expect(Object.keys(seen).sort()).toEqual(['BAD_USER_INPUT', 'CURSOR_EXPIRED', 'accepted'])
})
