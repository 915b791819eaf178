import { sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import type { StreamState } from '../storage/streams.ts'
import { type InboxFact, markedFacts, removedFacts } from './inbox-events.ts'
import type { Range } from './inbox-rows.ts'
import type { BulkMark, Mark } from './notification.ts'

/** Changes of an inbox after a revision. They are complete up to the revision `upTo`; further on there may be more. */
export interface Facts {
  readonly facts: readonly InboxFact[]
  readonly upTo: number
}

/** An inbox that is being read: its changes after the revision `after`, as of the time `now`. */
export interface Reading {
  readonly tx: Tx
  readonly userId: string
  readonly stream: StreamState
  readonly after: number
  readonly now: number
}

/** What a row says. `ALL …`: everything up to its `arrivedRevision` was marked so. `IMPLIED`: a notification was seen because it was read. */
type Change = Mark | `ALL ${BulkMark}` | 'IMPLIED' | 'REMOVED'

/** One change of an inbox, as it is found in the database. */
interface ChangeRow {
  readonly id: string | null
  /** The revision at which the notification arrived. Of `ALL …`: everything that arrived up to it was marked. */
  readonly arrivedRevision: number
  readonly revision: number
  readonly change: Change
  /** When the change was made. Null when a mark was taken back: the time of that is not kept. */
  readonly at: number | null
  readonly category: string | null
}

/** The order in which changes with the same revision are delivered. */
const ORDER: readonly Change[] = [
  'ALL SEEN',
  'ALL READ',
  'ALL ARCHIVED',
  'SEEN',
  'READ',
  'UNREAD',
  'ARCHIVED',
  'UNARCHIVED',
  'REMOVED',
]
/** Marks of whole inboxes. */
const BULK: Partial<Record<Change, BulkMark>> = { 'ALL SEEN': 'SEEN', 'ALL READ': 'READ', 'ALL ARCHIVED': 'ARCHIVED' }
/** Changes that are delivered also of what arrived after the cursor. */
const ALWAYS: readonly Change[] = ['UNREAD', 'UNARCHIVED', 'REMOVED']

/** SQL for what the latest change of a mark made of it, by the mark. */
const MARKED = {
  seen: sql<Change>`CASE WHEN read_at IS NOT NULL AND read_revision = seen_revision THEN 'IMPLIED' ELSE 'SEEN' END`,
  read: sql<Change>`CASE WHEN read_at IS NULL THEN 'UNREAD' ELSE 'READ' END`,
  archived: sql<Change>`CASE WHEN archived_at IS NULL THEN 'UNARCHIVED' ELSE 'ARCHIVED' END`,
} as const

const noText = sql<string | null>`CAST(NULL AS text)`.as('category')

/** Selects the first changes of one mark in a range, by the index `inbox_<mark>_changes`. */
function selectMarked(
  { tx, userId }: Reading,
  { after, upTo }: Range,
  { mark, limit }: { readonly mark: keyof typeof MARKED; readonly limit: number },
) {
  return tx
    .selectFrom('inbox')
    .where('user_id', '=', userId)
    .where('removed_at', 'is', null)
    .where(`${mark}_revision`, '>', after)
    .where(`${mark}_revision`, '<=', upTo)
    .orderBy(`${mark}_revision`)
    .limit(limit)
    .select([
      'notification_id as id',
      'arrived_revision as arrivedRevision',
      `${mark}_revision as revision`,
      MARKED[mark].as('change'),
    ])
    .select([`${mark}_at as at`, noText])
    .$castTo<ChangeRow>()
}

/** Selects the first removals in a range, by the index `inbox_removals`. */
function selectRemoved({ tx, userId }: Reading, { after, upTo }: Range, limit: number) {
  return tx
    .selectFrom('inbox')
    .where('user_id', '=', userId)
    .where('removed_at', 'is not', null)
    .where('revision', '>', after)
    .where('revision', '<=', upTo)
    .orderBy('revision')
    .limit(limit)
    .select([
      'notification_id as id',
      'arrived_revision as arrivedRevision',
      'revision',
      sql<Change>`'REMOVED'`.as('change'),
    ])
    .select(['removed_at as at', noText])
    .$castTo<ChangeRow>()
}

/** Selects the first marks of the whole inbox in a range. */
function selectBulk({ tx, userId }: Reading, { after, upTo }: Range, limit: number) {
  return tx
    .selectFrom('bulk_marks')
    .where('user_id', '=', userId)
    .where('revision', '>', after)
    .where('revision', '<=', upTo)
    .orderBy('revision')
    .limit(limit)
    .select([sql<string | null>`CAST(NULL AS text)`.as('id'), 'up_to as arrivedRevision', 'revision'])
    .select([sql<Change>`'ALL ' || mark`.as('change'), 'at', 'category'])
    .$castTo<ChangeRow>()
}

/**
 * Reads the first changes of an inbox in a range, each at the revision that made it. One notification can have several. Each kind of change
 * is read in its order and no further than needed, so a page costs the same however much follows it.
 */
async function selectChanges(reading: Reading, range: Range, limit: number): Promise<readonly ChangeRow[]> {
  const part = (name: 'seen' | 'read' | 'archived') => selectMarked(reading, range, { mark: name, limit }).as(name)
  const { tx } = reading
  return tx
    .selectFrom(
      tx
        .selectFrom(part('seen'))
        .selectAll()
        .unionAll(tx.selectFrom(part('read')).selectAll())
        .unionAll(tx.selectFrom(part('archived')).selectAll())
        .unionAll(tx.selectFrom(selectRemoved(reading, range, limit).as('removed')).selectAll())
        .unionAll(tx.selectFrom(selectBulk(reading, range, limit).as('bulk')).selectAll())
        .as('changes'),
    )
    .selectAll()
    .orderBy('revision')
    .limit(limit)
    .execute()
}

/**
 * Whether a change is delivered to a device whose cursor is at `after`. What arrived later is delivered as an addition with its present
 * marks, so its marks are not delivered again. That a mark was taken back is delivered nevertheless: a mark of the whole inbox can come in between.
 */
function isDelivered({ change, arrivedRevision }: ChangeRow, after: number): boolean {
  return change !== 'IMPLIED' && (arrivedRevision <= after || ALWAYS.includes(change) || BULK[change] !== undefined)
}

function toBulkFact(mark: BulkMark, { revision, arrivedRevision, category, at }: ChangeRow, now: number): InboxFact {
  return {
    kind: 'marked',
    revision,
    mark,
    ids: [],
    upToRevision: arrivedRevision,
    category,
    at: at ?? now,
  }
}

function compareRows(a: ChangeRow, b: ChangeRow): number {
  return (
    a.revision - b.revision ||
    ORDER.indexOf(a.change) - ORDER.indexOf(b.change) ||
    a.arrivedRevision - b.arrivedRevision
  )
}

function toFacts(rows: readonly ChangeRow[], { after, now }: Reading): readonly InboxFact[] {
  const delivered = rows.filter((row) => isDelivered(row, after)).sort(compareRows)
  return [...Map.groupBy(delivered, ({ revision, change }) => `${revision} ${change}`).values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const { revision, change, at } = first
    const bulk = BULK[change]
    if (bulk) return toBulkFact(bulk, first, now)
    const ids = group.flatMap(({ id }) => id ?? [])
    return change === 'REMOVED' ? removedFacts(revision, ids) : markedFacts(revision, change as Mark, ids, at ?? now)
  })
}

function isBulk(fact: InboxFact | undefined): fact is Extract<InboxFact, { readonly kind: 'marked' }> {
  return fact?.kind === 'marked' && fact.upToRevision !== null
}

/** Returns changes in their order, with the parts of one mark of a whole inbox made one again, where no other change came between them. */
export function joinParts(facts: readonly InboxFact[]): readonly InboxFact[] {
  return facts.filter((fact, index) => {
    const next = facts[index + 1]
    if (!isBulk(fact) || !isBulk(next)) return true
    const isSame = fact.mark === next.mark && fact.at === next.at && fact.category === next.category
    return !isSame || (fact.upToRevision ?? 0) > (next.upToRevision ?? 0)
  })
}

/**
 * Reads about `size` changes of an inbox, after the revision of the reading and up to `upTo`: marks of what had arrived by then, and
 * removals. Removals of what arrived later are among them, because a device can show more than its cursor says. It never breaks off within
 * a revision.
 */
export async function readChanges(reading: Reading, upTo: number, size: number): Promise<Facts> {
  const { after } = reading
  const rows = await selectChanges(reading, { after, upTo }, size + 1)
  const next = rows[size]?.revision
  if (next === undefined) return { facts: toFacts(rows, reading), upTo }
  const complete = rows.filter(({ revision }) => revision < next)
  if (complete.length > 0) return { facts: toFacts(complete, reading), upTo: next - 1 }
  // Earlier versions kept a mark of a whole inbox in each of its rows, so one revision can have more than a page.
  const whole = await selectChanges(reading, { after: next - 1, upTo: next }, Number.MAX_SAFE_INTEGER)
  return { facts: toFacts(whole, reading), upTo: next }
}
