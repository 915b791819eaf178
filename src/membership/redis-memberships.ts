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
  /** The beginning of every key in Redis. */
  readonly prefix: string
  readonly clock: Clock
  readonly log: Log
  /** Milliseconds after which the connections of a silent node count as lost. A node renews its lease more than twice in this time. */
  readonly leaseMs: number
  /** The time in milliseconds since 1970. Left out: the clock of Redis, so that the clocks of the nodes need not agree. */
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
/** The most members of one script, so that no script keeps Redis busy for long. */
const MEMBERS_PER_SCRIPT = 500
/** A node claims members without a connection, to publish that they went. After this time without that, another node may claim them. */
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

/** Calls `came` and `went` of the kinds of this node, with changes as scripts return them. */
function createHandOver(kinds: ReadonlyMap<string, RoomKind<unknown>>, log: Log) {
  const went = async (rows: readonly ChangeRow[], settle: (rows: readonly ChangeRow[], isTold: boolean) => unknown) => {
    const handOver = [...Map.groupBy(rows, ([kind]) => kind)].map(async ([kind, its]) => {
      const failure = await kinds
        .get(kind)
        ?.went(its.map(toChange))
        .catch((error: unknown) => ({ error }))
      // When settling fails, too, the claims run out.
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
    /** Calls `went` for members that Redis has removed already. When it fails, that is only logged. */
    wentAtOnce: (rows: readonly ChangeRow[]): void => {
      went(rows, () => {}).catch((err: unknown) => log.warn({ err }, 'could not tell who left'))
    },
  }
}

/** Writes the members of this node to Redis. Members whose write failed are unsettled, and written again by the next sweep. */
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
    /** Writes one member, in one script with others who come and go at the same time. */
    one: (member: HeldMember): Promise<void> => {
      const told = syncTogether(member)
      last = told.catch(() => {})
      return told
    },
    /** Writes all unsettled members. */
    all: async (): Promise<void> => {
      for (const members of chunksOf(held.unsettled(), MEMBERS_PER_SCRIPT)) await sync(members)
    },
    /** Asks Redis after earlier writes of this node, so that a user who has just come finds themselves there. */
    afterwards: async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
      await last
      return ask()
    },
  }
}

/** The rooms of a kind on this node. */
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
 * Memberships of several nodes, in Redis. Each node writes how many connections it has for a member, never "one more". So writing it again
 * after a failure does no harm, and when Redis has forgotten everything, each node writes everything again.
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
    // The script may have found that Redis has lost writes: then all members are unsettled.
    await syncing.all()
    await handOver.went(claimed, (rows, isTold) => {
      const claims = rows.flatMap(([kind, room, member, , , , version]) => [kind, room, member, version])
      return run(SETTLE, [isTold ? 1 : 0, ...claims])
    })
    return { nextMs, claimed: claimed.length }
  }

  const sweep = async (): Promise<number> => {
    const { nextMs } = await sweepOnce(false)
    // At least as often as the shortest grace: a member who goes right now is due then.
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
      // While Redis is away this fails. Then the lease runs out, and another node publishes who went.
      await retire().catch(() => {})
    },
  }
}
