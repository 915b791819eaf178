import type { Bus } from '../bus/bus.ts'
import type { Limits } from '../lib/limits.ts'
import { HeldError, WITHOUT_WAITING } from '../storage/held.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { inboxLane, tell, toEvents } from './inbox-events.ts'
import type { Removal } from './removal.ts'

export interface FreeInboxesDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly limits: Limits
}

/** Something in the inbox of a user. */
interface Owned {
  readonly user_id: string
}

/** What came of a write to several inboxes. */
export interface FreeWritten {
  /** Undefined: another node is at it. */
  readonly count: number | undefined
  /** The users whose inboxes somebody else holds: nothing was done there. */
  readonly held: readonly string[]
}

/** Writes to inboxes in one transaction; undefined: another node does it. */
export type WriteTo<Found> = (tx: Tx, found: readonly Found[]) => Promise<Removal | undefined>

/**
 * Makes a write to the inboxes of many that waits for none that somebody else holds, and tells the devices: what is found is tried all at
 * once, and then without those.
 */
export const createWriteToFree = ({ storage, bus, limits }: FreeInboxesDeps) => {
  const attempt = async <Found>(found: readonly Found[], work: WriteTo<Found>): Promise<number | undefined> => {
    if (found.length === 0) return 0
    const done = await storage.write(async (tx) => {
      const removal = await work(tx, found)
      return removal && { count: removal.count, events: await toEvents(tx, removal.writes, limits.unreadCap) }
    }, WITHOUT_WAITING)
    if (done) await tell(bus, done.events)
    return done?.count
  }

  return async <Found extends Owned>(found: readonly Found[], work: WriteTo<Found>): Promise<FreeWritten> => {
    try {
      return { count: await attempt(found, work), held: [] }
    } catch (error) {
      if (!(error instanceof HeldError)) throw error
    }
    const users = [...new Set(found.map(({ user_id }) => user_id))]
    const lanes = await storage.findHeld(users.map(inboxLane))
    const held = users.filter((userId) => lanes.has(inboxLane(userId)))
    const free = found.filter(({ user_id }) => !lanes.has(inboxLane(user_id)))
    return { count: await attempt(free, work), held }
  }
}
