import type { Bus } from '../bus/bus.ts'
import { chunksOf } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import { requireText } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { untilNothing } from '../lib/steps.ts'
import { NOTIFICATION_ID } from '../lib/values.ts'
import { HeldError, WITHOUT_WAITING } from '../storage/held.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { beginTasks, createRenewal, endTasks, type Tasks } from '../storage/tasks.ts'
import { type ContentChanges, requireChanges, type UpdateNotificationInput } from './content-changes.ts'
import { type InboxEvent, inboxStream, publishEvents, toEvents } from './inbox-events.ts'
import { createWriteToFree } from './removal.ts'
import { changeContent, tellOfContent } from './told.ts'
import { createWalk, type HeldEntry, INBOXES_PER_TRANSACTION } from './walk.ts'

/** The result of `updateNotification`. */
export interface NotificationUpdate {
  readonly notificationId: string
  /** How many inboxes have the notification. Null: it is an announcement. */
  readonly recipients: number | null
}

export interface UpdateDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
}

/** An update that is stored. All inboxes are to be told of it. */
interface Update {
  readonly id: string
  /** When the content changed. */
  readonly editedAt: number
}

/** Held inboxes that are waited for at a time. */
const HELD_TOGETHER = 4

const BETWEEN = ' '

/** Each update is a task of its own: when one has come to its end, another one of the same notification can be under way. */
function tasksOf({ id, editedAt }: Update): Tasks {
  return { kind: 'update', subjects: [`${editedAt}${BETWEEN}${id}`] }
}

function updateOf(task: string): Update {
  const end = task.indexOf(BETWEEN)
  return { id: task.slice(end + 1), editedAt: Number(task.slice(0, end)) }
}

/**
 * Creates the function that tells every inbox of an update, in steps. It resolves to how many have the notification. Inboxes that another
 * transaction holds come last.
 */
function createTellAll(deps: UpdateDeps) {
  const { storage, bus, clock, limits } = deps
  const writeToFree = createWriteToFree(deps)

  const tellHeld = async (id: string, entry: HeldEntry): Promise<void> => {
    const events = await storage.write(async (tx) => {
      const { writes } = await tellOfContent(tx, id, [entry], clock.now())
      return toEvents(tx, writes, limits.unreadCap)
    }, inboxStream(entry.user_id))
    await publishEvents(bus, events)
  }

  return async (update: Update): Promise<number> => {
    const { id } = update
    const renew = createRenewal(storage, tasksOf(update))
    const walk = createWalk([id])
    const held: HeldEntry[] = []
    /** Tells the inboxes that no other transaction holds. Resolves to the others. */
    const tellFree = async (found: readonly HeldEntry[]): Promise<readonly HeldEntry[]> => {
      const written = await writeToFree(found, async (tx, some) => {
        await renew(tx)
        return tellOfContent(tx, id, some, clock.now())
      })
      const isHeld = new Set(written.held)
      return found.filter(({ user_id }) => isHeld.has(user_id))
    }
    const count = await untilNothing(async () => {
      const found = await storage.read((tx) => walk(tx, INBOXES_PER_TRANSACTION))
      if (found.length === 0) return undefined
      held.push(...(await tellFree(found)))
      return found.length
    })
    // Most were held by another step like these, and are free by now. What is still held waits a few at a time, as each needs a connection.
    const stillHeld: HeldEntry[] = []
    for (const some of chunksOf(held, INBOXES_PER_TRANSACTION)) stillHeld.push(...(await tellFree(some)))
    for (const some of chunksOf(stillHeld, HELD_TOGETHER)) await Promise.all(some.map((entry) => tellHeld(id, entry)))
    await storage.write((tx) => endTasks(tx, tasksOf(update)))
    return count
  }
}

/** Creates `Notifications.finishUpdating`, which tells those of an update whom its process did not tell before it ended. */
export function createFinishUpdating(deps: UpdateDeps): (task: string) => Promise<unknown> {
  const tellAll = createTellAll(deps)
  return (task) => tellAll(updateOf(task))
}

/** How an update began. `told` is undefined when it was too much for one transaction, and a task was begun. */
interface Begun {
  readonly update: Update
  readonly isAnnouncement: boolean
  readonly told: { readonly recipients: number; readonly events: ReadonlyMap<string, InboxEvent> } | undefined
}

/**
 * Creates `Notifications.update`, which changes the content of a notification. From its first transaction on, whoever reads it gets the new
 * content. Where few inboxes have it, they are told in that transaction. Otherwise some are told at a time. When it resolves, all are told.
 * When its process ends before, another one goes on. A change that is there already tells only those who were not told of it yet.
 */
export function createUpdate(deps: UpdateDeps) {
  const { storage, bus, clock, limits } = deps
  const tellAll = createTellAll(deps)

  const begin = async (tx: Tx, id: string, changes: ContentChanges, mayTell: boolean): Promise<Begun> => {
    const now = clock.now()
    const { edited_at: editedAt, announcement } = await changeContent(tx, id, changes, now)
    const begun = { update: { id, editedAt: editedAt ?? 0 }, isAnnouncement: announcement !== null }
    const found = mayTell ? await createWalk([id])(tx, INBOXES_PER_TRANSACTION + 1) : []
    if (!mayTell || found.length > INBOXES_PER_TRANSACTION) {
      await beginTasks(tx, storage, tasksOf(begun.update))
      return { ...begun, told: undefined }
    }
    const { writes } = await tellOfContent(tx, id, found, now)
    return { ...begun, told: { recipients: found.length, events: await toEvents(tx, writes, limits.unreadCap) } }
  }

  return async (id: string, input: UpdateNotificationInput): Promise<NotificationUpdate> => {
    const named = requireText('id', id, NOTIFICATION_ID)
    const changes = requireChanges(input, limits)
    const { update, isAnnouncement, told } = await storage
      .write((tx) => begin(tx, named, changes, true), WITHOUT_WAITING)
      // Another transaction holds one of the inboxes: the others do not wait for it.
      .catch((error: unknown) => {
        if (error instanceof HeldError) return storage.write((tx) => begin(tx, named, changes, false))
        throw error
      })
    if (told) await publishEvents(bus, told.events)
    const recipients = told ? told.recipients : await tellAll(update)
    return { notificationId: named, recipients: isAnnouncement ? null : recipients }
  }
}
