import { onTestFinished } from 'vitest'
import type { Actor } from '../../src/auth/viewer.ts'
import type { MembershipChange, Memberships, RoomKind, Rooms } from '../../src/membership/memberships.ts'
import { openMemoryMemberships } from '../../src/membership/memory-memberships.ts'
import { openRedisMemberships } from '../../src/membership/redis-memberships.ts'
import type { RedisCommands } from '../../src/redis/redis-client.ts'
import { createManualClock } from './clock.ts'
import { silentLog } from './embedded.ts'
import { newPrefix, useRedisClient } from './redis.ts'
import { useEachRedis } from './redis-cluster.ts'

export const LEASE_MS = 25_000
/** Of the kind `online`. */
export const GRACE_MS = 10_000
/** Of the kind `ticket`. */
export const TICKET_GRACE_MS = 5_000
/** How many of each group a ticket names. */
export const MAX_NAMED = 3

/** A change as a node was told of it. */
export interface Told extends MembershipChange<unknown> {
  readonly kind: string
  readonly isMember: boolean
}

/** A node with rooms of two kinds. */
export interface MemberNode {
  readonly memberships: Memberships
  /** One room, and nobody is named. */
  readonly online: Rooms<null>
  readonly tickets: Rooms<Actor>
  /** What it was told and nobody has looked at. */
  readonly told: Told[]
  /** What happens before somebody is told to have gone from `online`. */
  beforeWent: (changes: readonly MembershipChange<null>[]) => Promise<void>
  enter(id: string, member: string): Promise<void>
  leave(id: string, member: string): Promise<void>
}

/** A node on memberships; it ends with the test. */
export function startNode(memberships: Memberships, graceMs = GRACE_MS): MemberNode {
  const told: Told[] = []
  const tell = <Value>(kind: string, isMember: boolean, changes: readonly MembershipChange<Value>[]): void => {
    for (const change of changes) told.push({ kind, isMember, ...change })
  }
  const kind = (name: string): Pick<RoomKind<unknown>, 'name' | 'came' | 'went'> => ({
    name,
    came: (change) => tell(name, true, [change]),
    went: async (changes) => {
      if (name === 'online') await node.beforeWent(changes as readonly MembershipChange<null>[])
      tell(name, false, changes)
    },
  })
  const groupOf = ({ role }: Actor): string => (role === 'CUSTOMER' ? 'customers' : 'staff')
  const naming = { max: MAX_NAMED, groups: ['customers', 'staff'], groupOf }
  const online = memberships.open<null>({ ...kind('online'), graceMs })
  const node: MemberNode = {
    memberships,
    online,
    tickets: memberships.open<Actor>({ ...kind('ticket'), graceMs: TICKET_GRACE_MS, naming }),
    told,
    beforeWent: async () => {},
    enter: (id, member) => online.enter({ room: '', member, id, value: null }),
    leave: (id, member) => online.leave({ room: '', member, id }, 'lost'),
  }
  onTestFinished(memberships.close)
  return node
}

/** Nodes that share their memberships. */
export interface MemberNodes {
  start(): MemberNode
  /** Lets time pass. Nothing happens by itself: the test sweeps. */
  pass(ms: number): Promise<void>
  /** Whether there can be several. */
  readonly areMany: boolean
}

/** Its timers never fire, so a test says when it is swept. */
function openStillClock() {
  const clock = createManualClock()
  return {
    pass: async (ms: number): Promise<void> => clock.advance(ms),
    still: { now: clock.now, after: () => () => {} },
  }
}

function inMemory(): MemberNodes {
  const { pass, still } = openStillClock()
  return { pass, start: () => startNode(openMemoryMemberships({ clock: still, log: silentLog() })), areMany: false }
}

/** Time is that of the test, also for Redis. */
export function inRedis(client: RedisCommands): MemberNodes {
  const { pass, still } = openStillClock()
  const options = { client, prefix: newPrefix(), clock: still, now: still.now, log: silentLog(), leaseMs: LEASE_MS }
  return { pass, start: () => startNode(openRedisMemberships(options)), areMany: true }
}

/** Every implementation with its name. Call it at the top. */
export function useMemberships(): readonly (readonly [name: string, open: () => MemberNodes])[] {
  return [
    ['in memory', inMemory],
    ...useEachRedis().map(([name, redis]) => {
      const client = useRedisClient(redis)
      return [`in ${name}`, () => inRedis(client())] as const
    }),
  ]
}

/** What a node was told since somebody looked. */
export function toldOf({ told }: MemberNode): readonly Told[] {
  return told.splice(0)
}

/** Sweeps once; returns what was told by then. */
export async function swept(node: MemberNode): Promise<readonly Told[]> {
  await node.memberships.sweep()
  return toldOf(node)
}

/** Whether a user is online, on how many connections. */
export async function lookUp({ online }: MemberNode, member: string) {
  const { isMember, connections } = (await online.lookUp('', [member])).get(member)!
  return { isMember, connections }
}

/** How many are online, and on how many connections of how many nodes. */
export async function onlineStats({ memberships }: MemberNode) {
  const { members, nodes } = await memberships.stats()
  const sum = nodes.reduce((all, { held }) => all + (held['online']?.connections ?? 0), 0)
  return { users: members['online'], connections: sum, nodes: nodes.length }
}
