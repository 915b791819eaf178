import type { Bus, Subscription } from '../bus/bus.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { announcementTopic } from './announce.ts'
import type { TakeIn } from './taking-in.ts'

/** The users who follow something of their inbox on this node: they get announcements at once. */
export interface OnlineUsers {
  /** A user begins to follow; what it returns must be called once when that ends. */
  enter(userId: string): Cancel
}

export interface OnlineUsersDeps {
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  readonly takeIn: TakeIn
}

/** When the database was away, it is asked again after this. */
const RETRY_MS = 1_000

/** Watches for announcements as long as anybody is online. */
export const createOnlineUsers = ({ bus, clock, log, takeIn }: OnlineUsersDeps): OnlineUsers => {
  const follows = new Map<string, number>()
  const waiting = new Set<string>()
  let bell: Subscription | undefined
  let isWorking = false

  const work = async (): Promise<void> => {
    if (isWorking) return
    isWorking = true
    while (waiting.size > 0) {
      const userIds = [...waiting].filter((userId) => follows.has(userId))
      waiting.clear()
      try {
        await takeIn(userIds)
      } catch (err) {
        log.warn({ err, users: userIds.length }, 'could not take in announcements')
        clock.after(RETRY_MS, () => look(userIds))
      }
    }
    isWorking = false
  }

  /** Requests that come while the store is at work are answered together. */
  const look = (userIds: Iterable<string>): void => {
    for (const userId of userIds) waiting.add(userId)
    void work()
  }

  const listen = (): Subscription => {
    const lookForAll = () => look(follows.keys())
    return bus.subscribe(announcementTopic, { event: lookForAll, gap: lookForAll })
  }

  const leave = (userId: string): void => {
    const left = (follows.get(userId) ?? 0) - 1
    if (left > 0) follows.set(userId, left)
    else follows.delete(userId)
    if (follows.size > 0) return
    bell?.end()
    bell = undefined
  }

  return {
    enter: (userId) => {
      const isNew = !follows.has(userId)
      follows.set(userId, (follows.get(userId) ?? 0) + 1)
      bell ??= listen()
      // What was announced before the bell could be heard. When it never can be, the bus has said so.
      if (isNew) {
        bell.live.then(
          () => look([userId]),
          () => {},
        )
      }
      return () => leave(userId)
    },
  }
}
