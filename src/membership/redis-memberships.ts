import { createBatches } from '../lib/batches.ts'
import { chunksOf } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { openPoller, type Poller } from '../lib/poller.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { type HeldMember, HeldMembers } from './held-members.ts'
import type { Membership, MembershipChange, MembershipStats, Memberships, RoomKind, Rooms } from './memberships.ts'
import { createNodeLease, type RunAsNode, readNodeScript } from './redis-node-lease.ts'

export interface RedisMembershipsOptions {
  readonly client: RedisCommands
  /** Begins every key. */
  readonly prefix: string
  readonly clock: Clock
  readonly log: Log
  /** Milliseconds after which what a node held has ended when it says nothing. It renews its lease more than twice in it. */
  readonly leaseMs: number
  /** What the time is. Redis's own clock when left out, so that those of the nodes need not agree. */
  readonly now?: () => number
}

const SYNC = readNodeScript('sync')
const SWEEP = readNodeScript('sweep')
const SETTLE = readNodeScript('settle')
const LOOK_UP = readNodeScript('look-up')
const NAMED = readNodeScript('named')
const STATS = readNodeScript('stats')
const RETIRE = readNodeScript('retire')

const RENEWALS_PER_LEASE = 2.5
const MIN_PAUSE_MS = 100
/** Members of one script, so that no step keeps Redis busy for long. */
const MEMBERS_PER_SCRIPT = 500
/** A node that claimed to tell who went and has not done so by then is taken for dead. */
const CLAIM_MS = 30_000

type ChangeRow = readonly [
  kind: string,
  room: string,
  member: string,
  value: string,
  connections: number,
  at: number,
  version: number,
  named: readonly string[],
]
type FoundRow = readonly [isMember: number, connections: number, version: number]

function toChange([, room, member, value, connections, at, version, named]: ChangeRow): MembershipChange<unknown> {
  return {
    ...{ room, member, value: JSON.parse(value), connections, at, version },
    named: named.map((text) => JSON.parse(text)),
  }
}

/** Hands changes over to the kinds of this node. */
function createHandOver(kinds: ReadonlyMap<string, RoomKind<unknown>>, log: Log) {
  const went = async (rows: readonly ChangeRow[], settle: (rows: readonly ChangeRow[], isTold: boolean) => unknown) => {
    const handOver = [...Map.groupBy(rows, ([kind]) => kind)].map(async ([kind, its]) => {
      const failure = await kinds
        .get(kind)
        ?.went(its.map(toChange))
        .catch((error: unknown) => ({ error }))
      // When this fails too, the claims run out.
      await settle(its, !failure)
      if (failure) throw failure.error
    })
    for (const result of await Promise.allSettled(handOver)) if (result.status === 'rejected') throw result.reason
  }
  return {
    came: (rows: readonly ChangeRow[]): void => {
      for (const row of rows) kinds.get(row[0])?.came(toChange(row))
    },
    went,
    /** Those are members no longer, whatever becomes of handOver it. */
    wentAtOnce: (rows: readonly ChangeRow[]): void => {
      went(rows, () => {}).catch((err: unknown) => log.warn({ err }, 'could not tell who left'))
    },
  }
}

/** Tells Redis of the members of this node. Those of whom it could not be told are told with the next ones. */
function createSyncing(
  run: RunAsNode,
  held: HeldMembers,
  kinds: ReadonlyMap<string, RoomKind<unknown>>,
  handOver: ReturnType<typeof createHandOver>,
) {
  const toArguments = ({ kind, room, member, value, connections, ending, mustReport }: HeldMember) => {
    const how = connections.length === 0 ? ending : mustReport ? 'report' : 'here'
    const group = kinds.get(kind)?.naming?.groupOf(value) ?? ''
    return [kind, room, member, connections.length, how, JSON.stringify(value), group]
  }

  const sync = async (members: readonly HeldMember[]): Promise<void> => {
    const told = members.map((one) => ({ one, isHere: one.connections.length > 0, mustReport: one.mustReport }))
    const args = members.flatMap(toArguments)
    held.settle(members)
    try {
      const [came, went] = (await run(SYNC, args)) as readonly [readonly ChangeRow[], readonly ChangeRow[]]
      handOver.came(came)
      handOver.wentAtOnce(went)
    } catch (error) {
      for (const { one, isHere, mustReport } of told) held.unsettle(one, isHere || mustReport)
      throw error
    }
    held.settled(members)
  }

  const syncTogether = createBatches<HeldMember, void>({
    max: MEMBERS_PER_SCRIPT,
    run: async (members) => {
      await sync([...new Set(members)])
      return members.map(() => undefined)
    },
  })
  let last: Promise<unknown> = Promise.resolve()

  return {
    /** Tells of one member, together with those who come and go meanwhile. */
    one: (member: HeldMember): Promise<void> => {
      const told = syncTogether(member)
      last = told.catch(() => {})
      return told
    },
    /** Tells of all who are not settled. */
    all: async (): Promise<void> => {
      for (const members of chunksOf(held.unsettled(), MEMBERS_PER_SCRIPT)) await sync(members)
    },
    /** Asks when all was told that is known here: whoever comes and asks finds themselves. */
    afterwards: async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
      await last
      return ask()
    },
  }
}

/** Makes the rooms of a kind. */
function createRooms(
  kind: string,
  held: HeldMembers,
  run: RunAsNode,
  syncing: ReturnType<typeof createSyncing>,
): Rooms<unknown> {
  return {
    enter: async (connection) => {
      const member = held.enter(kind, connection)
      if (member) await syncing.one(member)
    },
    leave: async (connection, ending) => {
      const member = held.leave(kind, connection, ending)
      if (member) await syncing.one(member)
    },
    named: async (room) => {
      const [values] = (await syncing.afterwards(() => run(NAMED, [kind, room]))) as readonly [readonly string[]]
      return values.map((text) => JSON.parse(text))
    },
    lookUp: async (room, members) => {
      const reply = await syncing.afterwards(() => run(LOOK_UP, [kind, room, ...members]))
      const [found] = reply as readonly [readonly FoundRow[]]
      const toEntry = ([isMember, connections, version]: FoundRow, index: number): readonly [string, Membership] => [
        members[index] ?? '',
        { isMember: isMember === 1, connections, version },
      ]
      return new Map(found.map(toEntry))
    },
  }
}

function toStats([nodes, members]: readonly [
  readonly (string | null)[],
  readonly (readonly [string, number])[],
]): MembershipStats {
  return {
    nodes: nodes.flatMap((text) => (text === null ? [] : [JSON.parse(text)])),
    members: Object.fromEntries(members),
  }
}

/**
 * The memberships of several nodes, in Redis. Each node says how many connections it has for a member, never "one more": so saying it
 * again after a failure does no harm, and a Redis that has forgotten everything is told everything again.
 */
export function openRedisMemberships(options: RedisMembershipsOptions): Memberships {
  const { client, prefix, clock, log, leaseMs, now = () => 0 } = options
  const held = new HeldMembers()
  const kinds = new Map<string, RoomKind<unknown>>()
  const startedAt = clock.now()
  const { id: node, run } = createNodeLease({
    ...{ client, base: `${prefix}{memberships}:`, leaseMs, now },
    about: () => ({ startedAt, held: Object.fromEntries([...kinds.keys()].map((name) => [name, held.counts(name)])) }),
    kinds: () =>
      Object.fromEntries([...kinds].map(([name, { graceMs, naming }]) => [name, { grace: graceMs, ...naming }])),
    onLost: () => held.unsettleAll(),
  })
  const handOver = createHandOver(kinds, log)
  const syncing = createSyncing(run, held, kinds, handOver)

  const sweepOnce = async (isOver: boolean): Promise<{ readonly nextMs: number; readonly claimed: number }> => {
    await syncing.all()
    const reply = await run(SWEEP, [MEMBERS_PER_SCRIPT, CLAIM_MS, isOver ? 1 : 0])
    const [went, claimed, nextMs] = reply as readonly [readonly ChangeRow[], readonly ChangeRow[], number]
    handOver.wentAtOnce(went)
    // Those of whom the lease said that they may be forgotten.
    await syncing.all()
    await handOver.went(claimed, (rows, isTold) => {
      const claims = rows.flatMap(([kind, room, member, , , , version]) => [kind, room, member, version])
      return run(SETTLE, [isTold ? 1 : 0, ...claims])
    })
    return { nextMs, claimed: claimed.length }
  }

  const sweep = async (): Promise<number> => {
    const { nextMs } = await sweepOnce(false)
    // Also as often as the shortest grace is long: of whoever goes right now it ends no sooner.
    const graces = [...kinds.values()].flatMap(({ graceMs }) => graceMs || [])
    return Math.max(MIN_PAUSE_MS, Math.min(nextMs, leaseMs / RENEWALS_PER_LEASE, ...graces))
  }

  const stats = async () => toStats((await syncing.afterwards(() => run(STATS))) as Parameters<typeof toStats>[0])

  const retire = async (): Promise<void> => {
    held.clear()
    await syncing.all()
    const { nodes } = await stats()
    const isLast = nodes.every(({ id }) => id === node)
    while (isLast && (await sweepOnce(true)).claimed > 0);
    await run(RETIRE)
  }

  let sweeping: Poller | undefined
  const sweepOnwards = () =>
    openPoller({ clock, poll: sweep, onFailure: (err) => log.warn({ err }, 'memberships could not be swept') })

  return {
    open: <Value>(kind: RoomKind<Value>) => {
      kinds.set(kind.name, kind as RoomKind<unknown>)
      sweeping ??= sweepOnwards()
      return createRooms(kind.name, held, run, syncing) as Rooms<Value>
    },
    stats,
    sweep,
    close: async () => {
      await sweeping?.close()
      // With Redis away there is nobody to tell: the lease runs out, and another node tells it.
      await retire().catch(() => {})
    },
  }
}
