import { setImmediate } from 'node:timers/promises'
import type { GraphQLSchema } from 'graphql'
import { createSchema } from 'graphql-yoga'
import type { Delivery, Fail, Feed, FeedKind } from '../../src/feed/feed.ts'
import { createPull } from '../../src/feed/pull.ts'
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

interface Reader {
  readonly put: (item: number) => void
  readonly fail: Fail
}

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
    "Ends by itself after 0, 1 and 2."
    three: Int!
  }
`

/** A schema of its own for tests of the server: small, with everything that can go wrong in it. */
export const createSmallSchema = (): { readonly schema: GraphQLSchema; readonly stage: Stage } => {
  const readers = new Set<Reader>()
  const waiting: (() => void)[] = []
  const said: string[] = []
  let began = 0
  let steps = 0
  const wait = (): Promise<void> => new Promise((resolve) => waiting.push(resolve))

  const feed = (kind: FeedKind, first: readonly number[] = []): Feed<number> => ({
    kind,
    source: 'stage',
    scope: '',
    [Symbol.asyncIterator]: () => {
      const queue = [...first]
      let count = 0
      let fail: Fail = () => {}
      const pull = createPull<Delivery<number>>({
        poll: () => {
          const item = queue.shift()
          if (item === undefined) return undefined
          count += 1
          return kind === 'log' ? { item, cursor: `c${count}` } : { item }
        },
        stop: () => readers.delete(reader),
        view: {
          during: (given) => {
            fail = given
            return () => {}
          },
        },
      })
      const reader: Reader = {
        put: (item) => {
          queue.push(item)
          pull.ring()
        },
        fail: (error) => fail(error),
      }
      readers.add(reader)
      return pull.iterator
    },
  })

  const endingFeed = (): Feed<number> => ({
    kind: 'signal',
    source: 'three',
    scope: '',
    async *[Symbol.asyncIterator]() {
      for (const item of [0, 1, 2]) yield { item }
      return undefined
    },
  })

  const forViewers = (make: () => Feed<number>) => ({
    subscribe: (_root: unknown, _args: unknown, context: Context) => {
      requireViewer(context)
      return make()
    },
    resolve: (item: number) => item,
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
        log: forViewers(() => {
          began += 1
          return feed('log')
        }),
        state: forViewers(() => feed('state', [0])),
        open: { subscribe: () => feed('state', [0]), resolve: (item: number) => item },
        refused: { subscribe: refuse },
        broken: { subscribe: breakDown },
        late: {
          subscribe: async () => {
            await wait()
            return feed('state', [0])
          },
          resolve: (item: number) => item,
        },
        three: { subscribe: endingFeed, resolve: (item: number) => item },
      },
    },
  })

  const stage: Stage = {
    emit: (item) => {
      for (const { put } of [...readers]) put(item)
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
