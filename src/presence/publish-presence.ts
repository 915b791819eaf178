import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { MembershipChange } from '../membership/memberships.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { createArrivals } from './arrivals.ts'
import { eraseLastSeen, storeDepartures } from './last-seen.ts'
import { presenceTopic } from './presence-state.ts'

/** Stores when users were online, and publishes that they come and go. */
export interface PublishPresence {
  /** Publishes at once that a user came online, and stores it within about a second. */
  came(change: MembershipChange<null>): void
  /** Stores that users went offline, and then publishes it. Rejects when storing fails; memberships then call it again later. */
  went(changes: readonly MembershipChange<null>[]): Promise<void>
  /** Deletes when a user was last seen. */
  erase(tx: Tx, userId: string): Promise<void>
}

export interface PublishPresenceDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
}

/** A `PublishPresence`, which is the only publisher of `presenceTopic`. */
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
