import type { ExpressionBuilder } from 'kysely'
import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import { cursorOf } from '../feed/cursor.ts'
import type { Clock } from '../lib/clock.ts'
import { badInput, notFound } from '../lib/errors.ts'
import { optionalText, requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { CATEGORY, NOTIFICATION_ID } from '../lib/values.ts'
import { type WantedPage, WHOLE_PAGE, wants } from '../lib/wanted.ts'
import { recentTerms } from '../storage/lane-terms.ts'
import { advanceLane, type LaneState } from '../storage/lanes.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'
import { expireIn } from './expiry.ts'
import { NO_FACTS, selectInbox, toNotification } from './inbox.ts'
import type { InboxFact } from './inbox-event.ts'
import { inboxLane, markedFacts, tell } from './inbox-events.ts'
import { isChanging, toBulkColumns, toColumns } from './mark-rules.ts'
import type { Mark, Notification, UnreadCount } from './notification.ts'
import type { TakeIn } from './taking-in.ts'
import { countUnreadOf } from './unread.ts'

/** What became of a mark. */
export interface Marked {
  /** How many notifications changed. */
  readonly changed: number
  /** The bound that `markAllAsRead` used; null for the others. */
  readonly upToRevision: number | null
  /** The named notifications as they are now, in the order of the ids; none for `markAllAsRead`. */
  readonly notifications: readonly Notification[]
  readonly unread: UnreadCount
  /** The position of the inbox after it. */
  readonly cursor: string
}

export interface MarksDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
  readonly takeIn: TakeIn
}

/** A command under way on one inbox, whose lane is locked. */
interface Marking {
  readonly tx: Tx
  readonly userId: string
  readonly lane: LaneState
  readonly now: number
}

/** What a command did; no facts when it changed nothing. */
interface Outcome extends Pick<Marked, 'changed' | 'upToRevision' | 'notifications'> {
  readonly lane: LaneState
  readonly facts: readonly InboxFact[]
}

/** Which of the named notifications the mark changes. Throws NOT_FOUND when one is not the user's. */
const findChanging = async ({ tx, userId, now }: Marking, mark: Mark, ids: readonly string[]) => {
  const rows = await tx
    .selectFrom('inbox')
    .select(['notification_id', 'seen_at', 'read_at', 'archived_at', 'removed_at', 'expires_at'])
    .where('user_id', '=', userId)
    .where('notification_id', 'in', ids)
    .execute()
  const byId = new Map(rows.map((row) => [row.notification_id, row]))
  return ids.filter((id) => {
    const row = byId.get(id)
    if (!row) throw notFound(`Notification ${id}`)
    const isGone = row.removed_at !== null || (row.expires_at !== null && row.expires_at <= now)
    return !isGone && isChanging(mark, row)
  })
}

const readNamed = async (
  { tx, userId, now }: Marking,
  ids: readonly string[],
  { page, entries }: WantedPage,
): Promise<readonly Notification[]> => {
  if (!wants(page, 'notifications')) return []
  // By its id each finds its place in the answer.
  const columns = entries && new Set([...entries, 'id'])
  const rows = await selectInbox(tx, userId, now, columns).where('inbox.notification_id', 'in', ids).execute()
  const byId = new Map(rows.map((row) => [row.id, toNotification(row)]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** Marks named notifications. Those that were retracted or have expired are passed over. */
const markNamed = async (
  marking: Marking,
  { mark, ids, wanted }: { readonly mark: Mark; readonly ids: readonly string[]; readonly wanted: WantedPage },
): Promise<Outcome> => {
  const { tx, userId, now } = marking
  const changing = await findChanging(marking, mark, ids)
  const lane = changing.length > 0 ? await advanceLane(tx, inboxLane(userId)) : marking.lane
  if (changing.length > 0) {
    await tx
      .updateTable('inbox')
      .set(toColumns(mark, now, lane.revision))
      .where('user_id', '=', userId)
      .where('notification_id', 'in', changing)
      .execute()
  }
  const facts = markedFacts(lane.revision, mark, changing, now)
  const notifications = await readNamed(marking, ids, wanted)
  return { changed: changing.length, lane, facts, upToRevision: null, notifications }
}

/** Which notifications `markAllAsRead` is about. */
interface Scope {
  readonly upToRevision: number
  /** Null for all categories. */
  readonly category: string | null
}

const isInScope =
  ({ userId }: Marking, { upToRevision, category }: Scope) =>
  (eb: ExpressionBuilder<Tables, 'inbox'>) =>
    eb.and([
      eb('inbox.user_id', '=', userId),
      eb('inbox.position', '<=', upToRevision),
      eb('inbox.read_at', 'is', null),
      eb('inbox.removed_at', 'is', null),
      ...(category === null ? [] : [eb('inbox.category', '=', category)]),
    ])

/** Marks everything in the scope as read, the archived too: a device needs no more than the scope to do the same. */
const markAll = async (marking: Marking, scope: Scope): Promise<Outcome> => {
  const { tx, userId, now } = marking
  const condition = isInScope(marking, scope)
  const nothing = { changed: 0, lane: marking.lane, facts: [], upToRevision: scope.upToRevision, notifications: [] }
  const first = await tx.selectFrom('inbox').select('position').where(condition).limit(1).executeTakeFirst()
  if (!first) return nothing
  const lane = await advanceLane(tx, inboxLane(userId))
  const { numUpdatedRows } = await tx
    .updateTable('inbox')
    .set(toBulkColumns(now, lane.revision))
    .where(condition)
    .executeTakeFirstOrThrow()
  const { upToRevision, category } = scope
  const mark = { user_id: userId, revision: lane.revision, up_to: upToRevision, category, at: now }
  await tx.insertInto('bulk_marks').values(mark).execute()
  const fact = { kind: 'marked', revision: lane.revision, mark: 'READ', ids: [], ...scope, at: now } as const
  return { ...nothing, changed: Number(numUpdatedRows), lane, facts: [fact] }
}

const requireBound = (bound: number): number => {
  if (!Number.isSafeInteger(bound) || bound < 0) throw badInput('upToRevision must be a revision: 0 or more.')
  return bound
}

/** What `markAllAsRead` is asked. */
export interface MarkAllInput {
  /** Only what arrived up to here; when left out, all that is stored when the command arrives. */
  readonly upToRevision?: number | null | undefined
  /** Only this category. */
  readonly category?: string | null | undefined
}

/** Marks of a user's own notifications. */
export interface Marks {
  /** Throws NOT_FOUND when one of the ids is not the viewer's, and marks none. What is not wanted of the answer is not read. */
  mark(viewer: Viewer, mark: Mark, ids: readonly string[], wanted?: WantedPage): Promise<Marked>
  /** A bound beyond the inbox is taken for its end. Returns the bound that it used. */
  markAllAsRead(viewer: Viewer, input: MarkAllInput): Promise<Marked>
}

/** Makes the commands that mark notifications and tell all devices of the viewer, the marking one included. */
export const createMarks = ({ storage, bus, clock, limits, takeIn }: MarksDeps): Marks => {
  const run = async (userId: string, command: (marking: Marking) => Promise<Outcome>): Promise<Marked> => {
    const began = await takeIn([userId])
    const now = clock.now()
    const { event, ...marked } = await storage.write(async (tx) => {
      const locked = await advanceLane(tx, inboxLane(userId), NO_FACTS, began)
      const expired = await expireIn(tx, userId, now)
      const { lane, facts, ...outcome } = await command({ tx, userId, lane: expired?.lane ?? locked, now })
      const { epoch, revision, terms } = lane
      const unread = await countUnreadOf(tx, { userId, revision }, limits.unreadCap)
      const allFacts = [...(expired?.facts ?? []), ...facts]
      const event = { epoch, terms: recentTerms(terms), previous: locked.revision, revision, facts: allFacts, unread }
      return { ...outcome, unread, cursor: cursorOf(lane), event }
    }, inboxLane(userId))
    if (event.facts.length > 0) await tell(bus, [{ userId, event }])
    return marked
  }

  return {
    mark: async ({ userId }, mark, ids, wanted = WHOLE_PAGE) => {
      const named = requireTexts('ids', ids, limits.ids, NOTIFICATION_ID)
      return run(userId, (marking) => markNamed(marking, { mark, ids: named, wanted }))
    },
    markAllAsRead: async ({ userId }, { upToRevision, category }) => {
      const asked = upToRevision == null ? Number.POSITIVE_INFINITY : requireBound(upToRevision)
      const only = optionalText('category', category, CATEGORY)
      return run(userId, (marking) =>
        markAll(marking, { upToRevision: Math.min(asked, marking.lane.revision), category: only }),
      )
    },
  }
}
