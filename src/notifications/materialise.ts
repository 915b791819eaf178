import { setImmediate } from 'node:timers/promises'
import type { Bus } from '../bus/bus.ts'
import { createBatches } from '../lib/batches.ts'
import { inTurns } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import { createAroundHeld } from '../storage/around-held.ts'
import { HeldError, WITHOUT_WAITING } from '../storage/held.ts'
import type { Storage } from '../storage/storage.ts'
import { inboxStream, publishEvents, toEvents } from './inbox-events.ts'
import { type Behind, findBehind, materialiseSome } from './materialise-step.ts'
import type { InboxPreferences } from './preferred.ts'

/**
 * Materialises announcements in the inboxes of users, and publishes them to their devices. Afterwards each inbox has all that were
 * announced when it was called, in order: those since the inbox began, and those for new users. What has expired or excludes the user is
 * left out. Resolves to the number of the last announcement.
 *
 * Inboxes that another transaction holds come last. With `now` they are not waited for: then it throws HeldError when all others are done.
 */
export type Materialise = (userIds: readonly string[], now?: 'now') => Promise<number>

/** Inboxes of one transaction, so that none lasts long. */
const USERS_PER_TRANSACTION = 200

export interface MaterialiseDeps {
  readonly storage: Storage
  /** Reads which inboxes lack announcements. It is `Storage.readForWrite` before a command writes, otherwise `Storage.read`. */
  readonly read: Storage['read']
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
  /** Undefined: no user prefers anything. */
  readonly preferences?: InboxPreferences | undefined
}

/** The stream that `Storage.write` is given. */
type Stream = string | typeof WITHOUT_WAITING | undefined

/** Creates a function that materialises in these inboxes, in as many transactions as it needs. */
function createMaterialiseBy({ storage, bus, clock, limits, preferences }: Omit<MaterialiseDeps, 'read'>) {
  return async ({ upTo, userIds }: Behind, stream: Stream): Promise<void> => {
    let remaining = userIds
    while (remaining.length > 0) {
      const now = clock.now()
      const { events, ...step } = await storage.write(async (tx) => {
        const { writes, remaining: rest } = await materialiseSome(
          tx,
          { upTo, userIds: remaining },
          { now, preferences },
        )
        return { events: await toEvents(tx, writes, limits.unreadCap), remaining: rest }
      }, stream)
      await publishEvents(bus, events)
      remaining = step.remaining
      if (remaining.length > 0) await setImmediate()
    }
  }
}

/** Creates the one function by which inboxes get announcements. */
export function createMaterialise(deps: MaterialiseDeps): Materialise {
  const { storage, read } = deps
  const materialiseBy = createMaterialiseBy(deps)

  /** Materialises in the inboxes that no other transaction holds. Resolves to the users of the others. */
  const materialiseFree = async ({ upTo, userIds }: Behind, stream: Stream): Promise<readonly string[]> => {
    try {
      await materialiseBy({ upTo, userIds }, WITHOUT_WAITING)
      return []
    } catch (error) {
      if (!(error instanceof HeldError)) throw error
    }
    const streams = await storage.findHeld(userIds.map(inboxStream))
    const isHeld = (userId: string): boolean => streams.has(inboxStream(userId))
    await materialiseBy({ upTo, userIds: userIds.filter((userId) => !isHeld(userId)) }, stream)
    return userIds.filter(isHeld)
  }

  return async (userIds, now) => {
    const { upTo, userIds: behind } = await read((tx) => findBehind(tx, userIds))
    const held: string[] = []
    await inTurns(behind, USERS_PER_TRANSACTION, async (some) => {
      held.push(...(await materialiseFree({ upTo, userIds: some }, now === 'now' ? WITHOUT_WAITING : undefined)))
    })
    if (now && held.length > 0) throw new HeldError()
    await Promise.all(held.map((userId) => materialiseBy({ upTo, userIds: [userId] }, inboxStream(userId))))
    return upTo
  }
}

/**
 * Materialises announcements in the inbox of one user. Calls at about the same time share transactions. Resolves to the number of the last
 * announcement.
 */
export type MaterialiseOne = (userId: string) => Promise<number>

/** Creates a `MaterialiseOne`, which gathers calls for `materialise`. */
export function createMaterialiseOne(storage: Storage, materialise: Materialise): MaterialiseOne {
  return createBatches({
    max: USERS_PER_TRANSACTION,
    run: createAroundHeld({
      storage,
      streamsOf: (userId: string) => [inboxStream(userId)],
      together: async (userIds) => {
        const upTo = await materialise([...new Set(userIds)], 'now')
        return userIds.map(() => upTo)
      },
      alone: (userId) => materialise([userId]),
    }),
  })
}
