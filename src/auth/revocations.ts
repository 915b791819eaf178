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

/** What became of a revocation. */
export interface Revoked {
  /** The moment before which tokens of the user are refused now, which may be later than asked for; null for one token. */
  readonly notBefore: number | null
  /** Connections that it closed: on this node, and on the others that said so within a second. */
  readonly closed: number
}

/** Which tokens are refused although they have not ended. The same on all nodes within a second, also while Redis is away. */
export interface Revocations {
  /** Costs two looks into a map. */
  isRevoked(token: Revocable): boolean
  /** Stores it, then puts it in force, here at once. */
  revoke(revocation: Revocation): Promise<Revoked>
  /** Calls `end` when more is refused than before: to end what goes on with such tokens, and to say how many that were. It never rejects. */
  watch(end: () => Promise<number>): Cancel
  /** Rejects when this node could not read for some seconds what others revoked. */
  check(): Promise<void>
  /** Forgets what can concern no token any more. */
  prune(): Promise<void>
  close: Cancel
}

export interface RevocationsDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  /** How many other nodes serve. May reject: then nobody is waited for. */
  readonly countOthers: () => Promise<number>
}

/** How often a node looks whether others revoked something; the bus makes it sooner. */
const LOOK_MS = 500
/** A node that has not read for so long does not know what is in force. */
const BLIND_MS = 5_000
/** How long is waited for what other nodes closed. */
const ANSWER_MS = 1_000

const stored = z.object({
  seq: revision,
  kind: z.enum(['user', 'token']),
  key: z.string(),
  notBefore: z.number().nullable(),
  expiresAt: z.number(),
})

/** Sooner than the store tells: what was revoked, and by which node. */
const REVOKED = topic('revocations', z.object({ node: z.string(), revocation: stored }))
/** How many connections a node closed because of one. */
const CLOSED = topic('revocations:closed', z.object({ seq: revision, closed: z.int().nonnegative() }))

/** Gathers what other nodes closed. */
function createAnswers(clock: Clock) {
  const waiting = new Map<number, (closed: number) => void>()
  return {
    add: (seq: number, closed: number): void => waiting.get(seq)?.(closed),
    /** Resolves to the sum when all nodes have answered, or after a second. */
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

/** Begins to know what is revoked: all of it when it resolves. Rejects when the database cannot be read. */
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

  /** They are in force when this returns, and what must end has ended when it resolves. */
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
      // The next look is soon.
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
