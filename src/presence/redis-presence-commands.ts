import type { RunLeased } from '../redis/redis-scripts.ts'
import type { ConnectionStats, Transition, UserLease } from './presence-leases.ts'
import { LOOK_UP, RETIRE, SETTLE, STATS, SWEEP, SYNC } from './redis-presence-scripts.ts'

/** How many connections a node has of a user. */
export interface News {
  readonly userId: string
  readonly count: number
  /** Report the user as coming online in any case. */
  readonly mustReport: boolean
}

/** What can be asked of Redis, each in one step. Everything rejects with SERVICE_UNAVAILABLE when it does not answer. */
export interface PresenceCommands {
  /** Resolves to those who came online. */
  sync(news: readonly News[]): Promise<readonly Transition[]>
  /** Claims users to be told offline. */
  claim(graceMs: number): Promise<{ readonly nextMs: number; readonly gone: readonly Transition[] }>
  /** They were told offline, or that failed. */
  settle(isTold: boolean, gone: readonly Transition[]): Promise<void>
  lookUp(userIds: readonly string[]): Promise<ReadonlyMap<string, UserLease>>
  stats(): Promise<ConnectionStats>
  retire(): Promise<void>
}

/** Users of one script, so that no step keeps Redis busy for long. */
export const USERS_PER_SCRIPT = 500
/** A node that claimed to tell of users and has not done so by then is taken for dead. */
const CLAIM_MS = 30_000

type Came = readonly [userId: string, connections: number, at: number, version: number]
type Gone = readonly [userId: string, goneAt: number, version: number]
type Found = readonly [isOnline: number, connections: number, version: number]
type NodeRow = readonly [id: string, connections: string, users: string, startedAt: string]

const toStats = ([users, rows]: readonly [number, readonly NodeRow[]]): ConnectionStats => {
  const nodes = rows.map(([id, connections, users, startedAt]) => ({
    id,
    connections: Number(connections),
    users: Number(users),
    startedAt: Number(startedAt),
  }))
  return { connections: nodes.reduce((sum, { connections }) => sum + connections, 0), users, nodes }
}

/** Makes the commands of a node. */
export const createPresenceCommands = (run: RunLeased): PresenceCommands => ({
  sync: async (news) => {
    const triplets = news.flatMap(({ userId, count, mustReport }) => [userId, count, mustReport ? 1 : 0])
    const [came] = (await run(SYNC, triplets)) as readonly [readonly Came[]]
    return came.map(([userId, connections, at, version]) => ({ userId, isOnline: true, connections, at, version }))
  },
  claim: async (graceMs) => {
    const reply = await run(SWEEP, [graceMs, USERS_PER_SCRIPT, CLAIM_MS])
    const [nextMs, gone] = reply as readonly [number, readonly Gone[]]
    return {
      nextMs,
      gone: gone.map(([userId, at, version]) => ({ userId, isOnline: false, connections: 0, at, version })),
    }
  },
  settle: async (isTold, gone) => {
    const claims = gone.flatMap(({ userId, version }) => [userId, version])
    if (claims.length > 0) await run(SETTLE, [isTold ? 1 : 0, ...claims])
  },
  lookUp: async (userIds) => {
    const [found] = (await run(LOOK_UP, userIds)) as readonly [readonly Found[]]
    const toEntry = ([isOnline, connections, version]: Found, index: number) =>
      [userIds[index] ?? '', { isOnline: isOnline === 1, connections, version }] as const
    return new Map(found.map(toEntry))
  },
  stats: async () => toStats((await run(STATS)) as readonly [number, readonly NodeRow[]]),
  retire: async () => {
    await run(RETIRE)
  },
})
