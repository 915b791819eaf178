import type { Bus, Subscription } from '../bus/bus.ts'
import { type Backoff, backoffMs } from '../lib/backoff.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { type Counts, createCounts } from '../lib/counter.ts'
import type { Log } from '../lib/log.ts'
import { announcementTopic } from './announce.ts'
import type { Materialise } from './materialise.ts'

/** The users who follow something of their inbox on this node. They get announcements at once. */
export interface OnlineUsers {
  /**
   * Notes that a user begins to follow. In their inbox the announcements up to the number `announced` are materialised. The returned
   * function must be called once when that ends.
   */
  enter(userId: string, announced?: number): Cancel
}

export interface OnlineUsersDeps {
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  readonly materialise: Materialise
}

/** How long to wait before the next attempt after one has failed. */
const RETRY: Backoff = { firstMs: 1_000, maxMs: 1_000 }

/** Materialises announcements for users who are online. Requests that come while it is at work are answered together. */
function createMaterialiseOnline(
  { clock, log, materialise }: Omit<OnlineUsersDeps, 'bus'>,
  online: Pick<Counts, 'of' | 'keys'>,
) {
  const waiting = new Set<string>()
  let isWorking = false
  let isForAll = false
  let revision = Number.POSITIVE_INFINITY

  const materialiseNow = async (userIds: readonly string[], isAll: boolean): Promise<void> => {
    try {
      // An inbox that another transaction holds is tried again soon. The others do not wait for it.
      const upTo = await materialise(userIds, 'now')
      if (isAll && !isForAll) revision = upTo
    } catch (err) {
      log.warn({ err, users: userIds.length }, 'could not materialise announcements')
      clock.after(backoffMs(RETRY), isAll ? materialiseForAll : () => void materialiseFor(userIds))
    }
  }

  const materialiseFor = async (userIds: Iterable<string>): Promise<void> => {
    for (const userId of userIds) waiting.add(userId)
    if (isWorking) return
    isWorking = true
    while (waiting.size > 0) {
      const userIds = [...waiting].filter((userId) => online.of(userId) > 0)
      const isAll = isForAll
      waiting.clear()
      isForAll = false
      await materialiseNow(userIds, isAll)
    }
    isWorking = false
  }

  const materialiseForAll = (): void => {
    revision = Number.POSITIVE_INFINITY
    isForAll = true
    void materialiseFor(online.keys())
  }

  return {
    materialiseFor: (userId: string): void => void materialiseFor([userId]),
    materialiseForAll,
    /** The last announcement that all online users have. Infinity while some may lack one. */
    revision: () => revision,
  }
}

/** Creates the set of online users. It is subscribed to announcements as long as anybody is online. */
export function createOnlineUsers({ bus, ...deps }: OnlineUsersDeps): OnlineUsers {
  const follows = createCounts()
  const { materialiseFor, materialiseForAll, revision } = createMaterialiseOnline(deps, follows)
  let announcements: Subscription | undefined

  const enter = (userId: string, announced: number): void => {
    const isFirst = !announcements
    const isNew = follows.add(userId, 1) === 1
    announcements ??= bus.subscribe(announcementTopic, { event: materialiseForAll, gap: materialiseForAll, revision })
    // Brings what was announced before the subscription was live, unless the inbox has it already. When it never gets live, the bus has
    // reported that.
    const catchUp = (): void => {
      if (isFirst) materialiseForAll()
      else if (announced < revision()) materialiseFor(userId)
    }
    if (isNew) announcements.live.then(catchUp, () => {})
  }

  const leave = (userId: string): void => {
    follows.add(userId, -1)
    if (follows.size > 0) return
    announcements?.end()
    announcements = undefined
  }

  return {
    enter: (userId, announced = -1) => {
      enter(userId, announced)
      return () => leave(userId)
    },
  }
}
