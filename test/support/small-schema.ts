import { setImmediate } from 'node:timers/promises'
import type { GraphQLSchema } from 'graphql'
import { createSchema } from 'graphql-yoga'
import { z } from 'zod'
import { type Bus, topic } from '../../src/bus/bus.ts'
import {
  type Description,
  type Fail,
  type LogDescription,
  Source,
  type StateDescription,
} from '../../src/delivery/description.ts'
import { type Context, requireViewer } from '../../src/graphql/context.ts'
import { enforcePace } from '../../src/graphql/pace.ts'
import { AppError } from '../../src/lib/errors.ts'

/** What `steps` has. */
export const STEPS = 1_000

/** What tests can make happen on the server. */
export interface Stage {
  /** Delivers an item to every reader of a feed. */
  emit(item: number): void
  /** Ends every reader of a feed with an error. */
  fail(error: unknown): void
  /** Lets go on what waits in `late`; what comes later waits again. Returns how much it was. */
  letGo(): number
  /** How many read a feed now. */
  readonly readers: number
  /** What mutations said. */
  readonly said: readonly string[]
  /** How many subscriptions to the log were begun, whether they were read or not. */
  readonly began: number
  /** How many wait in `late` and the like. */
  readonly waiting: number
  /** How many steps were taken. */
  readonly steps: number
}

/** What was emitted, and as the how manieth. */
interface Emitted {
  readonly revision: number
  readonly item: number
}

const emittedTopic = topic<Emitted>('stage', z.object({ revision: z.int(), item: z.int() }))

function toEntry({ revision, item }: Emitted) {
  return { revision, item }
}

/** Of what somebody missed, so much is read at a time. */
const PAGE = 100

const typeDefs = /* GraphQL */ `
  type Query {
    hello: String!
    me: String!
    connection: String!
    "Throws what no caller may read."
    broken: String
    "Breaks the schema's promise."
    half: Int
    refused: String
    self: Query!
    add(to: Int!): Int!
    "Waits for the test, then repeats what was said."
    late(text: String!): String!
    "A thousand, each of which takes a turn of the event loop."
    steps: [Step!]!
    "The letter so many times."
    long(length: Int!): String!
  }
  type Step {
    taken: Int
  }
  type Mutation {
    say(text: String!): String!
    "Waits for the test before it is said."
    sayLate(text: String!): Step
  }
  type Subscription {
    "A log: what is emitted, with cursors."
    log(label: String): Int!
    "A state: 0 at once, then what is emitted."
    state: Int!
    "Anybody may follow it."
    open: Int!
    "Refused when it begins."
    refused: Int!
    "The resolver itself breaks."
    broken: Int!
    "Waits for the test before it begins; then 0 at once."
    late: Int!
  }
`

/** A schema of its own for tests of the server: small, with everything that can go wrong in it. */
export function createSmallSchema(bus: Pick<Bus, 'publish'>): {
  readonly schema: GraphQLSchema
  readonly stage: Stage
} {
  const readers = new Set<{ readonly fail: Fail }>()
  const emitted: Emitted[] = []
  const waiting: (() => void)[] = []
  const said: string[] = []
  let began = 0
  let steps = 0
  const wait = (): Promise<void> => new Promise((resolve) => waiting.push(resolve))

  const during = (fail: Fail) => {
    const reader = { fail }
    readers.add(reader)
    return () => void readers.delete(reader)
  }

  const log = (): LogDescription<Emitted, number> => ({
    kind: 'log',
    source: 'stage',
    scope: 'everyone',
    from: emitted.length,
    head: emitted.length,
    epoch: 'stage',
    terms: '',
    topic: emittedTopic,
    read: async (after) => {
      const entries = emitted.slice(after, after + PAGE)
      const revision = after + entries.length
      return { entries: entries.map(toEntry), revision, hasMore: revision < emitted.length, term: '' }
    },
    readReset: async () => ({ entries: [], revision: emitted.length, hasMore: false, term: '' }),
    take: (event) => ({ previous: event.revision - 1, revision: event.revision, entries: [toEntry(event)] }),
    during,
  })

  const state = (): StateDescription<Emitted, Emitted> => ({
    kind: 'state',
    source: 'stage',
    scope: 'everyone',
    topics: [emittedTopic],
    load: async () => [{ key: '', value: { revision: 0, item: 0 } }],
    // A key of its own, so that each of them is delivered.
    take: (event) => [{ key: `${event.revision}`, value: event }],
    during,
  })

  const itemOf = ({ item }: Emitted): number => item

  const forViewers = <Item>(describe: () => Description, resolve: (item: Item) => number) => ({
    subscribe: (_root: unknown, _args: unknown, context: Context) => {
      requireViewer(context)
      return new Source(describe())
    },
    resolve,
  })

  const refuse = () => {
    throw new AppError('FORBIDDEN', 'This is not for you.', { why: 'test' })
  }
  const breakDown = () => {
    throw new Error('secret detail')
  }

  const schema = createSchema<Context>({
    typeDefs,
    resolvers: {
      Query: {
        hello: () => 'world',
        me: (_root, _args, context) => requireViewer(context).userId,
        connection: (_root, _args, { connectionId }) => connectionId,
        broken: breakDown,
        half: () => 1.5,
        refused: refuse,
        self: () => ({}),
        add: (_root, { to }: { to: number }) => to + 1,
        late: async (_root, { text }: { text: string }) => {
          await wait()
          return text
        },
        steps: () => Array.from({ length: STEPS }, () => ({})),
        long: (_root, { length }: { length: number }) => 'x'.repeat(length),
      },
      Step: {
        taken: async () => {
          steps += 1
          await setImmediate()
          return steps
        },
      },
      Mutation: {
        sayLate: async (_root, { text }: { text: string }) => {
          await wait()
          said.push(text)
          return {}
        },
        say: (_root, { text }: { text: string }) => {
          said.push(text)
          return text
        },
      },
      Subscription: {
        log: forViewers(
          () => {
            began += 1
            return log()
          },
          (item: number) => item,
        ),
        state: forViewers(state, itemOf),
        open: { subscribe: () => new Source(state()), resolve: itemOf },
        refused: { subscribe: refuse },
        broken: { subscribe: breakDown },
        late: {
          subscribe: async () => {
            await wait()
            return new Source(state())
          },
          resolve: itemOf,
        },
      },
    },
  })

  const stage: Stage = {
    emit: (item) => {
      const event = { revision: emitted.length + 1, item }
      emitted.push(event)
      bus.publish(emittedTopic, event)
    },
    fail: (error) => {
      for (const { fail } of [...readers]) fail(error)
    },
    letGo: () => {
      const all = waiting.splice(0)
      for (const goOn of all) goOn()
      return all.length
    },
    get readers() {
      return readers.size
    },
    said,
    get began() {
      return began
    },
    get waiting() {
      return waiting.length
    },
    get steps() {
      return steps
    },
  }
  return { schema: enforcePace(schema), stage }
}
