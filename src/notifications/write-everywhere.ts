import type { Bus } from '../bus/bus.ts'
import { chunksOf } from '../lib/chunks.ts'
import type { Limits } from '../lib/limits.ts'
import { untilNothing } from '../lib/steps.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { createRenewal, endTasks, type Tasks } from '../storage/tasks.ts'
import { inboxStream, publishEvents, toEvents } from './inbox-events.ts'
import { createWriteToFree, type Removal } from './removal.ts'
import { createWalk, type HeldEntry, INBOXES_PER_TRANSACTION } from './walk.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly limits: Limits
}

/** What is to be done to every inbox that has one of some notifications. */
interface Work {
  readonly ids: readonly string[]
  /** The tasks as which it is stored. They are renewed meanwhile, and end with it. */
  readonly tasks: Tasks
  /** Changes some inboxes, in one transaction. Done to an inbox again, it changes nothing. */
  readonly change: (tx: Tx, found: readonly HeldEntry[]) => Promise<Removal>
  /** Called with the inboxes that were found, some at a time. */
  readonly onFound?: (found: readonly HeldEntry[]) => void
}

/** Held inboxes that are waited for at a time: each needs a connection. */
const HELD_TOGETHER = 4

/**
 * Creates the function that changes every inbox which has one of some notifications, in steps, and tells their devices. Inboxes that another
 * transaction holds come last. Resolves to how many entries were found.
 */
export function createWriteEverywhere(deps: Deps) {
  const { storage, bus, limits } = deps
  const writeToFree = createWriteToFree(deps)

  return async ({ ids, tasks, change, onFound }: Work): Promise<number> => {
    const renew = createRenewal(storage, tasks)
    const walk = createWalk(ids)

    /** Changes the inboxes that no other transaction holds. Resolves to the others. */
    const changeFree = async (found: readonly HeldEntry[]): Promise<readonly HeldEntry[]> => {
      const written = await writeToFree(found, async (tx, some) => {
        await renew(tx)
        return change(tx, some)
      })
      const isHeld = new Set(written.held)
      return found.filter(({ user_id }) => isHeld.has(user_id))
    }
    const changeHeld = async (entry: HeldEntry): Promise<void> => {
      const events = await storage.write(async (tx) => {
        const { writes } = await change(tx, [entry])
        return toEvents(tx, writes, limits.unreadCap)
      }, inboxStream(entry.user_id))
      await publishEvents(bus, events)
    }

    const held: HeldEntry[] = []
    const count = await untilNothing(async () => {
      const found = await storage.read((tx) => walk(tx, INBOXES_PER_TRANSACTION))
      if (found.length === 0) return undefined
      held.push(...(await changeFree(found)))
      onFound?.(found)
      return found.length
    })
    // Most were held by another step like these, and are free by now.
    const stillHeld: HeldEntry[] = []
    for (const some of chunksOf(held, INBOXES_PER_TRANSACTION)) stillHeld.push(...(await changeFree(some)))
    for (const some of chunksOf(stillHeld, HELD_TOGETHER)) await Promise.all(some.map(changeHeld))
    await storage.write((tx) => endTasks(tx, tasks))
    return count
  }
}
