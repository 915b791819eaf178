import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import type { ImportKind, ImportOutcome } from '../storage/import-kind.ts'
import type { Tx } from '../storage/storage.ts'
import { type Advance, advanceEach, renewStreams, type StreamHead } from '../storage/streams.ts'
import { type NotificationDraft, type OldMarks, requireNotificationDraft } from './import-draft.ts'
import { type Move, moveUp, type Placed, placesOf, readNewestTimes } from './import-places.ts'
import { inboxStream } from './inbox-events.ts'
import { isOneOf, LAST_ANNOUNCEMENT } from './inbox-rows.ts'

interface Deps {
  readonly clock: Pick<Clock, 'now'>
  readonly limits: Limits
}

/** A notification that is in an inbox already, with the marks that it gets. */
interface Remarked {
  readonly userId: string
  readonly id: string
  readonly marked: Partial<OldMarks>
}

/** How something stands that is in an inbox already. */
type Known = OldMarks & {
  readonly removed_at: number | null
  readonly seen_revision: number | null
  readonly read_revision: number | null
  readonly archived_revision: number | null
}

const MARKS = ['seen', 'read', 'archived'] as const
const UNTOUCHED = { removed_at: null, seen_revision: null, read_revision: null, archived_revision: null } as const

function keyOf(userId: string, id: string): string {
  return `${userId}\n${id}`
}

async function readKnown(tx: Tx, drafts: readonly NotificationDraft[]): Promise<Map<string, Known>> {
  if (drafts.length === 0) return new Map()
  const keys = drafts.map(({ userId, content: { id } }) => ({ user_id: userId, notification_id: id }))
  const rows = await tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id', 'removed_at', 'seen_at', 'read_at', 'archived_at'])
    .select(['seen_revision', 'read_revision', 'archived_revision'])
    .where(isOneOf(keys))
    .execute()
  return new Map(rows.map((row) => [keyOf(row.user_id, row.notification_id), row]))
}

/** The marks that something gets which is there already. A mark that its user has set or taken back here stays as it is. */
function newMarks(known: Known, marked: OldMarks): Partial<OldMarks> | undefined {
  if (known.removed_at !== null) return undefined
  const marks = MARKS.filter(
    (mark) => marked[`${mark}_at`] !== null && known[`${mark}_at`] === null && known[`${mark}_revision`] === null,
  )
  return marks.length === 0 ? undefined : Object.fromEntries(marks.map((mark) => [`${mark}_at`, marked[`${mark}_at`]]))
}

/** What is to be written for some drafts, and what becomes of each. */
interface Plan {
  readonly outcomes: readonly ImportOutcome[]
  readonly fresh: readonly NotificationDraft[]
  readonly remarked: readonly Remarked[]
}

/** Plans drafts, of which these are there already. The same one can come several times. */
function planOf(drafts: readonly NotificationDraft[], known: Map<string, Known>): Plan {
  const fresh = new Map<string, NotificationDraft>()
  const remarked = new Map<string, Remarked>()
  const outcomes = drafts.map((draft): ImportOutcome => {
    const { userId, content, marked } = draft
    const key = keyOf(userId, content.id)
    const before = known.get(key)
    if (!before) {
      fresh.set(key, draft)
      known.set(key, { ...UNTOUCHED, ...marked })
      return 'stored'
    }
    const marks = newMarks(before, marked)
    if (!marks) return 'known'
    known.set(key, { ...before, ...marks })
    const own = fresh.get(key)
    if (own) fresh.set(key, { ...own, marked: { ...own.marked, ...marks } })
    else remarked.set(key, { userId, id: content.id, marked: { ...remarked.get(key)?.marked, ...marks } })
    return 'updated'
  })
  return { outcomes, fresh: [...fresh.values()], remarked: [...remarked.values()] }
}

/** What one inbox gets: notifications in their places, from the first new one on, and marks of what is there. */
interface InboxImport {
  readonly userId: string
  readonly placed: readonly Placed[]
  readonly remarked: readonly Remarked[]
  readonly added: number
}

async function importsOf(tx: Tx, { fresh, remarked }: Plan): Promise<readonly InboxImport[]> {
  const byUser = Map.groupBy(fresh, ({ userId }) => userId)
  const marksByUser = Map.groupBy(remarked, ({ userId }) => userId)
  const newest = await readNewestTimes(tx, [...byUser.keys()])
  const imports: InboxImport[] = []
  for (const userId of new Set([...byUser.keys(), ...marksByUser.keys()])) {
    const drafts = byUser.get(userId) ?? []
    const placed = await placesOf(tx, userId, drafts, newest.get(userId))
    imports.push({ userId, placed, remarked: marksByUser.get(userId) ?? [], added: drafts.length })
  }
  return imports
}

function advanceOf({ placed, remarked, added }: InboxImport): Advance {
  return { facts: placed.length + (remarked.length > 0 ? 1 : 0), entries: added }
}

function rowOf({ userId, content, marked }: NotificationDraft, revision: number) {
  return {
    user_id: userId,
    notification_id: content.id,
    arrived_revision: revision,
    revision,
    category: content.category,
    expires_at: content.expires_at,
    ...marked,
  }
}

/** Inserts what is new in its places, and moves up what stands above. */
async function place(tx: Tx, imports: readonly InboxImport[], streams: ReadonlyMap<string, StreamHead>): Promise<void> {
  const rows: ReturnType<typeof rowOf>[] = []
  const moves: Move[] = []
  for (const one of imports) {
    const before = (streams.get(inboxStream(one.userId))?.revision ?? 0) - advanceOf(one).facts
    for (const [index, placed] of one.placed.entries()) {
      const revision = before + index + 1
      if ('content' in placed) rows.push(rowOf(placed, revision))
      else moves.push({ userId: one.userId, id: placed.id, revision })
    }
  }
  // First, so that nothing stands in the way.
  await moveUp(tx, moves)
  if (rows.length > 0) await tx.insertInto('inbox').values(rows).execute()
}

async function mark(tx: Tx, imports: readonly InboxImport[], streams: ReadonlyMap<string, StreamHead>): Promise<void> {
  for (const { userId, remarked } of imports) {
    const revision = streams.get(inboxStream(userId))?.revision ?? 0
    for (const { id, marked } of remarked) {
      await tx
        .updateTable('inbox')
        .set({ ...marked, revision })
        .where('user_id', '=', userId)
        .where('notification_id', '=', id)
        .execute()
    }
  }
}

async function store(tx: Tx, drafts: readonly NotificationDraft[]): Promise<readonly ImportOutcome[]> {
  const plan = planOf(drafts, await readKnown(tx, drafts))
  const imports = await importsOf(tx, plan)
  if (imports.length === 0) return plan.outcomes
  const advances = new Map(imports.map((one) => [inboxStream(one.userId), advanceOf(one)]))
  const streams = await advanceEach(tx, advances, LAST_ANNOUNCEMENT)
  if (plan.fresh.length > 0) {
    await tx
      .insertInto('notifications')
      .values(plan.fresh.map(({ content }) => content))
      // What nobody has any more may not be deleted yet.
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
  }
  await place(tx, imports, streams)
  await mark(tx, imports, streams)
  await renewStreams(tx, [...advances.keys()])
  return plan.outcomes
}

/**
 * Creates the import of notifications: into the inbox of one user each, in the place of its old time, with its marks. Nothing is published,
 * and nothing handed off. One that is there already gets marks that it did not have, unless its user has touched them.
 */
export function createImportNotifications({ clock, limits }: Deps): ImportKind<NotificationDraft> {
  return { check: (value) => requireNotificationDraft(value, limits, clock.now()), store }
}
