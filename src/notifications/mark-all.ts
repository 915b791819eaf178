import { type ExpressionBuilder, sql } from 'kysely'
import { advanceStream } from '../storage/streams.ts'
import type { Tables } from '../storage/tables.ts'
import { inboxStream } from './inbox-events.ts'
import { findEnd, type Range } from './inbox-rows.ts'
import type { Marking, MarkOutcome } from './mark-named.ts'

/** Which notifications `markAllAsRead` is about. */
export interface MarkAllScope {
  readonly upToRevision: number
  /** The category to mark. Null: all categories. */
  readonly category: string | null
  /** When the notifications were read; the same in all parts. */
  readonly at: number
}

/** Notifications that one part marks, so that it never holds up the process. */
const ROWS_PER_PART = 500
/** Notifications that one part looks at, read or not. */
const LOOKED_AT_PER_PART = 10_000

function isBetween({ userId }: Marking, { after, upTo }: Range) {
  return (eb: ExpressionBuilder<Tables, 'inbox'>) =>
    eb.and([
      eb('inbox.user_id', '=', userId),
      eb('inbox.arrived_revision', '>', after),
      eb('inbox.arrived_revision', '<=', upTo),
      eb('inbox.removed_at', 'is', null),
    ])
}

function isUnread({ category }: MarkAllScope) {
  return (eb: ExpressionBuilder<Tables, 'inbox'>) =>
    eb.and([eb('inbox.read_at', 'is', null), ...(category === null ? [] : [eb('inbox.category', '=', category)])])
}

/**
 * The columns that a mark of a whole inbox writes to each row that it changes. Its revision is stored once, in `bulk_marks`, and not in
 * `read_revision`. Only where that has the revision of an earlier change it is set, so that the row says when this was done last.
 */
function toBulkColumns(at: number, revision: number) {
  return {
    revision,
    read_at: at,
    read_revision: sql<number | null>`CASE WHEN read_revision IS NULL THEN NULL ELSE CAST(${revision} AS bigint) END`,
    seen_at: sql<number>`coalesce(seen_at, ${at})`,
  }
}

/** The outcome of a command that marks nothing. */
export function nothingMarked({ stream }: Marking, { upToRevision }: MarkAllScope): MarkOutcome {
  return {
    changed: 0,
    stream,
    facts: [],
    upToRevision,
    notifications: [],
  }
}

/** What marking a part did. `next` is the revision after which the next part begins; undefined: this was the last one. */
export interface PartMarked extends MarkOutcome {
  readonly next: number | undefined
}

/**
 * Marks what is in the scope that arrived after the revision `after` as read, also what is archived, as far as one step goes. Devices get only the
 * scope, which ends where the part does: that is enough to do the same.
 */
export async function markPart(marking: Marking, scope: MarkAllScope, after: number): Promise<PartMarked> {
  const { tx, userId } = marking
  const { category, at } = scope
  const lookedAt = await findEnd(marking, { after, upTo: scope.upToRevision }, LOOKED_AT_PER_PART)
  const found = await tx
    .selectFrom('inbox')
    .select('arrived_revision')
    .where(isBetween(marking, { after, upTo: lookedAt ?? scope.upToRevision }))
    .where(isUnread(scope))
    .orderBy('arrived_revision')
    .limit(ROWS_PER_PART)
    .execute()
  const next = found.length < ROWS_PER_PART ? lookedAt : found.at(-1)?.arrived_revision
  if (found.length === 0) return { ...nothingMarked(marking, scope), next }
  const part = { category, at, upToRevision: next ?? scope.upToRevision }
  const stream = await advanceStream(tx, inboxStream(userId))
  await tx
    .updateTable('inbox')
    .set(toBulkColumns(at, stream.revision))
    .where(isBetween(marking, { after, upTo: part.upToRevision }))
    .where(isUnread(scope))
    .execute()
  const mark = { user_id: userId, revision: stream.revision, up_to: part.upToRevision, category, at }
  await tx.insertInto('bulk_marks').values(mark).execute()
  const fact = { kind: 'marked', revision: stream.revision, mark: 'READ', ids: [], ...part } as const
  return { ...nothingMarked(marking, scope), changed: found.length, stream, facts: [fact], next }
}
