import { sql } from 'kysely'
import { cursorExpired } from '../feed/cursor.ts'
import type { Page } from '../feed/follow.ts'
import { type LaneState, readLane } from '../storage/lanes.ts'
import type { Tx } from '../storage/storage.ts'
import { toAdditions, toEntries } from './event-entries.ts'
import { selectInbox, toNotification } from './inbox.ts'
import type { InboxFact } from './inbox-event.ts'
import { inboxLane, markedFacts, removedFacts } from './inbox-events.ts'
import type { Mark, Notification, NotificationEvent } from './notification.ts'
import { countUnreadOf } from './unread.ts'

/** What is read from the store at a time: notifications can be large, the other changes are ids. */
const ADDITIONS_PER_PAGE = 100
const CHANGES_PER_PAGE = 1_000

/** Facts after a revision. Complete up to `upTo`, and further on there may be more. */
interface Facts {
  readonly facts: readonly InboxFact[]
  readonly upTo: number
}

/** An inbox that is followed. */
export interface Followed {
  readonly userId: string
  /** Of the lane that is followed. */
  readonly epoch: string
  readonly now: number
}

/** Which inbox to read on, and from where. */
export interface Position extends Followed {
  readonly after: number
}

interface Reading extends Position {
  readonly tx: Tx
  readonly lane: LaneState
}

/**
 * What arrived after the revision, each in its present state at the place where it arrived, wherever it changed since.
 * What is gone again is left out; those who may show it are told of the removal.
 */
const readAdditions = async ({ tx, userId, lane, after, now }: Reading): Promise<Facts> => {
  const rows = await selectInbox(tx, userId, now)
    .where('inbox.position', '>', after)
    .orderBy('inbox.position')
    .limit(ADDITIONS_PER_PAGE)
    .execute()
  const facts = rows.map(
    (row) => ({ kind: 'added', revision: row.position, notification: toNotification(row) }) as const,
  )
  const isComplete = rows.length < ADDITIONS_PER_PAGE
  return { facts, upTo: isComplete ? lane.revision : (facts.at(-1)?.revision ?? lane.revision) }
}

type Change = Mark | 'REMOVED'

interface ChangeRow {
  readonly id: string
  readonly revision: number
  readonly change: Change
  /** Null when a mark was taken back: when that was done is not kept. */
  readonly at: number | null
}

/**
 * Each mark after the revision of what had arrived by then, and each removal after it, at the revision that made it: a row can
 * have several. Removals of what arrived later, too: a device can show more than the cursor says from which it resumes.
 */
const selectChanges = ({ tx, userId, after }: Reading) => {
  const changed = tx.selectFrom('inbox').where('user_id', '=', userId).where('revision', '>', after)
  const kept = changed.where('position', '<=', after).where('removed_at', 'is', null)
  const seen = kept
    .where('seen_revision', '>', after)
    // Being read at the same revision says it already.
    .where((eb) => eb.or([eb('read_at', 'is', null), eb('read_revision', '<>', eb.ref('seen_revision'))]))
    .select(['notification_id as id', 'seen_revision as revision', 'seen_at as at', sql<Change>`'SEEN'`.as('change')])
  const read = kept
    .where('read_revision', '>', after)
    .select(['notification_id as id', 'read_revision as revision', 'read_at as at'])
    .select(sql<Change>`CASE WHEN read_at IS NULL THEN 'UNREAD' ELSE 'READ' END`.as('change'))
  const archived = kept
    .where('archived_revision', '>', after)
    .select(['notification_id as id', 'archived_revision as revision', 'archived_at as at'])
    .select(sql<Change>`CASE WHEN archived_at IS NULL THEN 'UNARCHIVED' ELSE 'ARCHIVED' END`.as('change'))
  const removed = changed
    .where('removed_at', 'is not', null)
    .select(['notification_id as id', 'revision', 'removed_at as at', sql<Change>`'REMOVED'`.as('change')])
  return tx
    .selectFrom(seen.unionAll(read).unionAll(archived).unionAll(removed).as('changes'))
    .selectAll()
    .orderBy('revision')
    .orderBy('change')
    .orderBy('id')
    .$castTo<ChangeRow>()
}

const toFacts = (rows: readonly ChangeRow[], now: number): readonly InboxFact[] =>
  [...Map.groupBy(rows, ({ revision, change }) => `${revision} ${change}`).values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const { revision, change, at } = first
    const ids = group.map(({ id }) => id)
    return change === 'REMOVED' ? removedFacts(revision, ids) : markedFacts(revision, change, ids, at ?? now)
  })

/** The changes of a page. It never breaks off within a revision, which can be a whole inbox that was marked at once. */
const readChanges = async (reading: Reading): Promise<Facts> => {
  const rows = await selectChanges(reading)
    .limit(CHANGES_PER_PAGE + 1)
    .execute()
  const next = rows[CHANGES_PER_PAGE]?.revision
  if (next === undefined) return { facts: toFacts(rows, reading.now), upTo: reading.lane.revision }
  const complete = rows.filter(({ revision }) => revision < next)
  if (complete.length > 0) return { facts: toFacts(complete, reading.now), upTo: next - 1 }
  const whole = await selectChanges(reading).where('revision', '=', next).execute()
  return { facts: toFacts(whole, reading.now), upTo: next }
}

/** Begins to read on. Throws CURSOR_EXPIRED when the inbox is another one, or what followed has been deleted for good. */
const beginReading = async (tx: Tx, position: Position): Promise<Reading> => {
  const lane = await readLane(tx, inboxLane(position.userId))
  if (!lane || lane.epoch !== position.epoch || position.after < lane.pruned) throw cursorExpired()
  return { ...position, tx, lane }
}

/** The notifications that arrived after the position, each once and in order however they changed since. */
export const readAddedPage = async (tx: Tx, position: Position): Promise<Page<Notification>> => {
  const reading = await beginReading(tx, position)
  const { facts, upTo } = await readAdditions(reading)
  return { entries: toAdditions(facts), revision: upTo, hasMore: upTo < reading.lane.revision }
}

/**
 * All that changed after the position, for whoever has seen anything up to now. A notification that arrived after it comes as an
 * addition in its present state, at the place where it arrived: were it sorted by its latest change, whoever stops before that
 * would never get it.
 */
export const readEventsPage = async (tx: Tx, position: Position, cap: number): Promise<Page<NotificationEvent>> => {
  const reading = await beginReading(tx, position)
  const { userId, epoch, after, lane } = reading
  const additions = await readAdditions(reading)
  const changes = await readChanges(reading)
  const upTo = Math.min(additions.upTo, changes.upTo)
  const facts = [...additions.facts, ...changes.facts]
    .filter(({ revision }) => revision <= upTo)
    .sort((a, b) => a.revision - b.revision)
  const unread = await countUnreadOf(tx, { userId, revision: lane.revision }, cap)
  return { entries: toEntries(facts, { epoch, before: after, unread }), revision: upTo, hasMore: upTo < lane.revision }
}
