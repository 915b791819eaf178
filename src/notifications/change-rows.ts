import { sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import type { StreamState } from '../storage/streams.ts'
import type { Range } from './inbox-rows.ts'
import type { BulkMark, Mark } from './notification.ts'

/** An inbox that is being read: its changes after the revision `after`, as of the time `now`. */
export interface Reading {
  readonly tx: Tx
  readonly userId: string
  readonly stream: StreamState
  readonly after: number
  readonly now: number
}

/**
 * What a row says. `ALL …`: everything up to its `arrivedRevision` was marked so. `IMPLIED`: a notification was seen because it was read.
 * `UPDATED`: its content changed.
 */
export type InboxChange = Mark | `ALL ${BulkMark}` | 'IMPLIED' | 'UPDATED' | 'REMOVED'

/** One change of an inbox, as it is found in the database. */
export interface ChangeRow {
  readonly id: string | null
  /** The revision at which the notification arrived. Of `ALL …`: everything that arrived up to it was marked. */
  readonly arrivedRevision: number
  readonly revision: number
  readonly change: InboxChange
  /** When the change was made. Null when a mark was taken back: the time of that is not kept. */
  readonly at: number | null
  /** Of `ALL …`: the category that it is limited to. Of `REMOVED`: the reason. */
  readonly category: string | null
}

/** SQL for what the latest change of a mark made of it, by the mark. */
const MARKED = {
  seen: sql<InboxChange>`CASE WHEN read_at IS NOT NULL AND read_revision = seen_revision THEN 'IMPLIED' ELSE 'SEEN' END`,
  read: sql<InboxChange>`CASE WHEN read_at IS NULL THEN 'UNREAD' ELSE 'READ' END`,
  archived: sql<InboxChange>`CASE WHEN archived_at IS NULL THEN 'UNARCHIVED' ELSE 'ARCHIVED' END`,
} as const

const noText = sql<string | null>`CAST(NULL AS text)`.as('category')

/** Selects the first rows that a column of revisions has in a range, in its order. */
function selectFirst(
  { tx, userId }: Reading,
  { after, upTo }: Range,
  {
    column,
    limit,
  }: { readonly column: 'revision' | `${'content' | keyof typeof MARKED}_revision`; readonly limit: number },
) {
  return tx
    .selectFrom('inbox')
    .where('user_id', '=', userId)
    .where(column, '>', after)
    .where(column, '<=', upTo)
    .orderBy(column)
    .limit(limit)
    .select(['notification_id as id', 'arrived_revision as arrivedRevision', `${column} as revision`])
}

/** Selects the first changes of one mark in a range, by the index `inbox_<mark>_changes`. */
function selectMarked(
  reading: Reading,
  range: Range,
  { mark, limit }: { readonly mark: keyof typeof MARKED; readonly limit: number },
) {
  return selectFirst(reading, range, { column: `${mark}_revision`, limit })
    .where('removed_at', 'is', null)
    .select([MARKED[mark].as('change'), `${mark}_at as at`, noText])
    .$castTo<ChangeRow>()
}

/** Selects the first changes of content in a range, by the index `inbox_content_changes`. */
function selectUpdated(reading: Reading, range: Range, limit: number) {
  return selectFirst(reading, range, { column: 'content_revision', limit })
    .where('removed_at', 'is', null)
    .select([sql<InboxChange>`'UPDATED'`.as('change'), 'edited_at as at', noText])
    .$castTo<ChangeRow>()
}

/** Selects the first removals in a range, by the index `inbox_removals`. */
function selectRemoved(reading: Reading, range: Range, limit: number) {
  return selectFirst(reading, range, { column: 'revision', limit })
    .where('removed_at', 'is not', null)
    .select([sql<InboxChange>`'REMOVED'`.as('change'), 'removed_at as at', 'removal as category'])
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
    .select([sql<InboxChange>`'ALL ' || mark`.as('change'), 'at', 'category'])
    .$castTo<ChangeRow>()
}

/**
 * Reads the first changes of an inbox in a range, each at the revision that made it. One notification can have several. Each kind of change
 * is read in its order and no further than needed, so a page costs the same however much follows it.
 */
export async function selectChanges(reading: Reading, range: Range, limit: number): Promise<readonly ChangeRow[]> {
  const part = (name: 'seen' | 'read' | 'archived') => selectMarked(reading, range, { mark: name, limit }).as(name)
  const { tx } = reading
  return tx
    .selectFrom(
      tx
        .selectFrom(part('seen'))
        .selectAll()
        .unionAll(tx.selectFrom(part('read')).selectAll())
        .unionAll(tx.selectFrom(part('archived')).selectAll())
        .unionAll(tx.selectFrom(selectUpdated(reading, range, limit).as('updated')).selectAll())
        .unionAll(tx.selectFrom(selectRemoved(reading, range, limit).as('removed')).selectAll())
        .unionAll(tx.selectFrom(selectBulk(reading, range, limit).as('bulk')).selectAll())
        .as('changes'),
    )
    .selectAll()
    .orderBy('revision')
    .limit(limit)
    .execute()
}
