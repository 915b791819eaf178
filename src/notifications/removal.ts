import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Bus } from '../bus/bus.ts'
import type { Limits } from '../lib/limits.ts'
import { HeldError, WITHOUT_WAITING } from '../storage/held.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { advanceStreams } from '../storage/streams.ts'
import type { Tables } from '../storage/tables.ts'
import { type InboxWrite, inboxStream, publishEvents, removedFacts, toEvents } from './inbox-events.ts'
import { type EntryKey, isHad, isOneOf, LAST_ANNOUNCEMENT, NO_FACTS } from './inbox-rows.ts'
import type { RemovalReason } from './notification.ts'

/** What was removed from inboxes. */
export interface Removal {
  /** How many notifications, in all inboxes together. */
  readonly count: number
  readonly writes: readonly InboxWrite[]
}

/** When and why something is removed. */
interface Removing {
  readonly now: number
  readonly reason: RemovalReason
  /** Only what meets this is removed. Left out: all. */
  readonly isStill?: Expression<SqlBool>
}

/**
 * Removes what was found from inboxes, and leaves a tombstone of each, so that devices that are away learn of it. A notification that is
 * gone meanwhile, or no longer meets `isStill`, is left alone.
 */
export async function removeEntries(
  tx: Tx,
  found: readonly EntryKey[],
  { now, reason, isStill }: Removing,
): Promise<Removal> {
  await advanceStreams(
    tx,
    found.map((row) => inboxStream(row.user_id)),
    NO_FACTS,
    // The inbox of a user who was erased meanwhile begins anew.
    LAST_ANNOUNCEMENT,
  )
  const entries = await tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id'])
    .where(isOneOf(found))
    .where(isHad('held'))
    .$if(isStill !== undefined, (query) => query.where(isStill ?? sql<boolean>`1 = 1`))
    .orderBy('arrived_revision')
    .execute()
  if (entries.length === 0) return { count: 0, writes: [] }
  const byUser = Map.groupBy(entries, ({ user_id }) => user_id)
  const streams = await advanceStreams(tx, [...byUser.keys()].map(inboxStream))
  const revision = sql<number>`(SELECT revision FROM streams WHERE stream = ${inboxStream('')} || inbox.user_id)`
  await tx
    .updateTable('inbox')
    .set({ removed_at: now, removal: reason, snoozed_until: null, revision })
    .where(isOneOf(entries))
    .execute()
  const writes = [...byUser].flatMap(([userId, rows]): InboxWrite[] => {
    const stream = streams.get(inboxStream(userId))
    const ids = rows.map(({ notification_id }) => notification_id)
    return stream
      ? [{ userId, stream, previous: stream.revision - 1, facts: removedFacts(stream.revision, ids, reason) }]
      : []
  })
  return { count: entries.length, writes }
}

/** Selects content that is in no inbox, and comes back to none. Groups keep theirs until their last trace is deleted. */
export function isNowhere({ and, not, exists, selectFrom }: ExpressionBuilder<Tables, 'notifications'>) {
  const alone = selectFrom('inbox').select('inbox.user_id').whereRef('inbox.notification_id', '=', 'notifications.id')
  const grouped = selectFrom('group_members')
    .select('group_members.user_id')
    .whereRef('group_members.notification_id', '=', 'notifications.id')
    .where('group_members.removed_at', 'is', null)
  const listed = alone.where('inbox.removed_at', 'is', null)
  const snoozed = alone.where('inbox.snoozed_until', 'is not', null)
  return and([not(exists(listed)), not(exists(snoozed)), not(exists(grouped))])
}

/**
 * Deletes the content of these notifications that is in no inbox any more and can get into none. Content of an announcement is deleted only
 * when it had expired by `now`; left out: never.
 */
export async function deleteContent(tx: Tx, ids: readonly string[], now?: number): Promise<void> {
  await tx
    .deleteFrom('notifications')
    .where('id', 'in', ids)
    .where(isNowhere)
    .where((eb) => {
      // Not `IS NULL`: SQLite would look up all that are no announcement, which are nearly all.
      const isPlain = sql<SqlBool>`coalesce(announcement, 0) = 0`
      return now === undefined ? isPlain : eb.or([isPlain, eb('expires_at', '<=', now)])
    })
    .execute()
}

export interface FreeInboxesDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly limits: Limits
}

/** Something that is in the inbox of a user. */
interface Owned {
  readonly user_id: string
}

/** The outcome of a write to several inboxes. */
export interface FreeWritten {
  /** How many were removed. Undefined: another node does this work. */
  readonly count: number | undefined
  /** The users whose inboxes another transaction holds. Nothing was done there. */
  readonly held: readonly string[]
}

/** Writes to inboxes in one transaction. Resolves to undefined when another node does this work. */
export type WriteTo<Found> = (tx: Tx, found: readonly Found[]) => Promise<Removal | undefined>

/**
 * Creates a write to many inboxes that does not wait for those which another transaction holds. All that was found is tried at once, and
 * then without the inboxes that are held. Publishes the removals.
 */
export function createWriteToFree({ storage, bus, limits }: FreeInboxesDeps) {
  const attempt = async <Found>(found: readonly Found[], work: WriteTo<Found>): Promise<number | undefined> => {
    if (found.length === 0) return 0
    const done = await storage.write(async (tx) => {
      const removal = await work(tx, found)
      return removal && { count: removal.count, events: await toEvents(tx, removal.writes, limits.unreadCap) }
    }, WITHOUT_WAITING)
    if (done) await publishEvents(bus, done.events)
    return done?.count
  }

  return async <Found extends Owned>(found: readonly Found[], work: WriteTo<Found>): Promise<FreeWritten> => {
    try {
      return { count: await attempt(found, work), held: [] }
    } catch (error) {
      if (!(error instanceof HeldError)) throw error
    }
    const users = [...new Set(found.map(({ user_id }) => user_id))]
    const streams = await storage.findHeld(users.map(inboxStream))
    const held = users.filter((userId) => streams.has(inboxStream(userId)))
    const free = found.filter(({ user_id }) => !streams.has(inboxStream(user_id)))
    return { count: await attempt(free, work), held }
  }
}
