import type { Bus } from '../bus/bus.ts'
import { inTurns } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import { notFound } from '../lib/errors.ts'
import { requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { NOTIFICATION_ID } from '../lib/values.ts'
import { HeldError, WITHOUT_WAITING } from '../storage/held.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { advanceStream } from '../storage/streams.ts'
import { beginTasks, type Tasks } from '../storage/tasks.ts'
import { takeOut } from './group-changes.ts'
import { type InboxEvent, publishEvents, toEvents } from './inbox-events.ts'
import { ANNOUNCEMENTS, NO_FACTS } from './inbox-rows.ts'
import { createWalk, INBOXES_PER_TRANSACTION } from './walk.ts'
import { createWriteEverywhere } from './write-everywhere.ts'

export interface RetractDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
}

const IDS_PER_STATEMENT = 500

function tasksOf(ids: readonly string[]): Tasks {
  return { kind: 'retract', subjects: ids }
}

async function requireKnown(tx: Tx, ids: readonly string[]): Promise<void> {
  const rows = await tx.selectFrom('notifications').select('id').where('id', 'in', ids).execute()
  const known = new Set(rows.map(({ id }) => id))
  const missing = ids.find((id) => !known.has(id))
  if (missing !== undefined) throw notFound(`Notification ${missing}`)
}

/** Lets the content of notifications expire now, so that it gets into no more inboxes. Throws NOT_FOUND when an id is unknown. */
async function expireContent(tx: Tx, ids: readonly string[], now: number): Promise<void> {
  // Materialising holds this stream, too. So no announcement gets into an inbox unseen at this moment.
  await advanceStream(tx, ANNOUNCEMENTS, NO_FACTS)
  await requireKnown(tx, ids)
  await inTurns(ids, IDS_PER_STATEMENT, (some) =>
    tx.updateTable('notifications').set({ expires_at: now }).where('id', 'in', some).execute(),
  )
}

/** Creates the function that removes notifications from every inbox, in steps. It resolves to the users who had one. */
function createTakeBack(deps: RetractDeps) {
  const writeEverywhere = createWriteEverywhere(deps)
  return async (ids: readonly string[]): Promise<ReadonlySet<string>> => {
    const users = new Set<string>()
    await writeEverywhere({
      ids,
      tasks: tasksOf(ids),
      change: (tx, found) => takeOut(tx, found, deps.clock.now()),
      onFound: (found) => {
        for (const { user_id } of found) users.add(user_id)
      },
    })
    return users
  }
}

/** Creates `Notifications.finishRetracting`, which does what remained of a retraction when its process ended. */
export function createFinishRetracting(deps: RetractDeps): (id: string) => Promise<unknown> {
  const takeBack = createTakeBack(deps)
  return (id) => takeBack([id])
}

const NO_EVENTS: ReadonlyMap<string, InboxEvent> = new Map()

/** How a retraction began. `lost` is how many inboxes lost one, undefined when it was too much for one transaction, and a task was begun. */
interface Begun {
  readonly lost: number | undefined
  readonly events: ReadonlyMap<string, InboxEvent>
}

/**
 * Creates `Notifications.retract`, which takes notifications back from everyone. From its first transaction on they get into no inbox.
 * Where few inboxes have them, these lose them in that transaction. Otherwise some lose them at a time, each together with its unread
 * count. When it resolves, they are gone everywhere. When its process ends before, another one goes on. Resolves to how many inboxes lost
 * one. Throws NOT_FOUND when an id is unknown, and takes none back.
 */
export function createRetract(deps: RetractDeps) {
  const { storage, bus, clock, limits } = deps
  const takeBack = createTakeBack(deps)

  const beginTask = async (tx: Tx, ids: readonly string[]): Promise<Begun> => {
    await expireContent(tx, ids, clock.now())
    await beginTasks(tx, storage, tasksOf(ids))
    return { lost: undefined, events: NO_EVENTS }
  }
  const takeBackFew = async (tx: Tx, ids: readonly string[]): Promise<Begun> => {
    const found = await createWalk(ids)(tx, INBOXES_PER_TRANSACTION + 1)
    if (found.length > INBOXES_PER_TRANSACTION) return beginTask(tx, ids)
    const now = clock.now()
    await expireContent(tx, ids, now)
    // Nothing gets in any more, and what got in meanwhile goes with the rest.
    const all = await createWalk(ids)(tx, Number.MAX_SAFE_INTEGER)
    if (all.length === 0) return { lost: 0, events: NO_EVENTS }
    const { writes } = await takeOut(tx, all, now)
    const lost = new Set(all.map(({ user_id }) => user_id)).size
    return { lost, events: await toEvents(tx, writes, limits.unreadCap) }
  }

  return async (ids: readonly string[]): Promise<number> => {
    const named = requireTexts('ids', ids, limits.ids, NOTIFICATION_ID)
    const { lost, events } = await storage
      .write((tx) => takeBackFew(tx, named), WITHOUT_WAITING)
      // Another transaction holds one of the inboxes: the others do not wait for it.
      .catch((error: unknown) => {
        if (error instanceof HeldError) return storage.write((tx) => beginTask(tx, named))
        throw error
      })
    await publishEvents(bus, events)
    return lost ?? (await takeBack(named)).size
  }
}
