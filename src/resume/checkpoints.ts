import type { Bus } from '../bus/bus.ts'
import { createBatches, FOR_CROWDS } from '../lib/batches.ts'
import type { Clock } from '../lib/clock.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { openPoller } from '../lib/poller.ts'
import { createSerial } from '../lib/serial.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { Beginning, Known, SubscriptionHead } from './checkpoint.ts'
import type { CheckpointKey } from './checkpoint-key.ts'
import { markOf, ROWS_PER_STATEMENT } from './checkpoint-rows.ts'
import {
  type CheckpointStore,
  createCheckpointStore,
  lastsWhileHeld,
  type Rival,
  refreshAfter,
  rivalsTopic,
} from './checkpoint-store.ts'
import { doubt, type HeldCheckpoint, type OpenCheckpoint, settle, silenceOf } from './clients.ts'
import { type Begun, createHolding, createOpenCheckpoints, type OpenCheckpoints } from './held-checkpoints.ts'

/** Remembers how far each subscription got, so that it goes on there when its client comes back. */
export interface Checkpoints {
  /**
   * Begins a subscription to a stream: after its checkpoint, or where the stream stands when it is new. Resolves when the start is stored.
   * A subscription that cannot be continued begins where the stream stands, as expired. Every attempt before its first acknowledgement is
   * expired, too. `owner` is kept in the result.
   */
  begin<Owner = undefined>(key: CheckpointKey, head: SubscriptionHead, owner?: Owner): Promise<HeldCheckpoint<Owner>>
  /** Notes that the client has everything up to a revision. Null: the subscription cannot be continued. */
  acknowledge(held: HeldCheckpoint, revision: number | null): void
  /** Notes that the client of this socket gave a sign of life. */
  markAlive(held: HeldCheckpoint): void
  /**
   * Call it when the socket has gone. The checkpoint is kept for `ttlMs`. `isDead`: the client did not close the socket. When another
   * socket has taken up the subscription meanwhile, it then counts as the same client.
   */
  release(held: HeldCheckpoint, isDead?: boolean): void
  /** Call it when the subscription is over for this client. Other clients with the same key keep their places. */
  forget(held: HeldCheckpoint): void
  /** Resolves when everything that has been acknowledged so far is stored. */
  store(): Promise<void>
  /** Deletes all checkpoints of a user, in memory and in the database. */
  erase(tx: Tx, userId: string): Promise<void>
  /** Stores everything, and ends. Never rejects: a failure is logged. */
  close(): Promise<void>
}

export interface CheckpointsOptions {
  readonly storage: Storage
  /** The bus between the nodes that share the database. */
  readonly bus: Pick<Bus, 'publish' | 'subscribe'>
  readonly clock: Clock
  readonly log: Log
  /** How long a checkpoint is kept after its socket has gone, in milliseconds. */
  readonly ttlMs: number
  /**
   * The most checkpoints of one user. With more, the oldest are given up, and unknown subscriptions of the user count as expired for a day.
   */
  readonly perUser: number
  /** The time that all nodes have in common; that of the database when left out. */
  readonly readTime?: (() => number) | undefined
}

/** Checkpoints that have changed are stored within about this time, in steps spread over it, so that a busy second holds up nobody. */
const STORE_MS = 1_000
/** The most checkpoints of one step. On SQLite a step keeps the event loop for a millisecond or two. */
const MOVED_PER_STEP = 250
/** The most steps within `STORE_MS`. Checkpoints that do not fit are stored later. */
const MAX_STEPS = 40
/** The time from the end of a sweep to the next one. */
const SWEEP_MS = 60_000

interface AskedFor {
  readonly key: CheckpointKey
  readonly head: SubscriptionHead
}

/**
 * Returns a function that begins a subscription, and resolves when its start is stored. Subscriptions that come while others are being
 * stored share the next transaction, up to `ROWS_PER_STATEMENT` of them.
 */
function createBegin(open: OpenCheckpoints, store: CheckpointStore, now: () => number) {
  const knownOf = (checkpoint: OpenCheckpoint): Known => {
    settle(checkpoint, now())
    const isHeld = checkpoint.holders.length > 0
    // Without another client left, it is no longer shared.
    if (!isHeld && checkpoint.gone.length === 0) checkpoint.isShared = false
    return {
      ...checkpoint,
      isLasting: isHeld || checkpoint.expiresAt > now(),
      isHeld,
      isNewer: open.moved.has(checkpoint),
      silence: silenceOf(checkpoint, now()),
    }
  }

  const toBeginning = ({ key, head }: AskedFor, fresh: ReadonlySet<string>): Beginning => {
    const isFresh = fresh.has(key.hash)
    const checkpoint = isFresh ? undefined : open.get(key.hash)
    const isDoubted = open.get(markOf(key.userId)) !== undefined
    return { key, head, isFresh, isDoubted, known: checkpoint && knownOf(checkpoint) }
  }

  const begin = createBatches<AskedFor, Begun>({
    max: ROWS_PER_STATEMENT,
    rest: FOR_CROWDS,
    run: async (batch) => {
      // A subscription that begins again must not be deleted afterwards because it was forgotten before.
      const fresh = new Set(batch.map(({ key }) => key.hash).filter((hash) => open.forgotten.delete(hash)))
      return store.begin(batch.map((asked) => toBeginning(asked, fresh)))
    },
  })
  return (key: CheckpointKey, head: SubscriptionHead): Promise<Begun> => begin({ key, head })
}

/** Writes checkpoints that have changed, one batch after the other. Those that could not be written are tried again the next time. */
function createWriting(open: OpenCheckpoints, store: CheckpointStore, { clock, ttlMs }: CheckpointsOptions) {
  const { moved, forgotten } = open
  const inOrder = createSerial()

  const takeMoved = (): readonly OpenCheckpoint[] => {
    const now = clock.now()
    const batch = [...moved.values().take(MOVED_PER_STEP)]
    for (const checkpoint of batch) {
      moved.delete(checkpoint)
      settle(checkpoint, now)
      if (checkpoint.holders.length > 0) checkpoint.expiresAt = now + lastsWhileHeld(ttlMs)
    }
    return batch
  }

  const isCurrent = (checkpoint: OpenCheckpoint): boolean => open.get(checkpoint.key) === checkpoint

  /** Whether this node knows nothing of a checkpoint that is not stored. Then it can leave the memory. */
  const isIdle = ({ holders, isShared, gone }: OpenCheckpoint): boolean =>
    holders.length === 0 && !(isShared && gone.length > 0)

  const write = async (batch: readonly OpenCheckpoint[]): Promise<void> => {
    const known = batch.filter(({ isStored }) => isStored)
    const unknown = batch.filter(({ isStored }) => !isStored)
    for (const checkpoint of unknown) checkpoint.isStored = true
    try {
      await Promise.all([known.length > 0 && store.move(known), unknown.length > 0 && store.put(unknown)])
    } catch (error) {
      for (const checkpoint of unknown) checkpoint.isStored = false
      for (const checkpoint of batch) if (isCurrent(checkpoint)) moved.add(checkpoint)
      throw error
    }
    for (const one of batch) if (isIdle(one) && !moved.has(one) && isCurrent(one)) open.remove(one)
  }

  const removeForgotten = async (): Promise<void> => {
    const over = [...forgotten.values().take(ROWS_PER_STATEMENT)]
    if (over.length === 0) return
    await store.remove(over)
    for (const key of over) if (forgotten.get(key.hash) === key) forgotten.delete(key.hash)
  }

  const writeSome = async (): Promise<void> => {
    await write(takeMoved())
    await removeForgotten()
  }

  const step = (): Promise<void> => inOrder(['writing'], writeSome)

  return {
    step,
    /** How many steps it takes to store the checkpoints that have changed until now; at most `MAX_STEPS`. */
    steps: (): number => Math.min(Math.max(1, Math.ceil(moved.size / MOVED_PER_STEP)), MAX_STEPS),
    all: async (): Promise<void> => {
      do await step()
      while (moved.size > 0 || forgotten.size > 0)
    },
  }
}

/**
 * The checkpoints of a node. They are in memory while a socket has them, are written to the database about once a second, and are read from
 * there when a client comes back. When the node crashes, results that were acknowledged since the last write are sent again.
 */
export function openCheckpoints(options: CheckpointsOptions): Checkpoints {
  const { bus, clock, log, ttlMs, perUser } = options
  const { now } = clock
  const node = newEpoch()
  const open = createOpenCheckpoints(clock, perUser)
  const store = createCheckpointStore({ ...options, node, now })
  const { hold, ...holding } = createHolding(open, options)
  const begin = createBegin(open, store, now)
  const writing = createWriting(open, store, options)
  let [refreshAt, sweepAt] = [now() + refreshAfter(ttlMs), now()]

  /** Does once in a round what is due, however many steps the round has: refreshing checkpoints, and sweeping. */
  const beginRound = async (): Promise<void> => {
    if (now() >= refreshAt) {
      refreshAt = now() + refreshAfter(ttlMs)
      for (const checkpoint of open.all()) open.moved.add(checkpoint)
    }
    if (now() >= sweepAt && (await store.sweep())) sweepAt = now() + SWEEP_MS
  }

  let steps = 1
  let stepsLeft = 0
  const poll = async (): Promise<number> => {
    if (stepsLeft === 0) {
      await beginRound()
      stepsLeft = steps = writing.steps()
    }
    stepsLeft -= 1
    await writing.step()
    return STORE_MS / steps
  }
  const onFailure = (err: unknown): void => log.warn({ err }, 'could not store checkpoints')
  const poller = openPoller({ clock, poll, onFailure })

  const doubtRivals = (rivals: readonly Rival[]): void => {
    for (const { key, at } of rivals) {
      const checkpoint = open.get(key)
      if (checkpoint) doubt(checkpoint, now(), store.agoOf(at))
    }
  }
  const rivals = bus.subscribe(rivalsTopic(node), { event: doubtRivals, gap: () => {} })

  return {
    ...holding,
    begin: async (key, head, owner) => hold(await begin(key, head), owner as NonNullable<typeof owner>),
    store: writing.all,
    erase: async (tx, userId) => {
      for (const one of [...open.all(), ...open.moved]) if (one.userId === userId) open.remove(one)
      await store.erase(tx, userId)
    },
    close: async () => {
      rivals.end()
      await poller.close()
      // When this fails, results are sent again, or the subscription is told that it has expired.
      await writing.all().catch(onFailure)
    },
  }
}
