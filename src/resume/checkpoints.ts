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
   * Takes up a subscription to a stream: where it got to, or where the stream stands when it is new. When it resolves, the start is
   * stored. One that cannot be continued begins where the stream stands, and is not remembered as continuable before its
   * first acknowledgement, so that every attempt until then is told so. `owner` is kept with what is held.
   */
  begin<Owner = undefined>(key: CheckpointKey, head: SubscriptionHead, owner?: Owner): Promise<HeldCheckpoint<Owner>>
  /** The client has everything up to this revision; null: it will not say, so that the subscription cannot be continued. */
  acknowledge(held: HeldCheckpoint, revision: number | null): void
  /** The client of this socket gave a sign of life. */
  markAlive(held: HeldCheckpoint): void
  /**
   * The socket has gone: the checkpoint is kept for a while. `isDead`: its client did not close it; then that is the one that has
   * taken the subscription up meanwhile, if any has.
   */
  release(held: HeldCheckpoint, isDead?: boolean): void
  /** The subscription is over for this client and will not come back; others under the same key keep their places. */
  forget(held: HeldCheckpoint): void
  /** Stores what has been acknowledged so far. */
  store(): Promise<void>
  /** Forgets a user. */
  erase(tx: Tx, userId: string): Promise<void>
  /** Stores everything and ends. */
  close(): Promise<void>
}

export interface CheckpointsOptions {
  readonly storage: Storage
  /** Between the nodes that share the database. */
  readonly bus: Pick<Bus, 'publish' | 'subscribe'>
  readonly clock: Clock
  readonly log: Log
  /** How long a checkpoint is kept after its socket has gone, in milliseconds. */
  readonly ttlMs: number
  /** Checkpoints of one user; with more, the oldest are given up, and the user's new subscriptions say so for a day. */
  readonly perUser: number
  /** What the time is by the clock of all nodes; that of the database when left out. */
  readonly readTime?: (() => number) | undefined
}

/** What has moved is stored within about so long, in steps all through it, so that a busy second holds up nobody for long. */
const STORE_MS = 1_000
/** On SQLite a step takes the event loop a millisecond or two. */
const MOVED_PER_STEP = 250
/** With more than fit into so many steps, the others have their turn later. */
const MAX_STEPS = 40
/** How long after a sweep has ended the next one begins. */
const SWEEP_MS = 60_000

interface AskedFor {
  readonly key: CheckpointKey
  readonly head: SubscriptionHead
}

/**
 * Makes the beginning of subscriptions: it resolves when the start is stored. Those that come while some are being stored share the
 * next transaction, however many they are.
 */
function createBegin(open: OpenCheckpoints, store: CheckpointStore, now: () => number) {
  const knownOf = (checkpoint: OpenCheckpoint): Known => {
    settle(checkpoint, now())
    const isHeld = checkpoint.holders.length > 0
    // Where one is left alone, nobody shares it.
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
      // What begins again was forgotten long enough, and is not to be removed behind its back.
      const fresh = new Set(batch.map(({ key }) => key.hash).filter((hash) => open.forgotten.delete(hash)))
      return store.begin(batch.map((asked) => toBeginning(asked, fresh)))
    },
  })
  return (key: CheckpointKey, head: SubscriptionHead): Promise<Begun> => begin({ key, head })
}

/** Writes what has changed, one batch after the other. What could not be written is tried again the next time. */
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

  /** Nothing is left of it that only this node knows. */
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
    /** In how many steps what has moved until now is stored. */
    steps: (): number => Math.min(Math.max(1, Math.ceil(moved.size / MOVED_PER_STEP)), MAX_STEPS),
    all: async (): Promise<void> => {
      do await step()
      while (moved.size > 0 || forgotten.size > 0)
    },
  }
}

/**
 * Checkpoints of a node: in memory while a socket has them, written to the database about once a second, and read from there when a
 * client comes back. A crash costs at most what was acknowledged since, which then comes again.
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

  /** What is due once in a round, however many steps that has. */
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
      // What cannot be stored now is no reason to stay: it comes again, or is announced as missed.
      await writing.all().catch(onFailure)
    },
  }
}
