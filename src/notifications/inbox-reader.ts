import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type LaneHead, openLane, readLane } from '../storage/lanes.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type Expire, hasExpired } from './expiry.ts'
import { LAST_ANNOUNCEMENT, readCurrentLane } from './inbox.ts'
import { inboxLane } from './inbox-events.ts'
import type { TakeInOne } from './taking-in.ts'

/**
 * Reads one snapshot of an inbox that has taken in every announcement, and from which everything that has expired `now` was
 * removed. The inbox is opened when there is none yet.
 */
export type ReadInbox = <Result>(
  userId: string,
  work: (tx: Tx, lane: LaneHead, now: number) => Promise<Result>,
) => Promise<Result>

export interface ReadInboxDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  readonly takeIn: TakeInOne
  readonly expire: Expire
}

/** Makes the one way to read an inbox. It writes only when there is something to take in or to take out. */
export const createReadInbox = ({ storage, clock, log, takeIn, expire }: ReadInboxDeps): ReadInbox => {
  /** A count that is late is better than none: when nothing can be written, what has expired is removed later. */
  const tryToExpire = (userId: string): Promise<unknown> =>
    expire(userId).catch((err: unknown) => log.warn({ err }, 'could not remove what has expired from an inbox'))

  return async (userId, work) => {
    for (let mayExpire = true; ; ) {
      const now = clock.now()
      const found = await storage.read(async (tx) => {
        const lane = await readCurrentLane(tx, userId)
        if (!lane) return (await readLane(tx, inboxLane(userId))) ? ('behind' as const) : ('missing' as const)
        if (mayExpire && (await hasExpired(tx, userId, now))) return 'expired' as const
        return { result: await work(tx, lane, now) }
      })
      if (typeof found === 'object') return found.result
      if (found === 'expired') {
        mayExpire = false
        await tryToExpire(userId)
      } else if (found === 'behind') await takeIn(userId)
      else {
        const lane = inboxLane(userId)
        await storage.write(async (tx) => openLane(tx, lane, LAST_ANNOUNCEMENT), lane)
      }
    }
  }
}
