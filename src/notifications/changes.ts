import { type ChangeRow, type InboxChange, type Reading, selectChanges } from './change-rows.ts'
import { type InboxFact, markedFacts, removedFacts, UNTOLD_REASON } from './inbox-events.ts'
import { type BulkMark, type Mark, REMOVAL_REASONS } from './notification.ts'

/** Changes of an inbox after a revision. They are complete up to the revision `upTo`; further on there may be more. */
export interface Facts {
  readonly facts: readonly InboxFact[]
  readonly upTo: number
}

/** The order in which changes with the same revision are delivered. */
const ORDER: readonly InboxChange[] = [
  'ALL SEEN',
  'ALL READ',
  'ALL ARCHIVED',
  'SEEN',
  'READ',
  'UNREAD',
  'ARCHIVED',
  'UNARCHIVED',
  'UPDATED',
  'REMOVED',
]
/** Marks of whole inboxes. */
const BULK: Partial<Record<InboxChange, BulkMark>> = {
  'ALL SEEN': 'SEEN',
  'ALL READ': 'READ',
  'ALL ARCHIVED': 'ARCHIVED',
}
/** Changes that are delivered also of what arrived after the cursor. */
const ALWAYS: readonly InboxChange[] = ['UNREAD', 'UNARCHIVED', 'REMOVED']

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

/** The facts of rows, sorted by revision. `updates` has those of changes of content. */
function toFacts(
  delivered: readonly ChangeRow[],
  now: number,
  updates: ReadonlyMap<string, InboxFact>,
): readonly InboxFact[] {
  // One event tells one reason, and one bound.
  const byChange = Map.groupBy(
    [...delivered].sort(compareRows),
    ({ revision, change, category }) => `${revision} ${change} ${category}`,
  )
  return [...byChange.values()].flatMap((rows): readonly InboxFact[] => {
    const [first] = rows
    if (!first) return []
    const { revision, change, category, at } = first
    const bulk = BULK[change]
    if (bulk) return [toBulkFact(bulk, first, now)]
    const ids = rows.flatMap(({ id }) => id ?? [])
    if (change === 'UPDATED') return ids.flatMap((id) => updates.get(id) ?? [])
    if (change !== 'REMOVED') return markedFacts(revision, change as Mark, ids, at ?? now)
    return removedFacts(revision, ids, REMOVAL_REASONS.find((known) => known === category) ?? UNTOLD_REASON)
  })
}

/** Changes of content, by notification. They are complete up to the revision `upTo`; further on there may be more. */
export interface Updates {
  readonly facts: ReadonlyMap<string, InboxFact>
  readonly upTo: number
}

/** A notification whose content changed at a revision of the inbox. */
export interface UpdatedEntry {
  readonly id: string
  readonly revision: number
}

/** Reads changed content. `updated` is sorted by revision, and complete up to the revision `upTo`. */
export type ReadUpdates = (reading: Reading, updated: readonly UpdatedEntry[], upTo: number) => Promise<Updates>

async function withUpdates(
  rows: readonly ChangeRow[],
  {
    reading,
    upTo,
    readUpdates,
  }: { readonly reading: Reading; readonly upTo: number; readonly readUpdates: ReadUpdates },
): Promise<Facts> {
  const delivered = rows.filter((row) => isDelivered(row, reading.after))
  const updated = delivered.flatMap(({ change, id, revision }) =>
    change === 'UPDATED' && id !== null ? [{ id, revision }] : [],
  )
  // Whoever reads an inbox in which no content changed reads no content here.
  const updates = updated.length === 0 ? { facts: new Map(), upTo } : await readUpdates(reading, updated, upTo)
  const complete = delivered.filter(({ revision }) => revision <= updates.upTo)
  return { facts: toFacts(complete, reading.now, updates.facts), upTo: updates.upTo }
}

/**
 * Reads about `size` changes of an inbox, after the revision of the reading and up to `upTo`: marks and new content of what had arrived by
 * then, and removals. Removals of what arrived later are among them, because a device can show more than its cursor says. It never breaks
 * off within a revision.
 */
export async function readChanges(
  reading: Reading,
  upTo: number,
  { size, readUpdates }: { readonly size: number; readonly readUpdates: ReadUpdates },
): Promise<Facts> {
  const { after } = reading
  const rows = await selectChanges(reading, { after, upTo }, size + 1)
  const next = rows[size]?.revision
  if (next === undefined) return withUpdates(rows, { reading, upTo, readUpdates })
  const complete = rows.filter(({ revision }) => revision < next)
  if (complete.length > 0) return withUpdates(complete, { reading, upTo: next - 1, readUpdates })
  // Earlier versions kept a mark of a whole inbox in each of its rows, so one revision can have more than a page.
  const whole = await selectChanges(reading, { after: next - 1, upTo: next }, Number.MAX_SAFE_INTEGER)
  return withUpdates(whole, { reading, upTo: next, readUpdates })
}
