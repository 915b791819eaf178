import { getNamedType } from 'graphql'
import { describe, expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { type Kind, MEANINGS } from '../support/argument-meanings.ts'
import { compareDumps, dumpDatabase, ownersOf } from '../support/database-dump.ts'
import { connectDevice, type Stream } from '../support/device.ts'
import { CALLS, isRare, kindOf, own, SCHEMA, strangeNames, withName } from '../support/foreign-calls.ts'
import { type ForeignScene, openForeignScene, type Prober } from '../support/foreign-names.ts'
import { type OneAnswer, openWays } from '../support/one-answer.ts'
import { type Call, documentOf, type Slot, slotsOf, variablesFor } from '../support/schema-calls.ts'

// Whatever names something is tried with what is not the caller's: every argument and input field of the schema, over every
// transport. What is answered, what is stored and what others receive must be as with a name that never existed.

const AMOUNTS = ['least', 'full'] as const

/** What has to be there for something to be done to it, or to be followed. */
const NEEDED: readonly Kind[] = ['ticket', 'message', 'notification']
/** What somebody alone has a part in: whatever is done to it, nobody else receives of it. */
const PRIVATE: readonly Kind[] = ['notification']

function isRefused(answer: string): boolean {
  return answer.includes('"errors"') || answer.startsWith('error ')
}

/** An answer without the name that was asked for and, where something was done, without what is new each time. */
function comparable(answer: string, name: string, { names }: Prober): string {
  if (isRefused(answer))
    return answer.replaceAll(JSON.stringify(name).slice(1, -1), '<name>').replaceAll(name, '<name>')
  const all = Object.values(names).flatMap(({ own: mine, unknown, foreign }) => [
    mine,
    unknown,
    ...Object.values(foreign),
  ])
  const nameless = all
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, one) => text.replaceAll(one, '<name>'), answer)
  return nameless.replaceAll(/[\w-]{24,}/g, '<name>').replaceAll(/\d+/g, '#')
}

interface Probe {
  readonly ask: OneAnswer
  readonly call: Call
  readonly slot: Slot
  readonly amount: (typeof AMOUNTS)[number]
}

/** What is told up to a second after what it tells of: it cannot be said which call it belongs to. */
const TOLD_LATER = ['Subscription.ticketReads']

/** States of which there always is something to tell, at once. */
const TELL_AT_ONCE = ['Subscription.unreadCount', 'Subscription.ticketChanged', 'Subscription.ticketPresence']

/** Subscribes somebody to everything. */
async function followAll({ app, backend }: ForeignScene, { userId, role, names }: Prober) {
  const device = await connectDevice(app, userId, role)
  const filling = own({ userId, role, names })
  const streams = new Map<string, Stream>()
  for (const call of CALLS.filter(
    ({ operation, name }) => operation === 'subscription' && !TOLD_LATER.includes(name),
  )) {
    streams.set(call.name, device.subscribe(documentOf(SCHEMA, call), variablesFor(call, filling, 'least')))
  }
  for (const name of TELL_AT_ONCE) await streams.get(name)!.next()
  // Answered after all of them have begun, within two seconds.
  await device.run('{ me { id } }')
  const events = device.subscribe('subscription { customEvent(names: ["barrier"]) { data } }')
  await device.run('{ me { id } }')
  let barriers = 0
  /** What came since the last time. */
  return async (): Promise<readonly string[]> => {
    barriers += 1
    await backend.run(
      'mutation ($userId: ID!, $data: JSON!) { sendToUser(userId: $userId, event: "barrier", data: $data) { id } }',
      {
        userId,
        data: { barriers },
      },
    )
    while ((await events.next())['customEvent'].data.barriers !== barriers);
    const received = [...streams].flatMap(([name, stream]) =>
      (stream.waiting as unknown[]).splice(0).map((result) => `${userId} received ${name}: ${JSON.stringify(result)}`),
    )
    return received.filter((text) => !text.includes('"barriers"'))
  }
}

type Receive = () => Promise<readonly string[]>

/** Tries the names in one slot, and returns what went wrong. */
async function tryNames(scene: ForeignScene, prober: Prober, probe: Probe): Promise<readonly string[]> {
  const { ask, call, slot, amount } = probe
  const query = documentOf(SCHEMA, call)
  const kind = kindOf(slot)!
  const start = await dumpDatabase(scene.app.env)
  let dump = start
  const attempt = async (name: string) => {
    const variables = variablesFor(call, withName(prober, slot, name), amount, slot.path)
    const answer = await ask({ query, variables })
    const before = dump
    if (!isRefused(answer)) dump = await dumpDatabase(scene.app.env)
    const rows = compareDumps(before, dump)
    const changes = rows.map((row) => comparable(row, name, prober)).sort()
    return { answer, rows, said: comparable(answer, name, prober), did: changes.join('\n') }
  }
  const expected = await attempt(prober.names[kind].unknown)
  const isNeeded = call.operation !== 'query' && NEEDED.includes(kind)
  if (isNeeded && !isRefused(expected.answer)) return [`what never existed: ${expected.answer}`]
  const faults: string[] = []
  for (const [what, name] of strangeNames(prober, kind)) {
    const seen = await attempt(name)
    if (seen.said !== expected.said) faults.push(`${what}: ${seen.answer} instead of ${expected.answer}`)
    if (seen.did !== expected.did) faults.push(`${what}: stored ${seen.rows.join(' ')} not ${expected.rows.join(' ')}`)
    // One is enough: a stream that begins although it should not may say nothing, for seconds each.
    if (faults.length > 0) return faults
  }
  if (dump === start) {
    const stored = compareDumps(start, await dumpDatabase(scene.app.env))
    if (stored.length > 0) faults.push(`all was refused, but ${stored.join(' ')}`)
  }
  return faults
}

/** Does what the prober may to what it has, alone or with others, and returns whose else that changed. */
async function tryOwn(
  scene: ForeignScene,
  prober: Prober,
  { ask, call, slot }: Omit<Probe, 'amount'>,
): Promise<readonly string[]> {
  const { own: mine, shared } = prober.names[kindOf(slot)!]
  const query = documentOf(SCHEMA, call)
  const faults: string[] = []
  let dump = await dumpDatabase(scene.app.env)
  for (const [what, name] of Object.entries({ 'its own': mine, ...shared })) {
    const variables = variablesFor(call, withName(prober, slot, name), 'least', slot.path)
    const answer = await ask({ query, variables })
    const before = dump
    dump = await dumpDatabase(scene.app.env)
    const others = [...ownersOf(compareDumps(before, dump))].filter((owner) => owner !== prober.userId)
    faults.push(...others.map((owner) => `${what}: changed something of ${owner}; ${answer}`))
  }
  return faults
}

/** What these change stands beside messages of others, to which people react. */
const SHOWN_BESIDE_OTHERS: readonly string[] = ['Mutation.addReaction', 'Mutation.removeReaction']

/** Tries a slot over one transport, and returns what went wrong. */
async function trySlot(
  scene: ForeignScene,
  prober: Prober,
  probe: Omit<Probe, 'amount'>,
  receives: readonly Receive[],
): Promise<readonly string[]> {
  let isAllRefused = true
  const ask: OneAnswer = async (operation) => {
    const answer = await probe.ask(operation)
    isAllRefused &&= isRefused(answer)
    return answer
  }
  const faults: string[] = []
  for (const receive of receives) await receive()
  for (const amount of AMOUNTS) faults.push(...(await tryNames(scene, prober, { ...probe, ask, amount })))
  for (const receive of receives) {
    const received = await receive()
    // What was done is received by those whom it concerns; what was refused by nobody.
    if (isAllRefused) faults.push(...received)
  }
  if (probe.call.operation !== 'mutation') return faults
  if (!SHOWN_BESIDE_OTHERS.includes(probe.call.name)) {
    faults.push(...(await tryOwn(scene, prober, { ...probe, ask })))
  }
  if (!PRIVATE.includes(kindOf(probe.slot)!)) return faults
  for (const receive of receives) faults.push(...(await receive()))
  return faults
}

/** Everything that one user can try, and what went wrong. */
async function tryAll(scene: ForeignScene, prober: Prober, receives: readonly Receive[]) {
  const token = prober.role && (await signTestToken(prober.userId, prober.role))
  const ways = await openWays(scene.app, token)
  const faults: string[] = []
  let tried = 0
  for (const call of CALLS) {
    for (const slot of slotsOf(call).filter((one) => kindOf(one) !== undefined)) {
      for (const [way, ask] of ways) {
        const found = await trySlot(scene, prober, { ask, call, slot }, receives)
        faults.push(...found.map((fault) => `${call.name} with ${slot.coordinate} over ${way}: ${fault}`))
        tried += 1
      }
    }
  }
  return { faults, tried }
}

describe("somebody else's ids", () => {
  test('every argument and input field has a meaning, and nothing else has', () => {
    const known = new Set(CALLS.flatMap(slotsOf).map(({ coordinate }) => coordinate))
    const objects = Object.keys(MEANINGS).filter((coordinate) => isRare(coordinate))
    expect([...known].filter((coordinate) => !MEANINGS[coordinate])).toEqual([])
    expect(
      Object.keys(MEANINGS).filter((coordinate) => !known.has(coordinate) && !objects.includes(coordinate)),
    ).toEqual([])
  })

  test('an ID and a cursor name something', () => {
    const nameless = CALLS.flatMap(slotsOf)
      .filter(({ type }) => ['ID', 'Cursor'].includes(getNamedType(type).name))
      .filter((slot) => kindOf(slot) === undefined)
    // Herald keeps the product's key of a file as it is, and finds nothing by it.
    expect([...new Set(nameless.map(({ coordinate }) => coordinate))]).toEqual(['AttachmentInput.fileId'])
  })

  test.each(['alice', 'bob', 'nobody'])(
    'are as good as none, for %s, over every transport',
    { timeout: 120_000 },
    async (userId) => {
      const scene = await openForeignScene()
      const prober = scene.probers.find((one) => one.userId === userId)!
      const followers = scene.followers.filter((one) => one.userId !== userId)
      const receives: Receive[] = []
      for (const follower of followers) receives.push(await followAll(scene, follower))
      const { faults, tried } = await tryAll(scene, prober, receives)
      expect(faults).toEqual([])
      expect(tried).toBeGreaterThan(100)
    },
  )
})
