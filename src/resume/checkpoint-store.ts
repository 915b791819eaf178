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

/** How long it is known of a checkpoint that it has expired; later its subscription looks like a new one. */
export const EXPIRED_KNOWN_MS = 24 * 60 * 60 * 1_000

/** Checkpoints in use are written again after this part of their time, so that they last when their node dies. */
const REFRESHES_PER_TTL = 2

export function refreshAfter(ttlMs: number): number {
  return Math.max(ttlMs / REFRESHES_PER_TTL, 1_000)
}

/** How long a checkpoint lasts that is held now: after a crash as long as if its socket had gone then, at least. */
export function lastsWhileHeld(ttlMs: number): number {
  return ttlMs + 2 * refreshAfter(ttlMs)
}

/** A client came to another node under this key, at a time of the database. */
export interface Rival {
  readonly key: string
  readonly at: number
}

/** Where a node is told which of its clients are to give a sign of life. What is lost of that is a place that counts no longer. */
export function rivalsTopic(node: string): Topic<readonly Rival[]> {
  return topic(`rivals:${node}`, z.array(z.object({ key: z.string(), at: z.number() })))
}

export interface CheckpointStoreOptions {
  /** Names this process among all nodes. */
  readonly node: string
  readonly storage: Storage
  readonly bus: Pick<Bus, 'publish'>
  readonly log: Log
  readonly ttlMs: number
  /** Checkpoints of one user; with more, the oldest are given up, and the user's new subscriptions say so for a day. */
  readonly perUser: number
  /** What the time is, by the clock of this node. */
  readonly now: () => number
  /** What the time is by the clock of all nodes; that of the database when left out. */
  readonly readTime?: (() => number) | undefined
}

/** Where checkpoints outlive their node: the database, which all nodes share. */
export interface CheckpointStore {
  /** Decides where subscriptions begin and stores it, at most `ROWS_PER_STATEMENT` at a time, in their order. */
  begin(batch: readonly Beginning[]): Promise<readonly Begun[]>
  /** Stores checkpoints, whether they are known there or not. */
  put(checkpoints: readonly OpenCheckpoint[]): Promise<void>
  /** Stores how far checkpoints got. Only of those that are known there: who was erased in between stays erased. */
  move(checkpoints: readonly OpenCheckpoint[]): Promise<void>
  remove(keys: readonly CheckpointKey[]): Promise<void>
  /** How many milliseconds ago a time of the database was. */
  agoOf(at: number): number
  /** A step of looking for those of which nobody needs to know any more, to remove them; returns whether it came to the end. */
  sweep(): Promise<boolean>
  erase(tx: Tx, userId: string): Promise<void>
}

/** What a node writes to checkpoints it writes in order. */
const ORDER = ['checkpoints']

/** The time that all nodes have in common. */
interface SharedTime {
  read(tx: Tx): Promise<Moment>
  /** How many milliseconds ago a time was. */
  agoOf(at: number): number
}

function createSharedTime({ storage, now, readTime }: CheckpointStoreOptions): SharedTime {
  /** How far it is ahead of the clock of this node. */
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

/** What was decided at a time of the database. */
interface Decided {
  readonly moment: Moment
  readonly decisions: readonly Decision[]
}

/** Writes what follows from decisions. */
async function storeDecisions(tx: Tx, { moment, decisions }: Decided, perUser: number): Promise<void> {
  await noteCheckpointsSince(tx, moment)
  // A client that asks the same under one id twice at a time begins alike.
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

/** Makes the beginning of subscriptions. */
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

  /** Asks other nodes for a sign of life of their clients. */
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

  // When nothing can be written, subscriptions begin all the same; when nothing can be read, they cannot.
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

/** Makes the store of one node. */
export function createCheckpointStore(options: CheckpointStoreOptions): CheckpointStore {
  const { node, storage, now: localNow } = options
  const time = createSharedTime(options)
  const inOrder = createSerial()
  /** What is lost of it when the power fails comes again. */
  const note = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => inOrder(ORDER, () => storage.note(work))
  let sweptKey = ''

  const toPlaces = async (tx: Tx, checkpoints: readonly OpenCheckpoint[]): Promise<readonly Place[]> => {
    const [{ now }, local] = [await time.read(tx), localNow()]
    return checkpoints.map((one) => ({
      key: one.key,
      // What says that checkpoints were given up belongs to no node.
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
