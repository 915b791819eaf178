import { setImmediate } from 'node:timers/promises'
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
import { advanceLane } from '../storage/lanes.ts'
import type { Storage } from '../storage/storage.ts'
import { expireIn } from './expiry.ts'
import { NO_FACTS, selectInbox, toNotification } from './inbox.ts'
import { inboxLane, markedFacts, tell } from './inbox-events.ts'
import { markPart, nothingMarked, type PartMarked, type Scope } from './mark-all.ts'
import { isChanging, toColumns } from './mark-rules.ts'
import type { Marked, Marking, Outcome } from './marking.ts'
import type { Mark, Notification } from './notification.ts'
import type { TakeIn } from './taking-in.ts'
import { countUnreadOf } from './unread.ts'

export interface MarksDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
  readonly takeIn: TakeIn
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

const requireBound = (bound: number): number => {
  if (!Number.isSafeInteger(bound) || bound < 0) throw badInput('upToRevision must be a revision: 0 or more.')
  return bound
}

/** What `markAllAsRead` is asked. */
export interface MarkAllInput {
  /** Only what arrived up to here; when left out, all that is stored when marking begins. */
  readonly upToRevision?: number | null | undefined
  /** Only this category. */
  readonly category?: string | null | undefined
}

/** Marks of a user's own notifications. */
export interface Marks {
  /** Throws NOT_FOUND when one of the ids is not the viewer's, and marks none. What is not wanted of the answer is not read. */
  mark(viewer: Viewer, mark: Mark, ids: readonly string[], wanted?: WantedPage): Promise<Marked>
  /**
   * A bound beyond the inbox is taken for its end. Returns the bound that it used. A large inbox is marked in parts; when one of them
   * fails, those before it stand, and marking again does the rest.
   */
  markAllAsRead(viewer: Viewer, input: MarkAllInput): Promise<Marked>
}

/** Makes the commands that mark notifications and tell all devices of the viewer, the marking one included. */
export const createMarks = ({ storage, bus, clock, limits, takeIn }: MarksDeps): Marks => {
  const run = async <Result extends Outcome>(userId: string, command: (marking: Marking) => Promise<Result>) => {
    const began = await takeIn([userId])
    const now = clock.now()
    const { event, outcome } = await storage.write(async (tx) => {
      const locked = await advanceLane(tx, inboxLane(userId), NO_FACTS, began)
      const expired = await expireIn(tx, userId, now)
      const outcome = await command({ tx, userId, lane: expired?.lane ?? locked, now })
      const { epoch, revision, terms } = outcome.lane
      const unread = await countUnreadOf(tx, { userId, revision }, limits.unreadCap)
      const facts = [...(expired?.facts ?? []), ...outcome.facts]
      return {
        outcome,
        event: { epoch, terms: recentTerms(terms), previous: locked.revision, revision, facts, unread },
      }
    }, inboxLane(userId))
    if (event.facts.length > 0) await tell(bus, [{ userId, event }])
    const { changed, upToRevision, notifications, lane } = outcome
    const marked = { changed, upToRevision, notifications, unread: event.unread, cursor: cursorOf(lane) }
    return { marked, outcome }
  }

  /** In parts, each at a revision of its own: others have their turn in between, and are told. */
  const runAll = async (userId: string, scope: (marking: Marking) => Scope): Promise<Marked> => {
    let whole: Scope | undefined
    let epoch: string | undefined
    const runPart = (after: number) =>
      run(userId, async (marking): Promise<PartMarked> => {
        whole ??= scope(marking)
        epoch ??= marking.lane.epoch
        // Another inbox of a user who was erased meanwhile: nothing of it was meant.
        const isSame = epoch === marking.lane.epoch
        return isSame ? markPart(marking, whole, after) : { ...nothingMarked(marking, whole), next: undefined }
      })
    let part = await runPart(0)
    let changed = part.marked.changed
    while (part.outcome.next !== undefined) {
      await setImmediate()
      part = await runPart(part.outcome.next)
      changed += part.marked.changed
    }
    return { ...part.marked, changed }
  }

  return {
    mark: async ({ userId }, mark, ids, wanted = WHOLE_PAGE) => {
      const named = requireTexts('ids', ids, limits.ids, NOTIFICATION_ID)
      return (await run(userId, (marking) => markNamed(marking, { mark, ids: named, wanted }))).marked
    },
    markAllAsRead: async ({ userId }, { upToRevision, category }) => {
      const asked = upToRevision == null ? Number.POSITIVE_INFINITY : requireBound(upToRevision)
      const only = optionalText('category', category, CATEGORY)
      return runAll(userId, ({ lane, now }) => ({
        upToRevision: Math.min(asked, lane.revision),
        category: only,
        at: now,
      }))
    },
  }
}
