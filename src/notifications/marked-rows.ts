import type { Wanted } from '../lib/wanted.ts'
import type { Reading } from './change-rows.ts'
import type { InboxFact } from './inbox-events.ts'
import { readByIds } from './inbox-rows.ts'
import { readNewest } from './list.ts'
import { BULK_COLUMN } from './mark-all.ts'
import type { BulkMark, Mark, Notification, NotificationsMarked } from './notification.ts'

/** The most notifications that a mark of a whole inbox answers with. */
const NEWEST = 100

/** Which notifications a mark of a whole inbox has changed: of `category`, or of all where that is null. */
interface BulkMarked extends Pick<NotificationsMarked, 'category' | 'at'> {
  readonly mark: BulkMark
  readonly upToRevision: number
}

/** Reads the newest 100 notifications that a mark of a whole inbox has changed, as they are now. */
export function readNewestMarked(
  { tx, userId, stream, now }: Omit<Reading, 'after'>,
  { mark, upToRevision, category, at }: BulkMarked,
  wanted: Wanted,
): Promise<readonly Notification[]> {
  const marked = { column: `${BULK_COLUMN[mark]}_at` as const, at }
  const filter = { marked, categories: category === null ? null : [category] }
  return readNewest(tx, { userId, stream, now, count: NEWEST, end: upToRevision + 1, filter, wanted })
}

function isBulk(mark: Mark): mark is BulkMark {
  return mark in BULK_COLUMN
}

/** The notifications of each mark, as they are now. */
export type MarkedRows = ReadonlyMap<InboxFact, readonly Notification[]>

/**
 * Reads the notifications that marks are about, as they are now: those that a mark names, in the order of its ids, or the newest 100 of those
 * that a mark of a whole inbox changed. What was removed meanwhile is left out.
 */
export async function readMarked(reading: Reading, facts: readonly InboxFact[], wanted: Wanted): Promise<MarkedRows> {
  const { tx, userId, now } = reading
  const marks = facts.filter((fact) => fact.kind === 'marked')
  const named = [...new Set(marks.flatMap(({ ids }) => ids))]
  const byId = named.length === 0 ? new Map<string, never>() : await readByIds(tx, { userId, now, wanted }, named)
  const rows = new Map<InboxFact, readonly Notification[]>()
  for (const fact of marks) {
    const { mark, ids, upToRevision, category, at } = fact
    if (upToRevision === null)
      rows.set(
        fact,
        ids.flatMap((id) => byId.get(id) ?? []),
      )
    else if (isBulk(mark)) {
      rows.set(fact, await readNewestMarked(reading, { mark, upToRevision, category, at }, wanted))
    }
  }
  return rows
}
