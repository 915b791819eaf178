import fc, { type Arbitrary } from 'fast-check'

/** Keys that mean something to JavaScript or to those who read what is sent. */
const ODD_KEYS = ['__proto__', 'constructor', 'toString', '', 'id', 'type', 'payload', 'query', '\u0000', '\ud800']

/** Values that somebody may have thought of when nobody else did. */
const odd: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    '',
    ' ',
    '\u0000',
    '\ud800',
    '\u2028',
    [],
    {},
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('x'.repeat(200), 'x'.repeat(20_000), '🙂'.repeat(3_000)),
  fc.dictionary(fc.constantFrom(...ODD_KEYS), fc.constantFrom<unknown>(null, 1, 'a', [], {}), { maxKeys: 3 }),
)

type Path = readonly (string | number)[]

function placesIn(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))]
}

function replaced(value: unknown, [step, ...rest]: Path, by: unknown): unknown {
  if (step === undefined) return by
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) }
  Object.defineProperty(copy, step, {
    value: replaced(Reflect.get(copy, step), rest, by),
    enumerable: true,
    configurable: true,
    writable: true,
  })
  return copy
}

/** A value with something else in one place. */
function spoilt(value: unknown): Arbitrary<unknown> {
  return fc.tuple(fc.nat(), odd).map(([place, by]) => {
    const places = placesIn(value)
    return replaced(value, places[place % places.length]!, by)
  })
}

/** Text that says something more or less than the JSON it is made of. */
function mangled(text: string): Arbitrary<string> {
  return fc.oneof(
    fc.nat({ max: text.length }).map((end) => text.slice(0, end)),
    fc
      .tuple(fc.nat({ max: text.length }), fc.string({ unit: 'binary', maxLength: 4 }))
      .map(([at, more]) => text.slice(0, at) + more + text.slice(at + 1)),
    fc.constant(text.replace('{', '{"id":"twice","id":"twice","payload":1,')),
    fc
      .integer({ min: 1, max: 5_000 })
      .map((depth) => text.replace(/"payload":/, `"payload":${'[{"a":'.repeat(depth)}`)),
    fc.integer({ min: 1, max: 100_000 }).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`),
    fc.constantFrom('', ' ', 'null', '1e999', '"\\ud800"', '\ufeff{}', `${text}${text}`, `${text}\u0000`),
  )
}

/** JSON text of a value, mostly broken in one way, sometimes as it is. */
export function brokenJson(value: unknown): Arbitrary<string> {
  const text = JSON.stringify(value)
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(text) },
    { weight: 4, arbitrary: spoilt(value).map((other) => JSON.stringify(other) ?? '') },
    { weight: 3, arbitrary: mangled(text) },
  )
}
