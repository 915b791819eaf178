import { type ExpressionBuilder, sql } from 'kysely'
import { advanceStream } from '../storage/streams.ts'
import type { Tables } from '../storage/tables.ts'
import { findEnd } from './find-end.ts'
import { type InboxFact, inboxStream, markedFacts } from './inbox-events.ts'
import type { Range } from './inbox-rows.ts'
import type { Marking, MarkOutcome } from './mark-named.ts'
import type { BulkMark } from './notification.ts'

/** What a mark of a whole inbox says, and of which notifications. */
export interface MarkAllScope {
  readonly mark: BulkMark
  readonly upToRevision: number
  /** The category to mark. Null: all categories. */
  readonly category: string | null
  /** Marks only what is read. */
  readonly onlyRead: boolean
  /** When the notifications were marked; the same in all parts. */
  readonly at: number
}

/** Notifications that one part marks, so that it never holds up the process. */
const ROWS_PER_PART = 500
/** Notifications that one part looks at, marked or not. */
const LOOKED_AT_PER_PART = 10_000

/** The name with which the columns of each mark begin. */
export const BULK_COLUMN = { SEEN: 'seen', READ: 'read', ARCHIVED: 'archived' } as const satisfies Record<
  BulkMark,
  string
>
/** The mark that takes a mark back. What was seen stays seen. */
const TAKEN_BACK = { SEEN: undefined, READ: 'UNREAD', ARCHIVED: 'UNARCHIVED' } as const

function isBetween({ userId }: Marking, { after, upTo }: Range) {
  return (eb: ExpressionBuilder<Tables, 'inbox'>) =>
    eb.and([
      eb('inbox.user_id', '=', userId),
      eb('inbox.arrived_revision', '>', after),
      eb('inbox.arrived_revision', '<=', upTo),
      eb('inbox.removed_at', 'is', null),
    ])
}

/** Selects what does not have the mark, `since` the bound of the scope or before. */
function isUnmarked({ mark, upToRevision, category }: MarkAllScope, since: 'before' | 'after') {
  const column = BULK_COLUMN[mark]
  const changed = `inbox.${column}_revision` as const
  return (eb: ExpressionBuilder<Tables, 'inbox'>) =>
    eb.and([
      eb(`inbox.${column}_at`, 'is', null),
      since === 'after'
        ? eb(changed, '>', upToRevision)
        : eb.or([eb(changed, 'is', null), eb(changed, '<=', upToRevision)]),
      ...(category === null ? [] : [eb('inbox.category', '=', category)]),
    ])
}

/** Selects what the scope marks: not what the user took the mark from after its bound. */
function isMeant(scope: MarkAllScope) {
  const isSuch = isUnmarked(scope, 'before')
  return (eb: ExpressionBuilder<Tables, 'inbox'>) =>
    scope.onlyRead ? eb.and([isSuch(eb), eb('inbox.read_at', 'is not', null)]) : isSuch(eb)
}

/**
 * The columns that a mark of a whole inbox writes to each row that it changes. Its revision is stored once, in `bulk_marks`, and not in the
 * row. Only where that has the revision of an earlier change it is set, so that the row says when this was done last. A mark of what is read
 * is stored in each row: by the bound alone, a device that was away could not tell what was read then.
 */
function toBulkColumns({ mark, at, onlyRead }: MarkAllScope, revision: number) {
  const column = BULK_COLUMN[mark]
  const ref = sql.ref(`${column}_revision`)
  return {
    revision,
    [`${column}_at`]: at,
    [`${column}_revision`]: onlyRead
      ? revision
      : sql<number | null>`CASE WHEN ${ref} IS NULL THEN NULL ELSE CAST(${revision} AS bigint) END`,
    ...(mark === 'READ' && { seen_at: sql<number>`coalesce(seen_at, ${at})` }),
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

/**
 * What devices are told again after a mark of a whole inbox: from these the user took the mark after its bound, so they keep what they have.
 * From then on their rows say that it was done at this revision, so that a device that was away learns it in the same order.
 */
async function keepTakenBack(
  { tx, userId }: Marking,
  scope: MarkAllScope,
  { upTo, revision }: { readonly upTo: number; readonly revision: number },
): Promise<readonly InboxFact[]> {
  const takenBack = TAKEN_BACK[scope.mark]
  if (!takenBack) return []
  const kept = await tx
    .updateTable('inbox')
    .set({ [`${BULK_COLUMN[scope.mark]}_revision`]: revision })
    .where('user_id', '=', userId)
    .where('removed_at', 'is', null)
    .where('arrived_revision', '<=', upTo)
    .where(isUnmarked(scope, 'after'))
    .returning(['notification_id', 'arrived_revision'])
    .execute()
  const ids = kept.sort((a, b) => a.arrived_revision - b.arrived_revision).map((row) => row.notification_id)
  return markedFacts(revision, takenBack, ids, scope.at)
}

/** What marking a part did. `next` is the revision after which the next part begins; undefined: this was the last one. */
export interface PartMarked extends MarkOutcome {
  readonly next: number | undefined
}

/** Stores that a part was marked, for devices that are away. Resolves to what devices are told. */
async function storePart(
  marking: Marking,
  scope: MarkAllScope,
  { upTo, revision }: { readonly upTo: number; readonly revision: number },
): Promise<readonly InboxFact[]> {
  const { tx, userId } = marking
  const { mark, category, at } = scope
  await tx.insertInto('bulk_marks').values({ user_id: userId, revision, up_to: upTo, category, at, mark }).execute()
  const fact = { kind: 'marked', revision, mark, ids: [], upToRevision: upTo, category, at } as const
  return [fact, ...(await keepTakenBack(marking, scope, { upTo, revision }))]
}

/**
 * Marks what is in the scope and arrived after the revision `after`, as far as one step goes; also what is archived. Devices get only the
 * scope, which ends where the part does: that is enough to do the same. They get the ids where only what is read is marked.
 */
export async function markPart(marking: Marking, scope: MarkAllScope, after: number): Promise<PartMarked> {
  const { tx, userId } = marking
  const lookedAt = await findEnd(marking, { after, upTo: scope.upToRevision }, LOOKED_AT_PER_PART)
  const found = await tx
    .selectFrom('inbox')
    .select(['arrived_revision', 'notification_id'])
    .where(isBetween(marking, { after, upTo: lookedAt ?? scope.upToRevision }))
    .where(isMeant(scope))
    .orderBy('arrived_revision')
    .limit(ROWS_PER_PART)
    .execute()
  const next = found.length < ROWS_PER_PART ? lookedAt : found.at(-1)?.arrived_revision
  if (found.length === 0) return { ...nothingMarked(marking, scope), next }
  const upTo = next ?? scope.upToRevision
  const stream = await advanceStream(tx, inboxStream(userId))
  const { revision } = stream
  await tx
    .updateTable('inbox')
    .set(toBulkColumns(scope, revision))
    .where(isBetween(marking, { after, upTo }))
    .where(isMeant(scope))
    .execute()
  const ids = found.map(({ notification_id }) => notification_id)
  const facts = scope.onlyRead
    ? markedFacts(revision, scope.mark, ids, scope.at)
    : await storePart(marking, scope, { upTo, revision })
  return { ...nothingMarked(marking, scope), changed: found.length, stream, facts, next }
}
