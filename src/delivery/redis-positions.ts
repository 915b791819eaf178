import type { RedisCommands } from '../redis/redis-client.ts'
import { lastsOfTerms, lastTerm } from '../storage/lane-terms.ts'
import type { Storage } from '../storage/storage.ts'
import { doubtHolders, type PositionMemory } from './held-positions.ts'
import { openPositions, type PositionsOptions } from './open-positions.ts'
import {
  type Beginning,
  type Begun,
  decide,
  EXPIRED_KNOWN_MS,
  isPlaceIn,
  keptOf,
  lastsWhileHeld,
  type PositionHome,
} from './position-home.ts'
import { SILENT_MS, silenceOf } from './position-places.ts'
import type { LanePosition, PositionEntry, Positions } from './positions.ts'
import { BEGIN } from './redis-position-begin.ts'
import { openRivals, type Rivals } from './redis-position-rivals.ts'
import { ERASE, FORGET, MOVE } from './redis-position-scripts.ts'
import { openShards, type Shard, type Shards } from './redis-position-shards.ts'

export interface RedisPositionsOptions extends PositionsOptions {
  readonly client: RedisCommands
  /** Begins every key. */
  readonly prefix: string
  readonly storage: Storage
  /** What the time is. Redis's own clock when left out, so that those of the nodes need not agree. */
  readonly now?: () => number
}

/** Positions written in one go, about once a second. */
const BATCH_SIZE = 20_000
/** Positions of one script, so that no step keeps Redis busy for long. */
const PER_SCRIPT = 250

/** How the scripts write that a position cannot be continued. */
const EXPIRED = '-'

/** And behind it, that its client has never answered. */
const SILENT = '?'

/** And behind that, that what this node had of it counts no longer. */
const REPLACED = '!'

const said = ({ known, lane }: Beginning, now: number): string => {
  if (!known) return ''
  return isPlaceIn(lane, known) && known.expiresAt > now ? String(known.revision) : EXPIRED
}

const flag = (isSo: boolean): number => (isSo ? 1 : 0)

/** Splits items by shard, and so that no script gets too many. */
const perScript = <Item>(
  shards: Shards,
  items: readonly Item[],
  userOf: (item: Item) => string,
): readonly (readonly [Shard, readonly Item[]])[] =>
  [...Map.groupBy(items, (item) => shards.of(userOf(item)))].flatMap(([shard, own]) =>
    Array.from(
      { length: Math.ceil(own.length / PER_SCRIPT) },
      (_, index) => [shard, own.slice(index * PER_SCRIPT, (index + 1) * PER_SCRIPT)] as const,
    ),
  )

/** As the script reads it, which finds the term that a subscription begins with in the last place. */
const toLasts = (lane: LanePosition): string =>
  lastsOfTerms(lane)
    .map(([term, last]) => `${term}=${last} `)
    .join('')

const argsOfBeginning = (beginning: Beginning, now: number): readonly (string | number)[] => {
  const { key, lane, known, isFresh, isNewer, isDoubted } = beginning
  const { hasEchoed = false, isShared = false, holders = [] } = known ?? {}
  const flags = [isFresh, isNewer, isDoubted, hasEchoed, isShared, holders.length > 0].map(flag).join('')
  const after = lane.after === null ? EXPIRED : (lane.after ?? '')
  const all = `${flags},${known ? silenceOf(known, now) : 0}`
  return [key.userId, key.hash, lane.epoch, lane.revision, toLasts(lane), all, said(beginning, now), after]
}

/** What Redis has to do with one node. */
interface Home {
  readonly shards: Shards
  readonly rivals: Rivals
  readonly onLost: (shard: Shard) => void
}

/** Begins subscriptions of one shard. Rejects when Redis does not answer. */
const createBeginSome = ({ clock, ttlMs, perUser }: RedisPositionsOptions, { rivals, onLost }: Home) => {
  const liveMs = lastsWhileHeld(ttlMs)
  const settings = [rivals.node, liveMs, EXPIRED_KNOWN_MS, perUser, keptOf(perUser), SILENT_MS]

  const toBegun = ({ key, lane }: Beginning, found = EXPIRED): Begun => {
    const [place = EXPIRED, shared, ...others] = found.split(' ')
    const answer = place.replace(REPLACED, '')
    const said = answer.replace(SILENT, '')
    const isExpired = said.startsWith(EXPIRED)
    const revision = isExpired ? null : Number(said)
    const overdue = isExpired && said !== EXPIRED && { overdueAt: Number(said.slice(EXPIRED.length)) }
    const start = { revision: revision ?? lane.revision, isExpired, ...overdue }
    const at = { epoch: lane.epoch, term: lastTerm(lane.terms), revision }
    const position = { key: key.hash, userId: key.userId, ...at, hasEchoed: said === answer }
    for (const node of others) rivals.tell(node, key.hash)
    const how = { isShared: shared === '1', isReplaced: answer !== place }
    return { ...position, expiresAt: clock.now() + liveMs, start, isStored: true, ...how }
  }

  return async (shard: Shard, batch: readonly Beginning[]): Promise<readonly Begun[]> => {
    for (;;) {
      const args = [...settings, ...batch.flatMap((beginning) => argsOfBeginning(beginning, clock.now()))]
      const [memory, ...found] = (await shard.run(BEGIN, args)) as readonly string[]
      if (memory === undefined ? await shard.remember() : shard.isLost(memory)) onLost(shard)
      if (memory !== undefined) return batch.map((beginning, index) => toBegun(beginning, found[index]))
    }
  }
}

/** Makes the beginning of subscriptions. */
const createBeginAll = (options: RedisPositionsOptions, home: Home) => {
  const { clock, log, ttlMs } = options
  const beginSome = createBeginSome(options, home)

  /** Without Redis nobody knows which subscriptions are new: those that this node does not know may have missed something. */
  const beginAlone = (beginning: Beginning): Begun => {
    const now = clock.now()
    const decision = { now, liveUntil: now + lastsWhileHeld(ttlMs), isDoubted: !beginning.isFresh }
    return { ...decide(beginning, beginning.known, decision), isStored: false }
  }

  return async (batch: readonly Beginning[]): Promise<readonly Begun[]> => {
    const begun = new Map<Beginning, Begun>()
    let failure: unknown
    const beginning = perScript(home.shards, batch, ({ key }) => key.userId).map(async ([shard, some]) => {
      const found = await beginSome(shard, some).catch((error: unknown) => {
        failure = error
        return some.map(beginAlone)
      })
      for (const [index, one] of some.entries()) begun.set(one, found[index] as Begun)
    })
    await Promise.all(beginning)
    if (failure) log.warn({ err: failure }, 'could not look up where subscriptions begin')
    return batch.map((one) => begun.get(one) as Begun)
  }
}

const createHome = (
  memory: PositionMemory,
  { shards, rivals }: Omit<Home, 'onLost'>,
  options: RedisPositionsOptions,
): PositionHome => {
  const { clock, ttlMs } = options
  const keepMs = lastsWhileHeld(ttlMs) + EXPIRED_KNOWN_MS
  const lost = new Set<Shard>()
  /** The shard that is looked at next. */
  let turn = 0

  const argsOf = (entry: PositionEntry, isKnown: boolean): readonly (string | number)[] => {
    const { userId, key, epoch, term, revision, expiresAt, hasEchoed, isShared, holders } = entry
    const now = clock.now()
    const flags = [!isKnown, hasEchoed, holders.length > 0, isShared].map(flag).join('')
    const place = [epoch, term, revision ?? EXPIRED, Math.max(expiresAt - now, 0)]
    return [userId, key, ...place, flags, silenceOf(entry, now)]
  }

  /** Returns whether the shard was lost. */
  const writeSome = async (shard: Shard, some: readonly PositionEntry[], isKnown: boolean): Promise<boolean> => {
    const memory = (await shard.run(MOVE, [rivals.node, keepMs, ...some.flatMap((one) => argsOf(one, isKnown))])) as
      | string
      | null
    const isLost = memory === null ? await shard.remember() : shard.isLost(memory)
    if (isLost) lost.add(shard)
    return isLost || memory === null
  }

  const write = async (positions: readonly PositionEntry[], isKnown: boolean): Promise<void> => {
    // One after the other: while a script runs, Redis tells nobody anything.
    for (const [shard, some] of perScript(shards, positions, ({ userId }) => userId)) {
      for (let again = await writeSome(shard, some, isKnown); again; ) again = await writeSome(shard, some, false)
    }
  }

  const lookForLosses = async (): Promise<void> => {
    const next = shards.all[turn++ % shards.all.length] as Shard
    if (!(await next.remember())) return
    lost.add(next)
    await Promise.all(shards.all.map(async (shard) => (await shard.remember()) && lost.add(shard)))
  }

  return {
    batchSize: BATCH_SIZE,
    begin: createBeginAll(options, { shards, rivals, onLost: (shard) => lost.add(shard) }),
    put: (positions) => write(positions, false),
    move: (positions) => write(positions, true),
    remove: async (keys) => {
      const removing = perScript(shards, keys, ({ userId }) => userId).map(([shard, some]) => {
        const pairs = some.flatMap(({ userId, hash }) => [userId, hash])
        return shard.run(FORGET, [rivals.node, ...pairs])
      })
      await Promise.all(removing)
    },
    tidy: async () => {
      const askedAt = clock.now()
      const [told] = await Promise.all([rivals.take(), lookForLosses()])
      const now = clock.now()
      for (const { key, ago } of told) doubtHolders(memory, key, now, now - askedAt + ago)
      if (lost.size === 0) return
      // What Redis has lost is told again.
      for (const entry of memory.all()) {
        if (!lost.has(shards.of(entry.userId))) continue
        entry.isStored = false
        memory.moved.add(entry)
      }
      lost.clear()
    },
    erase: async (_, userId) => {
      await shards.of(userId).run(ERASE, [userId])
    },
  }
}

/** Positions that all nodes share: in the memory of the node whose socket holds them, and in Redis. Rejects when Redis does not answer. */
export const openRedisPositions = async (options: RedisPositionsOptions): Promise<Positions> => {
  const shards = await openShards(options)
  const rivals = openRivals(options)
  return openPositions(options, (memory) => createHome(memory, { shards, rivals }, options))
}
