import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { MembershipChange } from '../membership/memberships.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { createArrivals } from './arrivals.ts'
import { eraseLastSeen, storeDepartures } from './last-seen.ts'
import { presenceTopic } from './presence-state.ts'

/** Stores when users were online and publishes who comes and goes. */
export interface PublishPresence {
  /** A user came online: published at once, stored soon. */
  came(change: MembershipChange<null>): void
  /** Users went offline: stored, then published. Rejects when that failed; they are then handed over again later. */
  went(changes: readonly MembershipChange<null>[]): Promise<void>
  /** Forgets when a user was last seen. */
  erase(tx: Tx, userId: string): Promise<void>
}

export interface PublishPresenceDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
}

/** Makes the one place from which presence is published. */
export function createPublishPresence({ storage, bus, clock, log }: PublishPresenceDeps): PublishPresence {
  const arrivals = createArrivals(storage, clock, log)

  const publish = (
    { member: userId, connections, version }: MembershipChange<null>,
    lastSeenAt: number | null,
  ): void => {
    const isOnline = lastSeenAt === null
    log.debug({ userId, isOnline }, 'presence changed')
    bus.publish(presenceTopic(userId), { userId, isOnline, connectionCount: connections, lastSeenAt, version })
  }

  return {
    came: (change) => {
      arrivals.add(change.member, change.at)
      publish(change, null)
    },
    went: async (changes) => {
      await arrivals.stored()
      const departures = new Map(changes.map(({ member, at }) => [member, at]))
      await storage.note((tx) => storeDepartures(tx, departures))
      for (const change of changes) publish(change, change.at)
    },
    erase: (tx, userId) => {
      arrivals.forget(userId)
      return eraseLastSeen(tx, userId)
    },
  }
}
