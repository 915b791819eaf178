import { chunksOf } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import type { ImportKind, ImportOutcome } from '../storage/import-kind.ts'
import type { Tx } from '../storage/storage.ts'
import { type Advance, advanceEach, renewStreams, type StreamHead } from '../storage/streams.ts'
import { type NotificationDraft, type OldMarks, requireNotificationDraft } from './import-draft.ts'
import { sortInboxes } from './import-places.ts'
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

/** What one inbox gets: new notifications, the oldest first, and marks of what is there. */
interface InboxImport {
  readonly userId: string
  readonly drafts: readonly NotificationDraft[]
  readonly remarked: readonly Remarked[]
}

function importsOf({ fresh, remarked }: Plan): readonly InboxImport[] {
  const byUser = Map.groupBy(fresh, ({ userId }) => userId)
  const marksByUser = Map.groupBy(remarked, ({ userId }) => userId)
  return [...new Set([...byUser.keys(), ...marksByUser.keys()])].map((userId) => ({
    userId,
    drafts: (byUser.get(userId) ?? []).toSorted((one, other) => one.content.created_at - other.content.created_at),
    remarked: marksByUser.get(userId) ?? [],
  }))
}

function advanceOf({ drafts, remarked }: InboxImport): Advance {
  return { facts: drafts.length + (remarked.length > 0 ? 1 : 0), entries: drafts.length }
}

function rowsOf(one: InboxImport, streams: ReadonlyMap<string, StreamHead>) {
  const before = (streams.get(inboxStream(one.userId))?.revision ?? 0) - advanceOf(one).facts
  return one.drafts.map(({ userId, content, marked }, index) => ({
    user_id: userId,
    notification_id: content.id,
    arrived_revision: before + index + 1,
    revision: before + index + 1,
    category: content.category,
    expires_at: content.expires_at,
    ...marked,
  }))
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
  const imports = importsOf(plan)
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
  const rows = imports.flatMap((one) => rowsOf(one, streams))
  if (rows.length > 0) await tx.insertInto('inbox').values(rows).execute()
  await mark(tx, imports, streams)
  await renewStreams(tx, [...advances.keys()])
  return plan.outcomes
}

/** Inboxes that are sorted in one transaction. */
const INBOXES_PER_TRANSACTION = 50

/**
 * Creates the import of notifications: into the inbox of one user each, in the place of its old time, with its marks. Nothing is published,
 * and nothing handed off. One that is there already gets marks that it did not have, unless its user has touched them. Inboxes are in order
 * once `finish` is done.
 */
export function createImportNotifications({ clock, limits }: Deps): ImportKind<NotificationDraft> {
  // Also those for whom nothing is new: an import that was broken off may have left their inboxes without order.
  const userIds = new Set<string>()
  return {
    check: (value) => requireNotificationDraft(value, limits, clock.now()),
    store: (tx, drafts) => {
      for (const { userId } of drafts) userIds.add(userId)
      return store(tx, drafts)
    },
    finish: async (write) => {
      for (const some of chunksOf([...userIds], INBOXES_PER_TRANSACTION)) await write((tx) => sortInboxes(tx, some))
    },
  }
}
