import fc, { type GeneratorValue } from 'fast-check'
import { expect, test } from 'vitest'
import { createSchema } from '../../src/graphql/schema.ts'
import { startTestApp, type TokenRole } from '../support/app.ts'
import { connectDevice, type Device } from '../support/device.ts'
import { type RandomDocumentOptions, randomDocument } from '../support/random-document.ts'
import { followTwoWays, type TwoWays } from '../support/two-ways.ts'

const schema = createSchema()

const RUNS = 60
/** Set it to repeat a failure; each run tells its own. */
const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31)

interface Scene {
  readonly shop: Device
  readonly alice: Device
  readonly zed: Device
}

/** A subscription, who follows it, and what makes it tell something. */
interface Source {
  readonly followers: readonly (readonly [string, TokenRole])[]
  readonly ask: (scene: Scene) => Promise<Omit<RandomDocumentOptions, 'schema'>>
  /** It tells something at once. */
  readonly hasFirst?: boolean
  /** It does not say when it listens: it is marked until that was received; this text says that a result is of the mark. */
  readonly mark?: string
  readonly act: (scene: Scene, drawn: Drawn, isMark: boolean) => Promise<unknown>
  /** Makes it tell something else. Only once that before was told: who has to look at the store counts what is there by then. */
  readonly actAgain?: (scene: Scene) => Promise<unknown>
}

/** What is told. */
interface Drawn {
  readonly title: string
  readonly data: unknown
  readonly isMore: boolean
}

const CUSTOMERS = [
  ['alice', 'customer'],
  ['carol', 'customer'],
] as const
const STAFF = [
  ['bob', 'agent'],
  ['dora', 'admin'],
] as const
const DEVICES = [
  ['alice', 'customer'],
  ['alice', 'customer'],
] as const

let draws = 0

/** Herald takes no number that is an integer beyond 2^53 - 1. */
function canBeSent(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER
  return typeof value !== 'object' || value === null || Object.values(value).every(canBeSent)
}

function json() {
  return fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme-ascii' }).filter(canBeSent)
}

/** No two are alike: what changes nothing is not told. */
function draw(g: GeneratorValue): Drawn {
  draws += 1
  return {
    title: `${draws}${g(fc.string, { unit: 'grapheme', maxLength: 20 }).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '')}`,
    data: { value: g(json) },
    isMore: g(fc.boolean),
  }
}

function notify({ shop }: Scene, { title, data, isMore }: Drawn): Promise<unknown> {
  const actor = isMore ? { id: 'ann', role: 'AGENT', name: title } : undefined
  const input = { userIds: ['alice'], notification: { type: 'a.b', title, data, actor } }
  return shop.run('mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }', { input })
}

function say({ shop }: Scene, { title, data }: Drawn): Promise<unknown> {
  return shop.run(
    'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { message { id } } }',
    {
      input: { ticketId: '42', body: title, data },
    },
  )
}

async function inboxCursor({ alice }: Scene): Promise<string> {
  return (await alice.run('{ notifications { resumeCursor } }'))['notifications'].resumeCursor
}

async function ticketCursor({ alice }: Scene): Promise<string> {
  return (await alice.run('{ ticket(id: "42") { messages { resumeCursor } } }'))['ticket'].messages.resumeCursor
}

function after(value: string) {
  return { after: { type: 'Cursor', value } }
}

const SOURCES: readonly Source[] = [
  {
    followers: CUSTOMERS,
    ask: async (scene) => ({
      call: 'ticketMessage(ticketId: "42", after: $after)',
      variables: after(await ticketCursor(scene)),
    }),
    act: say,
  },
  {
    followers: DEVICES,
    ask: async (scene) => ({ call: 'notificationAdded(after: $after)', variables: after(await inboxCursor(scene)) }),
    act: notify,
  },
  {
    followers: DEVICES,
    ask: async (scene) => ({ call: 'notificationEvents(after: $after)', variables: after(await inboxCursor(scene)) }),
    act: notify,
    actAgain: ({ alice }) => alice.run('mutation { markAllAsRead { changed } }'),
  },
  { followers: DEVICES, ask: async () => ({ call: 'unreadCount' }), hasFirst: true, act: notify },
  {
    followers: CUSTOMERS,
    ask: async () => ({ call: 'ticketChanged(ticketId: $id)', variables: { id: { type: 'ID!', value: '42' } } }),
    hasFirst: true,
    act: ({ shop }, { title }) =>
      shop.run('mutation ($subject: String!) { upsertTicket(input: { id: "42", subject: $subject }) { id } }', {
        subject: title,
      }),
  },
  { followers: STAFF, ask: async () => ({ call: 'supportMessage' }), hasFirst: true, act: say },
  {
    followers: CUSTOMERS,
    ask: async () => ({ call: 'userTyping(ticketId: "42")', always: 'marker: isTyping' }),
    mark: '"marker":false',
    act: ({ zed }, _drawn, isMark) =>
      zed.run('mutation ($isTyping: Boolean!) { setTyping(ticketId: "42", isTyping: $isTyping) { accepted } }', {
        isTyping: !isMark,
      }),
  },
  {
    followers: CUSTOMERS,
    ask: async () => ({ call: 'customEvent(ticketId: "42")', always: 'marker: name' }),
    mark: '"marker":"mark"',
    act: ({ shop }, { data }, isMark) =>
      shop.run('mutation ($event: String!, $data: JSON) { broadcast(event: $event, data: $data) { id } }', {
        event: isMark ? 'mark' : 'real',
        data,
      }),
  },
]

async function openScene() {
  const counts = {
    MAX_OPERATIONS_PER_SECOND: '100000',
    MAX_USER_OPERATIONS_PER_SECOND: '100000',
    MAX_SOCKETS_PER_USER: '1000',
  }
  const limits = { ...counts, MAX_USER_COST_PER_SECOND: '100000000', TYPING_THROTTLE_MS: '0' }
  const documents = { MAX_DOCUMENT_ALIASES: '10000', MAX_DOCUMENT_TOKENS: '100000', MAX_DOCUMENT_DEPTH: '100' }
  const app = await startTestApp({ env: { ...limits, ...documents } })
  const shop = await connectDevice(app, 'shop', 'backend')
  const participants = ['alice', 'carol', 'zed'].map((id) => `{ id: "${id}" }`).join()
  await shop.run(`mutation { upsertTicket(input: { id: "42", participants: [${participants}] }) { id } }`)
  await say({ shop } as Scene, { title: 'Hello', data: null, isMore: false })
  return { app, scene: { shop, alice: await connectDevice(app, 'alice'), zed: await connectDevice(app, 'zed') } }
}

async function compare(ways: readonly TwoWays[], query: string): Promise<void> {
  for (const way of ways) {
    const { shared, alone } = await way.next()
    expect(shared, query).toBe(alone)
  }
}

/** Marks until everybody has received it, and takes all marks but those after a last one. */
async function listen(
  ways: readonly TwoWays[],
  mark: string,
  act: (isMark: boolean) => Promise<unknown>,
): Promise<void> {
  let isReceived = false
  const received = Promise.all(ways.map((way) => way.next())).then(() => {
    isReceived = true
  })
  while (!isReceived) {
    await act(false)
    await Promise.race([received, new Promise((resolve) => setTimeout(resolve, 5))])
  }
  await act(true)
  await Promise.all(ways.map((way) => way.skipTo(mark)))
}

test('whatever is asked, a shared result is byte for byte the one that is executed alone', {
  timeout: 60_000,
}, async ({ annotate }) => {
  await annotate(`seed ${SEED}`)
  const { app, scene } = await openScene()

  const property = fc.asyncProperty(fc.constantFrom(...SOURCES), fc.gen(), async (source, g) => {
    const { followers, ask, hasFirst, mark, act, actAgain } = source
    const drawn = draw(g)
    const { query, variables } = randomDocument(g, { schema, ...(await ask(scene)) })
    const ways = await Promise.all(
      followers.map(([userId, role]) => followTwoWays(app, userId, role, query, variables)),
    )
    try {
      if (hasFirst) await compare(ways, query)
      if (mark) await listen(ways, mark, (isMark) => act(scene, drawn, isMark))
      await act(scene, drawn, false)
      await compare(ways, query)
      if (!actAgain) return
      await actAgain(scene)
      await compare(ways, query)
    } finally {
      for (const { close } of ways) close()
    }
  })
  await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true })
})
