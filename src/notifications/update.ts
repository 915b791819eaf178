import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import { requireText } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { NOTIFICATION_ID } from '../lib/values.ts'
import { HeldError, WITHOUT_WAITING } from '../storage/held.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { beginTasks, type Tasks } from '../storage/tasks.ts'
import { type ContentChanges, requireChanges, type UpdateNotificationInput } from './content-changes.ts'
import type { InboxHandOff } from './hand-off.ts'
import { type InboxEvent, publishEvents, toEvents } from './inbox-events.ts'
import { changeContent, tellOfContent } from './told.ts'
import { createWalk, INBOXES_PER_TRANSACTION } from './walk.ts'
import { createWriteEverywhere } from './write-everywhere.ts'

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
  readonly handOff?: InboxHandOff | undefined
}

/** An update that is stored. All inboxes are to be told of it. */
interface Update {
  readonly id: string
  /** When the content changed. */
  readonly editedAt: number
}

const BETWEEN = ' '

/** Each update is a task of its own: when one has come to its end, another one of the same notification can be under way. */
function tasksOf({ id, editedAt }: Update): Tasks {
  return { kind: 'update', subjects: [`${editedAt}${BETWEEN}${id}`] }
}

function updateOf(task: string): Update {
  const end = task.indexOf(BETWEEN)
  return { id: task.slice(end + 1), editedAt: Number(task.slice(0, end)) }
}

/** Creates the function that tells every inbox of an update, in steps. It resolves to how many have the notification. */
function createTellAll(deps: UpdateDeps) {
  const writeEverywhere = createWriteEverywhere(deps)
  return (update: Update): Promise<number> =>
    writeEverywhere({
      ids: [update.id],
      tasks: tasksOf(update),
      change: (tx, found) => tellOfContent(tx, { ...deps, id: update.id, found, now: deps.clock.now() }),
    })
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
    const { writes } = await tellOfContent(tx, { ...deps, id, found, now })
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
