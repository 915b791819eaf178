import type { RunScript } from '../lib/redis-scripts.ts'
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
  sync(news: readonly News[]): Promise<{ readonly isKnown: boolean; readonly came: readonly Transition[] }>
  /** Claims users to be told offline. */
  claim(graceMs: number): Promise<{
    readonly isKnown: boolean
    readonly nextMs: number
    readonly gone: readonly Transition[]
  }>
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

/** Makes the commands; each begins with `identity`: what every script must know of this node. */
export const createPresenceCommands = (
  run: RunScript,
  identity: () => readonly (string | number)[],
): PresenceCommands => ({
  sync: async (news) => {
    const triplets = news.flatMap(({ userId, count, mustReport }) => [userId, count, mustReport ? 1 : 0])
    const [isKnown, came] = (await run(SYNC, [...identity(), ...triplets])) as readonly [number, readonly Came[]]
    return {
      isKnown: isKnown === 1,
      came: came.map(([userId, connections, at, version]) => ({ userId, isOnline: true, connections, at, version })),
    }
  },
  claim: async (graceMs) => {
    const reply = await run(SWEEP, [...identity(), graceMs, USERS_PER_SCRIPT, CLAIM_MS])
    const [isKnown, nextMs, gone] = reply as readonly [number, number, readonly Gone[]]
    return {
      isKnown: isKnown === 1,
      nextMs,
      gone: gone.map(([userId, at, version]) => ({ userId, isOnline: false, connections: 0, at, version })),
    }
  },
  settle: async (isTold, gone) => {
    const claims = gone.flatMap(({ userId, version }) => [userId, version])
    if (claims.length > 0) await run(SETTLE, [...identity(), isTold ? 1 : 0, ...claims])
  },
  lookUp: async (userIds) => {
    const found = (await run(LOOK_UP, [...identity(), ...userIds])) as readonly Found[]
    const toEntry = ([isOnline, connections, version]: Found, index: number) =>
      [userIds[index] ?? '', { isOnline: isOnline === 1, connections, version }] as const
    return new Map(found.map(toEntry))
  },
  stats: async () => toStats((await run(STATS, identity())) as readonly [number, readonly NodeRow[]]),
  retire: async () => {
    await run(RETIRE, identity())
  },
})
