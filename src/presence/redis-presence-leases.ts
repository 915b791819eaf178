import { createBatches } from '../lib/batches.ts'
import type { Clock } from '../lib/clock.ts'
import { newEpoch } from '../lib/ids.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { createRunLeased, createRunScript, type LeaseIdentity, leaseKeys } from '../redis/redis-scripts.ts'
import { createHeld, type Held } from './held-connections.ts'
import { PRESENCE_GRACE_MS, type PresenceLeases, type Tell, type Transition } from './presence-leases.ts'
import { createPresenceCommands, type PresenceCommands, USERS_PER_SCRIPT } from './redis-presence-commands.ts'

export interface RedisPresenceOptions {
  readonly client: RedisCommands
  /** Begins every key. */
  readonly prefix: string
  readonly clock: Clock
  /** Milliseconds that a user stays online after the last connection has gone. */
  readonly graceMs?: number
  /** Milliseconds after which the connections of a node that says nothing are gone. It renews its lease more than twice in it. */
  readonly leaseMs?: number
  /** What the time is. Redis's own clock when left out, so that those of the nodes need not agree. */
  readonly now?: () => number
}

/** How long a node holds its lease without renewing it, in milliseconds, when nothing is configured. */
export const LEASE_MS = 25_000
const RENEWALS_PER_LEASE = 2.5
const MIN_PAUSE_MS = 100

/** Tells Redis of the users of this node. Those whom it could not be told of are told with the next ones. */
const createSyncing = (held: Held, commands: PresenceCommands) => {
  /** Tells of some users; returns who came online. */
  const sync = async (userIds: readonly string[]): Promise<readonly Transition[]> => {
    const news = userIds.map((userId) => ({
      userId,
      count: held.count(userId),
      mustReport: held.mustReport(userId),
    }))
    held.settle(userIds)
    try {
      return await commands.sync(news)
    } catch (error) {
      for (const { userId, count } of news) held.unsettle(userId, count > 0)
      throw error
    }
  }

  const syncTogether = createBatches<string, Transition | undefined>({
    max: USERS_PER_SCRIPT,
    run: async (userIds) => {
      const came = new Map((await sync([...new Set(userIds)])).map((transition) => [transition.userId, transition]))
      return userIds.map((userId) => {
        const transition = came.get(userId)
        // Of a user who is asked for twice it is said once.
        came.delete(userId)
        return transition
      })
    },
  })
  let last: Promise<unknown> = Promise.resolve()

  return {
    /** Tells of one user, together with those who come and go meanwhile; resolves to the transition when that user came online. */
    syncOne: (userId: string): Promise<Transition | undefined> => {
      const told = syncTogether(userId)
      last = told.catch(() => {})
      return told
    },
    /** Asks when all was told that is known here: whoever connects and asks finds themselves. */
    afterwards: async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
      await last
      return ask()
    },
    /** Tells of all who are not settled; hands over who came online. */
    syncAll: async (came: (transitions: readonly Transition[]) => void): Promise<void> => {
      const userIds = held.unsettled()
      for (let start = 0; start < userIds.length; start += USERS_PER_SCRIPT) {
        came(await sync(userIds.slice(start, start + USERS_PER_SCRIPT)))
      }
    },
  }
}

/** Makes one round of `PresenceLeases.sweep`. */
const createSweep = (commands: PresenceCommands, syncing: ReturnType<typeof createSyncing>) => {
  /** Users who came online of whom nobody was told yet. */
  let untold: readonly Transition[] = []
  const tellLater = (came: readonly Transition[]): void => {
    untold = [...untold, ...came]
  }
  const syncAll = (): Promise<void> => syncing.syncAll(tellLater)

  const tellAll = async (tell: Tell, gone: readonly Transition[]): Promise<void> => {
    const came = untold
    if (came.length + gone.length === 0) return
    untold = []
    try {
      await tell([...gone, ...came])
    } catch (error) {
      untold = [...came, ...untold]
      // When this fails too, the claims run out.
      await commands.settle(false, gone).catch(() => {})
      throw error
    }
    await commands.settle(true, gone)
  }

  const sweep = async (tell: Tell, graceMs: number): Promise<{ readonly nextMs: number; readonly gone: number }> => {
    await syncAll()
    const { nextMs, gone } = await commands.claim(graceMs)
    // Those of whom the lease said that they may be forgotten.
    await syncAll()
    await tellAll(tell, gone)
    return { nextMs, gone: gone.length }
  }
  return { sweep, tellLater }
}

/**
 * The leases of several nodes, in Redis. Each node says how many connections it has of a user, never "one more": so saying it
 * again after a failure does no harm, and a Redis that has forgotten everything is told everything again.
 */
export const createRedisPresenceLeases = (options: RedisPresenceOptions): PresenceLeases => {
  const { client, prefix, clock, graceMs = PRESENCE_GRACE_MS, leaseMs = LEASE_MS, now = () => 0 } = options
  const node = newEpoch()
  const startedAt = clock.now()
  const held = createHeld()
  const identity = (): LeaseIdentity => [node, leaseMs, now(), startedAt, held.connections(), held.users()]
  const run = createRunScript(client, leaseKeys(`${prefix}{presence}:`), 'Who is online')
  const commands = createPresenceCommands(createRunLeased(run, identity, held.unsettleAll))
  const syncing = createSyncing(held, commands)
  const { sweep, tellLater } = createSweep(commands, syncing)

  const retire = async (tell: Tell): Promise<void> => {
    held.clear()
    await syncing.syncAll(() => {})
    const { nodes } = await commands.stats()
    const isLast = nodes.every(({ id }) => id === node)
    while (isLast && (await sweep(tell, 0)).gone > 0);
    await commands.retire()
  }

  return {
    enter: async (connectionId, userId) => (held.enter(connectionId, userId) ? syncing.syncOne(userId) : undefined),
    leave: async (connectionId, userId) => {
      if (!held.leave(connectionId, userId)) return
      // Another connection of the user, which Redis could not be told of before, can have become known by this.
      const came = await syncing.syncOne(userId)
      if (came) tellLater([came])
    },
    sweep: async (tell) => {
      const { nextMs } = await sweep(tell, graceMs)
      return Math.max(MIN_PAUSE_MS, Math.min(nextMs, leaseMs / RENEWALS_PER_LEASE, graceMs))
    },
    lookUp: (userIds) => syncing.afterwards(() => commands.lookUp(userIds)),
    stats: () => syncing.afterwards(commands.stats),
    // With Redis away there is nobody to tell: the lease runs out, and another node tells it.
    close: (tell) => retire(tell).catch(() => {}),
  }
}
