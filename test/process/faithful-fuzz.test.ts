import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { openSender } from '../support/commands.ts'
import { connectDevice, type Device } from '../support/device.ts'
import { nodeEnvironment } from '../support/nodes.ts'
import { openRawWays } from '../support/raw-ways.ts'
import { useRedis } from '../support/redis.ts'

const redis = useRedis()

// What comes in is what is stored, or it is refused: random JSON text as data, random texts and numbers as titles and ids, through
// every way that stores.

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { recipients } }'
const BATCH = 20
const ROUNDS = 25

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
  fc.integer().map(String),
  fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 22n }), fc.integer({ min: -330, max: 330 })).map(([m, e]) => `${m}e${e}`),
  fc.tuple(fc.integer(), fc.bigInt({ min: 0n, max: 10n ** 20n })).map(([whole, part]) => `${whole}.${part}`),
  fc.constantFrom('-0', '0.0', '1.0', '1e2', '1E-2', '9007199254740991', '9007199254740992'),
)
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'a', 'constructor', '\u2028'),
)

/** JSON text of anything. */
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'json' },
    { weight: 4, arbitrary: number },
    { weight: 2, arbitrary: text.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.constantFrom('true', 'false', 'null') },
    { weight: 1, arbitrary: fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`) },
    {
      weight: 2,
      arbitrary: fc
        .array(fc.tuple(text, tie('json')), { maxLength: 4 })
        .map((fields) => `{${fields.map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(' ,')}}`),
    },
  ),
}))

/** A number in one form: an integer digit by digit, what is none as a double, which is what JSON numbers are for most. */
function exact(written: string): string {
  const [, sign = '', whole = '', part = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(written) ?? []
  const digits = `${whole}${part}`.replace(/^0+/, '')
  const kept = digits.replace(/0+$/, '')
  const power = Number(exponent) - part.length + digits.length - kept.length
  if (kept === '') return '0'
  return power < 0 ? String(Number(written)) : `${sign}${kept}e${power}`
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

/** The value of JSON text with its numbers as they are written, in the one form of `exact`. */
function meaningOf(written: string): unknown {
  const revive: Reviver = (_key, value, { source = '' }) =>
    typeof value === 'number' ? { number: exact(source) } : value
  return JSON.parse(written, revive as (key: string, value: unknown) => unknown)
}

async function inbox(device: Device): Promise<ReadonlyMap<string, string>> {
  const { notifications } = await device.run('{ notifications(first: 100) { nodes { type title data } } }')
  return new Map(
    notifications.nodes.map(({ type, title, data }: Record<string, unknown>) => [
      type,
      JSON.stringify({ title, data }),
    ]),
  )
}

test('whatever is sent through any way is stored as it was sent, or refused', { timeout: 120_000 }, async () => {
  const env = { ...nodeEnvironment(redis.url()), MAX_OPERATIONS_PER_SECOND: '10000' }
  const app = await startTestApp({ env })
  const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
  const { post, sse, socket } = await openRawWays(app, 'shop', 'backend')
  const send = [
    (input: string) => post({ query: NOTIFY, variables: `{"input":${input}}` }),
    (input: string) => sse({ query: NOTIFY, variables: `{"input":${input}}` }),
    (input: string) => socket({ query: NOTIFY, variables: `{"input":${input}}` }),
    (input: string) => sender.add(`{"type":"notify","data":${input}}`),
  ]
  const seen = { stored: 0, refused: 0 }
  let user = 0
  const item = fc.record({ title: text, data: json.map((value) => `{"it": ${value}}`) })
  await fc.assert(
    fc.asyncProperty(fc.array(item, { minLength: BATCH, maxLength: BATCH }), async (items) => {
      user += 1
      const to = `user-${user}`
      const contents = items.map(({ title, data }) => `"title":${JSON.stringify(title)},"data":${data}`)
      for (const [n, content] of contents.entries()) {
        await send[n % send.length]?.(`{"userIds":["${to}"],"notification":{"type":"t.${n}",${content}}}`)
      }
      await sender.idle()
      const stored = await inbox(await connectDevice(app, to))
      for (const [n, content] of contents.entries()) {
        const found = stored.get(`t.${n}`)
        seen[found === undefined ? 'refused' : 'stored'] += 1
        if (found !== undefined) expect(meaningOf(found)).toEqual(meaningOf(`{${content}}`))
      }
    }),
    { numRuns: ROUNDS, endOnFailure: true },
  )
  expect(Math.min(seen.stored, seen.refused)).toBeGreaterThan(BATCH)
})
