import { sql } from 'kysely'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits, Retention } from '../lib/limits.ts'
import { untilNothing } from '../lib/steps.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { advanceStreams, pruneStreams } from '../storage/streams.ts'
import { deleteMembers, deleteMembersOf, findTaken, MEMBERS_PER_TRANSACTION } from './group-retention.ts'
import { inboxStream } from './inbox-events.ts'
import { ANNOUNCEMENTS, type EntryKey, isOneOf, LAST_ANNOUNCEMENT, NO_FACTS } from './inbox-rows.ts'
import { createWriteToFree, deleteContent, isNowhere, type Removal, removeEntries } from './removal.ts'

export interface RetentionDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
  readonly retention: Retention
}

/** What is old: `since` is the column that says since when, and `before` is the time by which that must have been. */
interface Old {
  readonly since: 'read_at' | 'archived_at' | 'removed_at'
  readonly before: number
}

/** Notifications of one transaction, so that none lasts long. */
const ROWS_PER_TRANSACTION = 200
const DAY_MS = 24 * 60 * 60 * 1000
const LOCK = 'herald retention'

/** Selects rows that are old. Written as in the indexes `inbox_read`, `inbox_archived` and `inbox_removed`, so that they are used. */
function isOld({ since, before }: Old) {
  const column = sql.ref(since)
  const isPresent = since === 'removed_at' ? sql`AND snoozed_until IS NULL` : sql`AND removed_at IS NULL`
  return sql<boolean>`(${column} IS NOT NULL AND ${column} <= ${before} ${isPresent})`
}

function selectOld(tx: Tx, old: Old) {
  return tx.selectFrom('inbox').select(['user_id', 'notification_id', 'revision', 'group_key']).where(isOld(old))
}

/** The largest revision of each inbox, by its stream. */
function newestOf(rows: readonly { readonly user_id: string; readonly revision: number }[]) {
  const newest = new Map<string, number>()
  for (const { user_id, revision } of rows) {
    const stream = inboxStream(user_id)
    newest.set(stream, Math.max(newest.get(stream) ?? 0, revision))
  }
  return newest
}

function idsOf(entries: readonly EntryKey[]): readonly string[] {
  return [...new Set(entries.map(({ notification_id }) => notification_id))]
}

/** Deletes tombstones that were found, and content that nobody has then. Cursors from before the removals expire. Resolves to how many. */
async function deleteTombstones(tx: Tx, found: readonly EntryKey[], old: Old, now: number): Promise<number> {
  // Locks the announcements, too: none may be materialised while it is checked whether an inbox has it.
  const streams = found.map(({ user_id }) => inboxStream(user_id))
  await advanceStreams(tx, [ANNOUNCEMENTS, ...streams], NO_FACTS, LAST_ANNOUNCEMENT)
  const all = await selectOld(tx, old).where(isOneOf(found)).execute()
  const members = await deleteMembersOf(
    tx,
    all.filter(({ group_key }) => group_key !== null),
  )
  // What was too much for this step is deleted in the next ones, and then their entries.
  const entries = members < MEMBERS_PER_TRANSACTION ? all : all.filter(({ group_key }) => group_key === null)
  if (entries.length === 0) return members
  await pruneStreams(tx, newestOf(entries))
  await tx.deleteFrom('inbox').where(isOneOf(entries)).execute()
  await deleteContent(tx, idsOf(entries), now)
  return entries.length
}

/** One mark of a whole inbox. */
interface BulkMark {
  readonly user_id: string
  readonly revision: number
}

/** Deletes marks of whole inboxes. Cursors from before the marks expire. Resolves to how many. */
async function deleteBulkMarks(tx: Tx, marks: readonly BulkMark[]): Promise<number> {
  const streams = marks.map(({ user_id }) => inboxStream(user_id))
  await advanceStreams(tx, streams, NO_FACTS, LAST_ANNOUNCEMENT)
  const named = marks.map(({ user_id, revision }) => sql`(${user_id}, CAST(${revision} AS bigint))`)
  const deleted = await tx
    .deleteFrom('bulk_marks')
    .where(sql<boolean>`(user_id, revision) IN (VALUES ${sql.join(named)})`)
    .returning(['user_id', 'revision'])
    .execute()
  if (deleted.length > 0) await pruneStreams(tx, newestOf(deleted))
  return deleted.length
}

/** Finds some announcements that expired long ago and are in no inbox. */
function findAnnouncements(tx: Tx, before: number) {
  return tx
    .selectFrom('notifications')
    .select('id')
    .where('announcement', 'is not', null)
    .where('expires_at', 'is not', null)
    .where('expires_at', '<=', before)
    .where(isNowhere)
    .orderBy('expires_at')
    .limit(ROWS_PER_TRANSACTION)
    .execute()
}

/** Deletes what was taken out of groups, while nobody else deletes the same content. Resolves to how many notifications. */
async function deleteTaken(tx: Tx, members: readonly EntryKey[]): Promise<number> {
  await advanceStreams(tx, [ANNOUNCEMENTS], NO_FACTS)
  return deleteMembers(tx, members)
}

/**
 * Creates the steps of pruning, each in a transaction of its own. A step resolves to how many rows it took; undefined: there are none, or
 * another node does it. Inboxes that another transaction holds are left for the next time.
 */
function createSteps(deps: RetentionDeps) {
  const { storage, clock } = deps
  const writeToFree = createWriteToFree(deps)
  const held = new Set<string>()
  const isFree = () => (held.size === 0 ? sql<boolean>`1 = 1` : sql<boolean>`user_id NOT IN (${sql.join([...held])})`)
  const alone = <Result>(tx: Tx, work: () => Promise<Result>): Promise<Result | undefined> =>
    storage.tryLock(tx, LOCK).then((isOurs) => (isOurs ? work() : undefined))
  const write = async <Found extends { readonly user_id: string }>(
    found: readonly Found[],
    work: (tx: Tx, some: readonly Found[]) => Promise<Removal>,
  ): Promise<number | undefined> => {
    if (found.length === 0) return undefined
    const written = await writeToFree(found, (tx, some) => alone(tx, () => work(tx, some)))
    for (const one of written.held) held.add(one)
    return written.count
  }
  const findOld = (old: Old) =>
    storage.read((tx) => selectOld(tx, old).where(isFree()).orderBy(old.since).limit(ROWS_PER_TRANSACTION).execute())

  /** Removes from an inbox what is old, as if it had expired: devices that show it get the removal. */
  const remove = async (tx: Tx, found: readonly EntryKey[], old: Old): Promise<Removal> => {
    const now = clock.now()
    const streams = found.map(({ user_id }) => inboxStream(user_id))
    await advanceStreams(tx, [ANNOUNCEMENTS, ...streams], NO_FACTS, LAST_ANNOUNCEMENT)
    const removal = await removeEntries(tx, found, { now, reason: 'EXPIRED', isStill: isOld(old) })
    await deleteContent(tx, idsOf(found), now)
    return removal
  }
  /** A deletion of which nothing is published. */
  const silently = async (count: Promise<number>): Promise<Removal> => ({ count: await count, writes: [] })

  return {
    entries: async (old: Old): Promise<number | undefined> =>
      write(await findOld(old), (tx, found) => remove(tx, found, old)),
    tombstones: async (old: Old): Promise<number | undefined> =>
      write(await findOld(old), (tx, found) => silently(deleteTombstones(tx, found, old, clock.now()))),
    bulkMarks: async (before: number): Promise<number | undefined> => {
      const marks = await storage.read((tx) =>
        tx
          .selectFrom('bulk_marks')
          .select(['user_id', 'revision'])
          .where('at', '<=', before)
          .where(isFree())
          .orderBy('at')
          .limit(ROWS_PER_TRANSACTION)
          .execute(),
      )
      return write(marks, (tx, found) => silently(deleteBulkMarks(tx, found)))
    },
    /** Deletes what was taken out of groups long ago. */
    members: async (before: number): Promise<number | undefined> => {
      const members = await storage.read((tx) => findTaken(tx, before, ROWS_PER_TRANSACTION))
      if (members.length === 0) return undefined
      return storage.write((tx) => alone(tx, () => deleteTaken(tx, members)))
    },
    announcements: async (before: number): Promise<number | undefined> => {
      const found = await storage.read((tx) => findAnnouncements(tx, before))
      if (found.length === 0) return undefined
      return storage.write((tx) =>
        alone(tx, async () => {
          await advanceStreams(tx, [ANNOUNCEMENTS], NO_FACTS)
          const ids = found.map(({ id }) => id)
          await deleteContent(tx, ids, clock.now())
          return ids.length
        }),
      )
    },
  }
}

/**
 * Creates the command that prunes inboxes. It removes what was read or archived long ago, with content that nobody has. It deletes the
 * tombstones of long ago for good. It goes in small steps, and one node at a time. Tickets and their messages are kept. Resolves to how
 * many notifications and tombstones.
 */
export function createPrune(deps: RetentionDeps): () => Promise<number> {
  const { clock, retention } = deps
  return async () => {
    const steps = createSteps(deps)
    const read = clock.now() - retention.readDays * DAY_MS
    const removed = clock.now() - retention.removedDays * DAY_MS
    const counts = [
      await untilNothing(() => steps.tombstones({ since: 'removed_at', before: removed })),
      await untilNothing(() => steps.entries({ since: 'archived_at', before: read })),
      await untilNothing(() => steps.entries({ since: 'read_at', before: read })),
    ]
    await untilNothing(() => steps.bulkMarks(read))
    await untilNothing(() => steps.members(removed))
    await untilNothing(() => steps.announcements(removed))
    return counts.reduce((sum, count) => sum + count, 0)
  }
}
