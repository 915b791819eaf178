import type { Bus } from '../bus/bus.ts'
import type { Limits } from '../lib/limits.ts'
import { untilNothing } from '../lib/steps.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { advanceStream, advanceStreams, pruneStreams, readStream } from '../storage/streams.ts'
import { type InboxEvent, inboxStream, publishErased, publishEvents, removedFacts, toEvents } from './inbox-events.ts'
import { ANNOUNCEMENTS, LAST_ANNOUNCEMENT, NO_FACTS } from './inbox-rows.ts'
import { deleteContent } from './removal.ts'

/** Notifications that one step erases, so that it holds up nobody. */
const ROWS_PER_STEP = 500
/** Announcements that one step looks at. */
const ANNOUNCEMENTS_PER_STEP = 5_000

/** What one step of erasing did to an inbox. */
interface Step {
  /** How many notifications left the inbox for good. Undefined: the inbox is gone. */
  readonly count: number | undefined
  /** The events to publish, by user. */
  readonly events: ReadonlyMap<string, InboxEvent>
}

/** Deletes some of what is left of the groups of an inbox, with content that nobody else has. Resolves to how many notifications. */
async function eraseMembers(tx: Tx, userId: string): Promise<number> {
  const some = await tx
    .selectFrom('group_members')
    .select('notification_id')
    .where('user_id', '=', userId)
    .limit(ROWS_PER_STEP)
    .execute()
  if (some.length === 0) return 0
  const ids = some.map(({ notification_id }) => notification_id)
  await tx.deleteFrom('group_members').where('user_id', '=', userId).where('notification_id', 'in', ids).execute()
  await deleteContent(tx, ids)
  return ids.length
}

/** Deletes the groups and marks of an inbox in which nothing is left, some at a time, and in the end its stream. */
async function deleteStream(tx: Tx, userId: string): Promise<Step> {
  if ((await eraseMembers(tx, userId)) > 0) return { count: 0, events: new Map() }
  const some = tx.selectFrom('bulk_marks').select('revision').where('user_id', '=', userId).limit(ROWS_PER_STEP)
  const { numDeletedRows } = await tx
    .deleteFrom('bulk_marks')
    .where('user_id', '=', userId)
    .where('revision', 'in', some)
    .executeTakeFirst()
  if (Number(numDeletedRows) === ROWS_PER_STEP) return { count: 0, events: new Map() }
  await tx.deleteFrom('streams').where('stream', '=', inboxStream(userId)).execute()
  return { count: undefined, events: new Map() }
}

/**
 * Deletes some notifications of an inbox. Devices that follow it get them as removals, and cursors from before expire. So no device goes on
 * showing what is gone, even if the erasure never comes to its end.
 */
async function eraseSome(tx: Tx, userId: string, cap: number): Promise<Step> {
  const stream = inboxStream(userId)
  // One erasure at a time. Two recipients of the same notification would each take the other for one who keeps it.
  const locked = await advanceStreams(tx, [ANNOUNCEMENTS, stream], NO_FACTS, LAST_ANNOUNCEMENT)
  const previous = locked.get(stream)?.revision ?? 0
  const found = await tx
    .selectFrom('inbox')
    .select(['notification_id', 'removed_at', 'snoozed_until'])
    .where('user_id', '=', userId)
    .limit(ROWS_PER_STEP)
    .execute()
  if (found.length === 0) return deleteStream(tx, userId)
  const ids = found.map(({ notification_id }) => notification_id)
  await tx.deleteFrom('inbox').where('user_id', '=', userId).where('notification_id', 'in', ids).execute()
  await deleteContent(tx, ids)
  const state = await advanceStream(tx, stream)
  await pruneStreams(tx, new Map([[stream, state.revision]]))
  const removed = found
    .filter(({ removed_at, snoozed_until }) => removed_at === null || snoozed_until !== null)
    .map(({ notification_id }) => notification_id)
  const facts = removedFacts(state.revision, removed, 'RETRACTED')
  return { count: removed.length, events: await toEvents(tx, [{ userId, stream: state, previous, facts }], cap) }
}

/** Removes the user as the actor of some notifications that others got. Resolves to how many. */
async function forgetActor(tx: Tx, userId: string): Promise<number> {
  const some = tx.selectFrom('notifications').select('id').where('actor_id', '=', userId).limit(ROWS_PER_STEP)
  const { numUpdatedRows } = await tx
    .updateTable('notifications')
    .set({ actor_id: null, actor: null })
    .where('id', 'in', some)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

async function forgetExcluded(tx: Tx, userId: string, after: number): Promise<void> {
  await tx
    .updateTable('notifications')
    .set({ excluded_user_id: null })
    .where('announcement', '>', after)
    .where('announcement', '<=', after + ANNOUNCEMENTS_PER_STEP)
    .where('excluded_user_id', '=', userId)
    .execute()
}

export interface EraseDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly limits: Limits
}

/** Creates `Notifications.erase`, which erases a user from notifications, in steps. */
export function createEraseInbox({ storage, bus, limits }: EraseDeps) {
  const eraseInbox = (userId: string, onStep: (tx: Tx) => Promise<void>): Promise<number> => {
    let isGone = false
    return untilNothing(async () => {
      if (isGone) return undefined
      const { count, events } = await storage.write(async (tx) => {
        await onStep(tx)
        return eraseSome(tx, userId, limits.unreadCap)
      }, inboxStream(userId))
      await publishEvents(bus, events)
      isGone = count === undefined
      return count ?? 0
    })
  }

  return async (userId: string, onStep: (tx: Tx) => Promise<void> = async () => {}): Promise<number> => {
    const count = await eraseInbox(userId, onStep)
    publishErased(bus, userId)
    await untilNothing(async () => (await storage.write((tx) => forgetActor(tx, userId))) || undefined)
    const { revision: announced = 0 } = (await storage.read((tx) => readStream(tx, ANNOUNCEMENTS))) ?? {}
    for (let after = 0; after < announced; after += ANNOUNCEMENTS_PER_STEP) {
      await storage.write((tx) => forgetExcluded(tx, userId, after))
    }
    return count
  }
}
