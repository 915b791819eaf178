import type { Bus, Subscription } from '../bus/bus.ts'
import { type Backoff, backoffMs } from '../lib/backoff.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { type Counts, createCounts } from '../lib/counts.ts'
import type { Log } from '../lib/log.ts'
import { announcementTopic } from './announce.ts'
import type { TakeIn } from './taking-in.ts'

/** The users who follow something of their inbox on this node: they get announcements at once. */
export interface OnlineUsers {
  /**
   * A user begins to follow, whose inbox has taken in the announcements up to `announced`; what it returns must be called once
   * when that ends.
   */
  enter(userId: string, announced?: number): Cancel
}

export interface OnlineUsersDeps {
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  readonly takeIn: TakeIn
}

/** When the database was away, it is asked again. */
const RETRY: Backoff = { firstMs: 1_000, maxMs: 1_000 }

/** Takes announcements in for users who are online. Requests that come while it is at work are answered together. */
const createLookout = ({ clock, log, takeIn }: Omit<OnlineUsersDeps, 'bus'>, online: Pick<Counts, 'of' | 'keys'>) => {
  const waiting = new Set<string>()
  let isWorking = false
  let isForAll = false
  let position = Number.POSITIVE_INFINITY

  const takeInFor = async (userIds: readonly string[], isAll: boolean): Promise<void> => {
    try {
      // Who is held by somebody else is tried again soon; the others do not wait for that.
      const upTo = await takeIn(userIds, 'now')
      if (isAll && !isForAll) position = upTo
    } catch (err) {
      log.warn({ err, users: userIds.length }, 'could not take in announcements')
      clock.after(backoffMs(RETRY), isAll ? lookForAll : () => void lookFor(userIds))
    }
  }

  const lookFor = async (userIds: Iterable<string>): Promise<void> => {
    for (const userId of userIds) waiting.add(userId)
    if (isWorking) return
    isWorking = true
    while (waiting.size > 0) {
      const userIds = [...waiting].filter((userId) => online.of(userId) > 0)
      const isAll = isForAll
      waiting.clear()
      isForAll = false
      await takeInFor(userIds, isAll)
    }
    isWorking = false
  }

  const lookForAll = (): void => {
    position = Number.POSITIVE_INFINITY
    isForAll = true
    void lookFor(online.keys())
  }

  return {
    lookFor: (userId: string): void => void lookFor([userId]),
    lookForAll,
    /** The last announcement that everybody online has; Infinity while that is being seen to. */
    position: () => position,
  }
}

/** Watches for announcements as long as anybody is online. */
export const createOnlineUsers = ({ bus, ...deps }: OnlineUsersDeps): OnlineUsers => {
  const follows = createCounts()
  const { lookFor, lookForAll, position } = createLookout(deps, follows)
  let bell: Subscription | undefined

  const enter = (userId: string, announced: number): void => {
    const isFirst = !bell
    const isNew = follows.add(userId, 1) === 1
    bell ??= bus.subscribe(announcementTopic, { event: lookForAll, gap: lookForAll, position })
    // For what was announced before the bell could be heard, unless the inbox has it already. When it never can be heard, the
    // bus has said so.
    const look = (): void => {
      if (isFirst) lookForAll()
      else if (announced < position()) lookFor(userId)
    }
    if (isNew) bell.live.then(look, () => {})
  }

  const leave = (userId: string): void => {
    follows.add(userId, -1)
    if (follows.size > 0) return
    bell?.end()
    bell = undefined
  }

  return {
    enter: (userId, announced = -1) => {
      enter(userId, announced)
      return () => leave(userId)
    },
  }
}
