import { setTimeout } from 'node:timers/promises'
import { type ExpressionBuilder, sql } from 'kysely'
import type { Clock } from '../lib/clock.ts'
import type { Retention } from '../lib/limits.ts'
import { advanceLanes, pruneLanes } from '../storage/lanes.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'
import { type EntryKey, isOneOf } from './entry-keys.ts'
import { EVERYONE, NO_FACTS, readLastAnnouncement } from './inbox.ts'
import { inboxLane } from './inbox-events.ts'

export interface RetentionDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly retention: Retention
}

/** Since when a notification has had its time in an inbox, and until when it must have been so to be deleted. */
interface Old {
  readonly since: 'read_at' | 'archived_at' | 'removed_at'
  readonly before: number
}

/** Notifications of one transaction, so that none lasts long. */
const ROWS_PER_TRANSACTION = 200
const DAY_MS = 24 * 60 * 60 * 1000
const LOCK = 'herald retention'

/** In the words of the indexes `inbox_read`, `inbox_archived` and `inbox_removed`. */
const selectOld = (tx: Tx, { since, before }: Old) =>
  tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id', 'revision'])
    .where(since, 'is not', null)
    .where(since, '<=', before)
    .$if(since !== 'removed_at', (query) => query.where('removed_at', 'is', null))

/** Content that is in no inbox. */
const isNowhere = ({ not, exists, selectFrom }: ExpressionBuilder<Tables, 'notifications'>) =>
  not(exists(selectFrom('inbox').select('inbox.user_id').whereRef('inbox.notification_id', '=', 'notifications.id')))

/** Deletes the content of these notifications that is in no inbox any more and can get into none. */
const deleteContent = async (tx: Tx, ids: readonly string[], now: number): Promise<void> => {
  await tx
    .deleteFrom('notifications')
    .where('id', 'in', ids)
    .where(isNowhere)
    // Not `IS NULL`: SQLite would look up all that are no announcement, which is nearly everything that there is.
    .where((eb) => eb.or([sql<boolean>`coalesce(announcement, 0) = 0`, eb('expires_at', '<=', now)]))
    .execute()
}

/** Deletes what was found, unless it has changed meanwhile. Cursors from before its last change expire with it. */
const deleteOld = async (tx: Tx, found: readonly EntryKey[], old: Old, now: number): Promise<number> => {
  // The announcements, too: nobody takes one in while it is looked at whether somebody has it.
  const lanes = found.map(({ user_id }) => inboxLane(user_id))
  await advanceLanes(tx, [EVERYONE, ...lanes], NO_FACTS, await readLastAnnouncement(tx))
  const entries = await selectOld(tx, old).where(isOneOf(found)).execute()
  if (entries.length === 0) return 0
  const pruned = new Map<string, number>()
  for (const { user_id, revision } of entries) {
    const lane = inboxLane(user_id)
    pruned.set(lane, Math.max(pruned.get(lane) ?? 0, revision))
  }
  await pruneLanes(tx, pruned)
  await tx.deleteFrom('inbox').where(isOneOf(entries)).execute()
  await deleteContent(tx, [...new Set(entries.map(({ notification_id }) => notification_id))], now)
  return entries.length
}

/** Some announcements that expired long ago and that nobody has. */
const findAnnouncements = (tx: Tx, before: number) =>
  tx
    .selectFrom('notifications')
    .select('id')
    .where('announcement', 'is not', null)
    .where('expires_at', 'is not', null)
    .where('expires_at', '<=', before)
    .where(isNowhere)
    .orderBy('expires_at')
    .limit(ROWS_PER_TRANSACTION)
    .execute()

/** How many were deleted; undefined: there is nothing to delete, or another node is at it. */
type Step = () => Promise<number | undefined>

/** Repeats a step while there is something to do. In between it rests for as long as it worked: others need the database, too. */
const untilNothing = async (step: Step): Promise<number> => {
  for (let total = 0; ; ) {
    const started = performance.now()
    const count = await step()
    if (count === undefined) return total
    total += count
    await setTimeout(performance.now() - started)
  }
}

/** Makes the steps, each in a transaction of its own. */
const createSteps = ({ storage, clock }: RetentionDeps) => {
  const alone = (work: (tx: Tx) => Promise<number>): Promise<number | undefined> =>
    storage.write(async (tx) => ((await storage.tryLock(tx, LOCK)) ? work(tx) : undefined))

  return {
    entries: async (old: Old): Promise<number | undefined> => {
      const found = await storage.read((tx) =>
        selectOld(tx, old).orderBy(old.since).limit(ROWS_PER_TRANSACTION).execute(),
      )
      return found.length === 0 ? undefined : alone((tx) => deleteOld(tx, found, old, clock.now()))
    },
    announcements: async (before: number): Promise<number | undefined> => {
      const found = await storage.read((tx) => findAnnouncements(tx, before))
      if (found.length === 0) return undefined
      return alone(async (tx) => {
        await advanceLanes(tx, [EVERYONE], NO_FACTS)
        const ids = found.map(({ id }) => id)
        await deleteContent(tx, ids, clock.now())
        return ids.length
      })
    },
  }
}

/**
 * Makes the command that deletes for good what was read, archived or removed long ago, and content that nobody has; returns how
 * many notifications left an inbox. It goes in small steps, and one node at a time. Tickets and their messages are kept.
 */
export const createPrune = (deps: RetentionDeps): (() => Promise<number>) => {
  const { clock, retention } = deps
  const steps = createSteps(deps)
  return async () => {
    const read = clock.now() - retention.readDays * DAY_MS
    const removed = clock.now() - retention.removedDays * DAY_MS
    const counts = [
      await untilNothing(() => steps.entries({ since: 'removed_at', before: removed })),
      await untilNothing(() => steps.entries({ since: 'archived_at', before: read })),
      await untilNothing(() => steps.entries({ since: 'read_at', before: read })),
    ]
    await untilNothing(() => steps.announcements(removed))
    return counts.reduce((sum, count) => sum + count, 0)
  }
}
