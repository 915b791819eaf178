import { setImmediate } from 'node:timers/promises'
import type { Bus } from '../bus/bus.ts'
import { createBatches } from '../lib/batches.ts'
import { inTurns } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import { createAroundHeld } from '../storage/around-held.ts'
import { HeldError, WITHOUT_WAITING } from '../storage/held.ts'
import type { Storage } from '../storage/storage.ts'
import { inboxLane, tell, toEvents } from './inbox-events.ts'
import { type Behind, findBehind, takeInSome } from './taking-in-step.ts'

/**
 * Brings the inboxes of users up to date with the announcements, and tells their devices. Afterwards each has all that were
 * announced when it was called, however many: those since it began and those for new users, in order, except what has expired
 * or excludes the user. Returns the number of the last announcement then. Inboxes that somebody else holds come last; with `now` they
 * are not waited for: then it throws HeldError when all others are done.
 */
export type TakeIn = (userIds: readonly string[], now?: 'now') => Promise<number>

/** Inboxes of one transaction, so that none lasts long. */
const USERS_PER_TRANSACTION = 200

export interface TakeInDeps {
  readonly storage: Storage
  /** How it is found who is behind: as writes read, or as a crowd does, whose lists are taken together. */
  readonly read: Storage['read']
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
}

/** As in `Storage.write`. */
type Lane = string | typeof WITHOUT_WAITING | undefined

/** Makes the taking in by some users, in as many transactions as it needs. */
const createTakeInBy = ({ storage, bus, clock, limits }: Omit<TakeInDeps, 'read'>) => {
  return async ({ upTo, userIds }: Behind, lane: Lane): Promise<void> => {
    let remaining = userIds
    while (remaining.length > 0) {
      const now = clock.now()
      const { events, ...step } = await storage.write(async (tx) => {
        const { writes, remaining: rest } = await takeInSome(tx, { upTo, userIds: remaining }, now)
        return { events: await toEvents(tx, writes, limits.unreadCap), remaining: rest }
      }, lane)
      await tell(bus, events)
      remaining = step.remaining
      if (remaining.length > 0) await setImmediate()
    }
  }
}

/** Makes the one function by which inboxes get announcements. */
export const createTakeIn = (deps: TakeInDeps): TakeIn => {
  const { storage, read } = deps
  const takeInBy = createTakeInBy(deps)

  /** Returns those whose inboxes somebody else holds. */
  const takeInByFree = async ({ upTo, userIds }: Behind, lane: Lane): Promise<readonly string[]> => {
    try {
      await takeInBy({ upTo, userIds }, WITHOUT_WAITING)
      return []
    } catch (error) {
      if (!(error instanceof HeldError)) throw error
    }
    const lanes = await storage.findHeld(userIds.map(inboxLane))
    const isHeld = (userId: string): boolean => lanes.has(inboxLane(userId))
    await takeInBy({ upTo, userIds: userIds.filter((userId) => !isHeld(userId)) }, lane)
    return userIds.filter(isHeld)
  }

  return async (userIds, now) => {
    const { upTo, userIds: behind } = await read((tx) => findBehind(tx, userIds))
    const held: string[] = []
    await inTurns(behind, USERS_PER_TRANSACTION, async (some) => {
      held.push(...(await takeInByFree({ upTo, userIds: some }, now === 'now' ? WITHOUT_WAITING : undefined)))
    })
    if (now && held.length > 0) throw new HeldError()
    await Promise.all(held.map((userId) => takeInBy({ upTo, userIds: [userId] }, inboxLane(userId))))
    return upTo
  }
}

/** Takes announcements in for one user; those who ask at about the same time do it together. */
export type TakeInOne = (userId: string) => Promise<number>

/** Makes `TakeInOne`. */
export const createTakeInOne = (storage: Storage, takeIn: TakeIn): TakeInOne =>
  createBatches({
    max: USERS_PER_TRANSACTION,
    run: createAroundHeld({
      storage,
      lanesOf: (userId: string) => [inboxLane(userId)],
      together: async (userIds) => {
        const upTo = await takeIn([...new Set(userIds)], 'now')
        return userIds.map(() => upTo)
      },
      alone: (userId) => takeIn([userId]),
    }),
  })
