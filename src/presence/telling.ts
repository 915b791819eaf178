import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { createArrivals } from './arrivals.ts'
import { eraseLastSeen, storeDepartures } from './last-seen.ts'
import type { Tell, Transition } from './presence-leases.ts'
import { presenceTopic } from './presence-state.ts'

/** Stores when users were online and tells all nodes who comes and goes. */
export interface Telling {
  /** A user came online: told at once, stored soon. */
  arrived(transition: Transition): void
  /** Tells transitions; who went offline is stored first. */
  readonly tell: Tell
  /** Forgets when a user was last seen. */
  erase(tx: Tx, userId: string): Promise<void>
}

/** Makes the one place where presence is told. */
export const createTelling = ({
  storage,
  bus,
  clock,
  log,
}: {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
}): Telling => {
  const arrivals = createArrivals(storage, clock, log)

  const publish = ({ userId, isOnline, connections, at, version }: Transition): void => {
    log.debug({ userId, isOnline }, 'presence changed')
    const lastSeenAt = isOnline ? null : at
    bus.publish(presenceTopic(userId), { userId, isOnline, connectionCount: connections, lastSeenAt, version })
  }

  const arrived = (transition: Transition): void => {
    arrivals.add(transition.userId, transition.at)
    publish(transition)
  }

  return {
    arrived,
    tell: async (transitions) => {
      const [came, went] = [true, false].map((isOnline) => transitions.filter((one) => one.isOnline === isOnline))
      if (went && went.length > 0) {
        await arrivals.stored()
        const departures = new Map(went.map(({ userId, at }) => [userId, at]))
        await storage.note((tx) => storeDepartures(tx, departures))
        for (const transition of went) publish(transition)
      }
      for (const transition of came ?? []) arrived(transition)
    },
    erase: (tx, userId) => {
      arrivals.forget(userId)
      return eraseLastSeen(tx, userId)
    },
  }
}
