import { z } from 'zod'
import { type Bus, type Topic, topic } from '../bus/bus.ts'
import type { Log } from '../lib/log.ts'
import { createSerial, type RunSerially } from '../lib/serial.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type Beginning, type Decision, decide, type Place } from './checkpoint.ts'
import type { CheckpointKey } from './checkpoint-key.ts'
import {
  erasePlaces,
  giveUpOldest,
  markOf,
  movePlaces,
  putPlaces,
  readPlaces,
  removePlaces,
  sweepPlaces,
} from './checkpoint-rows.ts'
import { type OpenCheckpoint, silenceOf } from './clients.ts'
import type { Begun } from './held-checkpoints.ts'
import { createReadMoment, type Moment, mayLackCheckpoints, noteCheckpointsSince } from './lost-checkpoints.ts'

/** How long an expired checkpoint is kept, so that its client can be told. Later its subscription counts as a new one. */
export const EXPIRED_KNOWN_MS = 24 * 60 * 60 * 1_000

/** How often in their time to live checkpoints of open sockets are written again, so that they are good when their node dies. */
const REFRESHES_PER_TTL = 2

/** After how many milliseconds checkpoints of open sockets are written again. */
export function refreshAfter(ttlMs: number): number {
  return Math.max(ttlMs / REFRESHES_PER_TTL, 1_000)
}

/** For how long a checkpoint of an open socket is written: after a crash, at least `ttlMs` must be left of it. */
export function lastsWhileHeld(ttlMs: number): number {
  return ttlMs + 2 * refreshAfter(ttlMs)
}

/** Says that a client came to another node with this key, at the time `at` of the database. */
export interface Rival {
  readonly key: string
  readonly at: number
}

/**
 * The topic on which a node receives which of its clients have to give a sign of life. When an event is lost, a client's place counts no
 * longer.
 */
export function rivalsTopic(node: string): Topic<readonly Rival[]> {
  return topic(`rivals:${node}`, z.array(z.object({ key: z.string(), at: z.number() })))
}

export interface CheckpointStoreOptions {
  /** The id of this node. */
  readonly node: string
  readonly storage: Storage
  readonly bus: Pick<Bus, 'publish'>
  readonly log: Log
  readonly ttlMs: number
  /**
   * The most checkpoints of one user. With more, the oldest are given up, and unknown subscriptions of the user count as expired for a day.
   */
  readonly perUser: number
  /** The time by the clock of this node, in milliseconds since 1970. */
  readonly now: () => number
  /** The time that all nodes have in common; that of the database when left out. */
  readonly readTime?: (() => number) | undefined
}

/** The checkpoints in the database, which all nodes share, and which outlive their node. */
export interface CheckpointStore {
  /**
   * Decides where subscriptions begin, and stores it, in one transaction. Resolves to the results in their order. At most
   * `ROWS_PER_STATEMENT`.
   */
  begin(batch: readonly Beginning[]): Promise<readonly Begun[]>
  /** Inserts checkpoints of this node, or replaces them. */
  put(checkpoints: readonly OpenCheckpoint[]): Promise<void>
  /** Updates how far checkpoints of this node got. Inserts none, so that a user who was erased meanwhile stays erased. */
  move(checkpoints: readonly OpenCheckpoint[]): Promise<void>
  /** Deletes checkpoints of this node. */
  remove(keys: readonly CheckpointKey[]): Promise<void>
  /** How many milliseconds ago a time of the database was. */
  agoOf(at: number): number
  /** Takes one step of a sweep that deletes checkpoints which expired more than a day ago. Resolves to whether it came to the end. */
  sweep(): Promise<boolean>
  /** Deletes all checkpoints of a user. */
  erase(tx: Tx, userId: string): Promise<void>
}

/** The key of all writes of checkpoints, which run one after the other. */
const ORDER = ['checkpoints']

/** The time that all nodes have in common. */
interface SharedTime {
  read(tx: Tx): Promise<Moment>
  /** How many milliseconds ago a shared time was. */
  agoOf(at: number): number
}

function createSharedTime({ storage, now, readTime }: CheckpointStoreOptions): SharedTime {
  /** How far the shared time is ahead of the clock of this node. */
  let aheadMs = 0
  const readMoment = createReadMoment(storage.now)
  return {
    read: async (tx) => {
      const moment = await readMoment(tx)
      const time = readTime?.() ?? moment.now
      aheadMs = time - now()
      return { ...moment, now: time }
    },
    agoOf: (at) => now() + aheadMs - at,
  }
}

/** Decisions, and the time of the database when they were made. */
interface Decided {
  readonly moment: Moment
  readonly decisions: readonly Decision[]
}

/** Writes the places that decisions have made or changed, and deletes those that are over. */
async function storeDecisions(tx: Tx, { moment, decisions }: Decided, perUser: number): Promise<void> {
  await noteCheckpointsSince(tx, moment)
  // A batch can have one key twice: both begin at the same place.
  const own = new Map(decisions.map((decision) => [decision.own.key, decision.own]))
  const others = new Map(decisions.flatMap(({ changed }) => changed.map((one) => [`${one.key} ${one.node}`, one])))
  await putPlaces(tx, [...own.values(), ...others.values()])
  await removePlaces(
    tx,
    decisions.flatMap((decision) => decision.over),
  )
  const userIds = [...new Set(decisions.map((decision) => decision.own.userId))]
  await giveUpOldest(tx, userIds, { perUser, now: moment.now })
}

/** Returns `CheckpointStore.begin`. */
function createBegin(
  options: CheckpointStoreOptions,
  time: SharedTime,
  inOrder: RunSerially,
): (batch: readonly Beginning[]) => Promise<readonly Begun[]> {
  const { node, storage, bus, log, ttlMs, perUser, now: localNow } = options
  const liveMs = lastsWhileHeld(ttlMs)

  const decideAll = async (tx: Tx, batch: readonly Beginning[]): Promise<Decided> => {
    const keys = new Set(batch.flatMap(({ key }) => [key.hash, markOf(key.userId)]))
    const places = await readPlaces(tx, [...keys])
    const moment = await time.read(tx)
    const { now } = moment
    const isLost = mayLackCheckpoints(moment, liveMs)
    const isMarked = (userId: string): boolean =>
      (places.get(markOf(userId))?.[0]?.expiresAt ?? 0) > now - EXPIRED_KNOWN_MS
    const decisions = batch.map((beginning) => {
      const isDoubted = beginning.isDoubted || isLost || isMarked(beginning.key.userId)
      return decide({ ...beginning, isDoubted }, places.get(beginning.key.hash) ?? [], { node, now, liveMs })
    })
    return { moment, decisions }
  }

  const decideAndStore = async (tx: Tx, batch: readonly Beginning[]): Promise<Decided> => {
    const decided = await decideAll(tx, batch)
    await storeDecisions(tx, decided, perUser)
    return decided
  }

  /** Tells other nodes which of their clients have to give a sign of life. */
  const warnRivals = ({ moment: { now }, decisions }: Decided): void => {
    const doubted = decisions.flatMap(({ changed }) => changed.filter(({ doubtedAt }) => doubtedAt === now))
    for (const [other, places] of Map.groupBy(doubted, (place) => place.node)) {
      bus.publish(
        rivalsTopic(other),
        places.map(({ key }) => ({ key, at: now })),
      )
    }
  }

  const toBegun = ({ decisions }: Decided, isStored: boolean): readonly Begun[] =>
    decisions.map(({ start, own, hasForgotten, isReplaced }) => {
      const expiresAt = localNow() + liveMs
      return { start, own: { ...own, expiresAt }, hasForgotten, isReplaced, isStored }
    })

  // When the database takes no writes, subscriptions begin nevertheless. When it cannot be read, they cannot begin.
  return async (batch) => {
    try {
      const decided = await inOrder(ORDER, () => storage.write((tx) => decideAndStore(tx, batch)))
      warnRivals(decided)
      return toBegun(decided, true)
    } catch (err) {
      log.warn({ err }, 'could not store where subscriptions begin')
      return toBegun(await storage.read((tx) => decideAll(tx, batch)), false)
    }
  }
}

/** The checkpoint store of one node. */
export function createCheckpointStore(options: CheckpointStoreOptions): CheckpointStore {
  const { node, storage, now: localNow } = options
  const time = createSharedTime(options)
  const inOrder = createSerial()
  /** Writes without waiting for the disk. A write that is lost in a power failure only means that results are sent again. */
  const note = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => inOrder(ORDER, () => storage.note(work))
  let sweptKey = ''

  const toPlaces = async (tx: Tx, checkpoints: readonly OpenCheckpoint[]): Promise<readonly Place[]> => {
    const [{ now }, local] = [await time.read(tx), localNow()]
    return checkpoints.map((one) => ({
      key: one.key,
      // A mark (`markOf`) belongs to no node.
      node: one.epoch === '' ? '' : node,
      userId: one.userId,
      epoch: one.epoch,
      term: one.term,
      revision: one.revision,
      expiresAt: now + one.expiresAt - local,
      hasEchoed: one.hasEchoed,
      isShared: one.isShared,
      isHeld: one.holders.length > 0,
      cameAt: now,
      aliveAt: now - silenceOf(one, local),
      doubtedAt: 0,
    }))
  }

  return {
    begin: createBegin(options, time, inOrder),
    put: (checkpoints) => note(async (tx) => putPlaces(tx, await toPlaces(tx, checkpoints))),
    move: (checkpoints) => note(async (tx) => movePlaces(tx, node, await toPlaces(tx, checkpoints))),
    remove: (keys) =>
      note((tx) =>
        removePlaces(
          tx,
          keys.map(({ hash: key }) => ({ key, node })),
        ),
      ),
    agoOf: time.agoOf,
    sweep: async () => {
      const step = async (tx: Tx) =>
        sweepPlaces(tx, { after: sweptKey, before: (await time.read(tx)).now - EXPIRED_KNOWN_MS })
      const last = await note(step)
      sweptKey = last ?? ''
      return last === undefined
    },
    erase: erasePlaces,
  }
}
