import type { Actor } from '../auth/viewer.ts'
import type { Clock } from '../lib/clock.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { openPoller } from '../lib/poller.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { createRunLeased, createRunScript, leaseKeys, type RunLeased } from '../redis/redis-scripts.ts'
import { createGraceTimer } from './grace-timer.ts'
import { createHeldVisits, type HeldVisits, type Stay } from './held-visits.ts'
import { SWEEP, SYNC, VISITORS } from './redis-ticket-room-scripts.ts'
import type { RoomChange, TicketRooms } from './ticket-rooms.ts'

export interface RedisRoomsOptions {
  readonly client: RedisCommands
  /** Begins every key. */
  readonly prefix: string
  readonly clock: Clock
  readonly log: Log
  /** Milliseconds after which the visitors of a node that says nothing have left. */
  readonly leaseMs: number
  /** Milliseconds that somebody stays after their last connection has gone. */
  readonly graceMs: number
  /** How many customers and how many of the staff are named. */
  readonly max: number
  /** What the time is. Redis's own clock when left out, so that those of the nodes need not agree. */
  readonly now?: () => number
}

/** Rooms that renew the lease of this node until they are closed. */
export interface SharedTicketRooms extends TicketRooms {
  /** Renews the lease, tells Redis what it does not know, and takes out who was on nodes that died. Resolves to when it is due again. */
  sweep(): Promise<number>
  /** Resolves when Redis knows who came and went, and the changes were told. */
  close(): Promise<void>
}

const RENEWALS_PER_LEASE = 2.5
const MIN_PAUSE_MS = 100
/** Stays of one script, so that no step keeps Redis busy for long. */
const STAYS_PER_SCRIPT = 500

type Change = readonly [
  room: string,
  change: RoomChange['change'],
  actor: string,
  visitors: readonly string[],
  version: number,
]

const toArguments = ({ room, userId, user, ending, mustReport }: Stay): readonly (string | number)[] => [
  room,
  userId,
  user ? 'here' : ending,
  user ? JSON.stringify(user) : '',
  mustReport ? 1 : 0,
]

const toActor = (text: string): Actor => JSON.parse(text)

/** Tells Redis of the stays of this node. Those whom it could not be told of are told with the next ones. */
const createSyncing = (run: RunLeased, held: HeldVisits, tell: (changes: readonly Change[]) => void) => {
  const underWay = new Set<Promise<void>>()

  const send = async (stays: readonly Stay[]): Promise<void> => {
    try {
      const [changes] = (await run(SYNC, stays.flatMap(toArguments))) as readonly [readonly Change[]]
      tell(changes)
    } catch (error) {
      held.unsettle(stays)
      throw error
    }
  }

  const sync = (stays: readonly Stay[]): Promise<void> => {
    const sending = send(stays).finally(() => underWay.delete(sending))
    underWay.add(sending)
    return sending
  }

  return {
    sync,
    syncAll: async (): Promise<void> => {
      const stays = held.takeUnsettled()
      for (let start = 0; start < stays.length; start += STAYS_PER_SCRIPT) {
        const some = stays.slice(start, start + STAYS_PER_SCRIPT)
        await sync(some).catch((error: unknown) => {
          held.unsettle(stays.slice(start + STAYS_PER_SCRIPT))
          throw error
        })
      }
    },
    settled: () => Promise.allSettled(underWay),
  }
}

/**
 * The rooms of several nodes, in Redis, as leases of their nodes. Each node says who is there on it, never "one more": so
 * saying it again after a failure does no harm, and a Redis that has forgotten everything is told everything again.
 */
export const openRedisTicketRooms = (options: RedisRoomsOptions): SharedTicketRooms => {
  const { client, prefix, clock, log, leaseMs, graceMs, max, now = () => 0 } = options
  const node = newEpoch()
  const held = createHeldVisits()
  const listeners = new Set<(change: RoomChange) => void>()
  const run = createRunLeased(
    createRunScript(client, leaseKeys(`${prefix}{rooms}:`), 'Who is in a ticket'),
    () => [node, leaseMs, now(), max, graceMs],
    held.unsettleAll,
  )

  const tell = (changes: readonly Change[]): void => {
    for (const [room, change, actor, visitors, version] of changes) {
      const told = { room, change, user: toActor(actor), version, visitors: visitors.map(toActor) }
      for (const listener of listeners) listener(told)
    }
  }

  const { sync, syncAll, settled } = createSyncing(run, held, tell)

  /** Resolves to the milliseconds until there is more to do: 0 or less when there was too much for one step. */
  const sweepOnce = async (): Promise<number> => {
    await syncAll()
    const reply = await run(SWEEP, [STAYS_PER_SCRIPT])
    const [changes, nextMs] = reply as readonly [readonly Change[], number]
    tell(changes)
    // Those of whom the lease said that they may be forgotten.
    await syncAll()
    return nextMs
  }

  const sweep = async (): Promise<number> =>
    // Also as often as the grace is long: another node can have begun one and died.
    Math.max(MIN_PAUSE_MS, Math.min(await sweepOnce(), leaseMs / RENEWALS_PER_LEASE, graceMs || leaseMs))

  const sweepAll = async (): Promise<void> => {
    while ((await sweepOnce()) <= 0);
  }

  // Whose grace begins on this node is taken out by it in time; should it die, by the rounds of the others.
  const graces = createGraceTimer({
    clock,
    graceMs,
    // The rounds go on, and tell what is wrong.
    over: () => sweepAll().catch((err: unknown) => log.debug({ err }, 'the rooms of tickets do not answer')),
  })

  const sweeping = openPoller({
    clock,
    poll: sweep,
    onFailure: (err) => log.warn({ err }, 'the rooms of tickets could not be swept'),
  })

  return {
    join: async (visit) => {
      const stay = held.join(visit)
      if (stay) await sync([stay])
    },
    leave: async (visit, ending) => {
      const stay = held.leave(visit, ending)
      if (stay) await sync([stay])
      if (stay && !stay.user && ending === 'lost') graces.begin()
    },
    visitors: async (room) => ((await run(VISITORS, [room])) as readonly [readonly string[]])[0].map(toActor),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    sweep,
    close: async () => {
      graces.close()
      await sweeping.close()
      await settled()
    },
  }
}
