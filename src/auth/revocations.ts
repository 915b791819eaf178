import { z } from 'zod'
import { type Bus, topic } from '../bus/bus.ts'
import { revision } from '../bus/event-schema.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { pollEvery } from '../lib/poller.ts'
import type { Storage } from '../storage/storage.ts'
import type { StreamPlace } from '../storage/stream-terms.ts'
import { pruneRevocations, type Revocation, readRevocations, storeRevocation } from './revocation-rows.ts'
import { createRevokedTokens, type Revocable } from './revoked-tokens.ts'

/** The result of a revocation. */
export interface Revoked {
  /** Tokens of the user that were issued before this time are refused now. It may be later than asked for. Null for a single token. */
  readonly notBefore: number | null
  /** How many connections were closed: on this node, and on other nodes that answered within a second. */
  readonly closed: number
}

/** Knows the revoked tokens. A revocation is in force on all nodes within about a second, also while Redis is away. */
export interface Revocations {
  /** Whether a token was revoked. Costs two lookups in maps. */
  isRevoked(token: Revocable): boolean
  /** Stores a revocation, and then puts it in force: on this node at once. Resolves when other nodes have answered, or after a second. */
  revoke(revocation: Revocation): Promise<Revoked>
  /**
   * Calls `end` whenever more tokens are revoked than before. `end` has to close the connections of such tokens, resolve to how many there
   * were, and never reject. The returned function ends the calls.
   */
  watch(end: () => Promise<number>): Cancel
  /** Rejects with SERVICE_UNAVAILABLE when this node could not read revocations from the database for five seconds. */
  check(): Promise<void>
  /** Forgets and deletes revocations that have expired. */
  prune(): Promise<void>
  close: Cancel
}

export interface RevocationsDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  /** Resolves to how many other nodes serve. When it rejects, `revoke` does not wait for other nodes. */
  readonly countOthers: () => Promise<number>
}

/** How often a node reads new revocations from the database. Mostly the bus brings them sooner. */
const LOOK_MS = 500
/** After this time without reading, a node does not know the revocations that are in force. */
const BLIND_MS = 5_000
/** How long `revoke` waits for the answers of other nodes. */
const ANSWER_MS = 1_000

const stored = z.object({
  seq: revision,
  kind: z.enum(['user', 'token']),
  key: z.string(),
  notBefore: z.number().nullable(),
  expiresAt: z.number(),
})

/** Brings a revocation to other nodes sooner than they read it from the store. `node` is the node that stored it. */
const REVOKED = topic('revocations', z.object({ node: z.string(), revocation: stored }))
/** The answer of a node: how many connections it closed because of a revocation. */
const CLOSED = topic('revocations:closed', z.object({ seq: revision, closed: z.int().nonnegative() }))

/** Adds up how many connections other nodes closed because of a revocation, by its `seq`. */
function createAnswers(clock: Clock) {
  const waiting = new Map<number, (closed: number) => void>()
  return {
    add: (seq: number, closed: number): void => waiting.get(seq)?.(closed),
    /** Resolves to the sum of the answers: when `countNodes` nodes have answered, when counting them fails, or after a second. */
    gather: async (seq: number, countNodes: Promise<number>): Promise<number> => {
      const all = Promise.withResolvers<void>()
      let [sum, answered, nodes] = [0, 0, Number.POSITIVE_INFINITY]
      const settle = (): void => {
        if (answered >= nodes) all.resolve()
      }
      waiting.set(seq, (closed) => {
        sum += closed
        answered += 1
        settle()
      })
      const cancel = clock.after(ANSWER_MS, all.resolve)
      countNodes.then((count) => {
        nodes = count
        settle()
      }, all.resolve)
      await all.promise
      cancel()
      waiting.delete(seq)
      return sum
    },
  }
}

/** Opens the revocations of a node. All that are stored are in force when it resolves. Rejects when the database cannot be read. */
export async function openRevocations({
  storage,
  bus,
  clock,
  log,
  countOthers,
}: RevocationsDeps): Promise<Revocations> {
  const node = newEpoch()
  const tokens = createRevokedTokens()
  const answers = createAnswers(clock)
  const watching = new Set<() => Promise<number>>()
  let place: StreamPlace | undefined
  let readAt = clock.now()

  /** Puts revocations in force before it returns. Resolves to how many connections were closed, when they are. */
  const apply = async (revocations: readonly Revocation[]): Promise<number> => {
    const now = clock.now()
    const news = revocations.filter((revocation) => revocation.expiresAt >= now && tokens.add(revocation))
    if (news.length === 0) return 0
    const ended = await Promise.all([...watching].map((end) => end()))
    return ended.reduce((sum, count) => sum + count, 0)
  }

  const look = async (): Promise<void> => {
    const startedAt = clock.now()
    const { rows, ...read } = await readRevocations(storage, place)
    place = read.place
    readAt = startedAt
    await apply(rows)
  }

  await look()
  const cancel = pollEvery(clock, LOOK_MS, look, (err) => log.debug({ err }, 'could not read what is revoked'))
  const listening = [
    bus.subscribe(REVOKED, {
      event: ({ node: by, revocation }) => {
        if (by === node) return
        void apply([revocation]).then((closed) => bus.publish(CLOSED, { seq: revocation.seq, closed }))
      },
      // The database is read again soon anyway.
      gap: () => {},
    }),
    bus.subscribe(CLOSED, { event: ({ seq, closed }) => answers.add(seq, closed), gap: () => {} }),
  ]

  return {
    isRevoked: tokens.has,
    revoke: async (revocation) => {
      const now = await storage.write((tx) => storeRevocation(tx, revocation))
      const here = apply([now])
      const elsewhere = answers.gather(now.seq, countOthers())
      bus.publish(REVOKED, { node, revocation: now })
      return { notBefore: now.notBefore, closed: (await here) + (await elsewhere) }
    },
    watch: (end) => {
      watching.add(end)
      return () => void watching.delete(end)
    },
    check: async () => {
      if (clock.now() - readAt <= BLIND_MS) return
      const message = `What other nodes revoked could not be read for ${BLIND_MS / 1_000} seconds.`
      throw new AppError('SERVICE_UNAVAILABLE', message)
    },
    prune: async () => {
      tokens.prune(clock.now())
      await pruneRevocations(storage, clock.now())
    },
    close: () => {
      cancel()
      for (const subscription of listening) subscription.end()
    },
  }
}
