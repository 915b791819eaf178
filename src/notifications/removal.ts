import { type Expression, type SqlBool, sql } from 'kysely'
import { advanceLanes } from '../storage/lanes.ts'
import type { Tx } from '../storage/storage.ts'
import { type EntryKey, isOneOf } from './entry-keys.ts'
import { LAST_ANNOUNCEMENT, NO_FACTS } from './inbox.ts'
import { type InboxWrite, inboxLane, removedFacts } from './inbox-events.ts'

/** What was taken out of inboxes. */
export interface Removal {
  /** Notifications, from all inboxes together. */
  readonly count: number
  readonly writes: readonly InboxWrite[]
}

/**
 * Takes what was found out of inboxes, and leaves a trace of each, so that devices that are away learn of it. What is gone meanwhile, or is
 * no longer as `isStill` says, is left alone.
 */
export const removeEntries = async (
  tx: Tx,
  found: readonly EntryKey[],
  now: number,
  isStill?: Expression<SqlBool>,
): Promise<Removal> => {
  await advanceLanes(
    tx,
    found.map((row) => inboxLane(row.user_id)),
    NO_FACTS,
    // Who was erased meanwhile begins anew.
    LAST_ANNOUNCEMENT,
  )
  const entries = await tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id'])
    .where(isOneOf(found))
    .where('removed_at', 'is', null)
    .$if(isStill !== undefined, (query) => query.where(isStill ?? sql<boolean>`1 = 1`))
    .orderBy('position')
    .execute()
  if (entries.length === 0) return { count: 0, writes: [] }
  const byUser = Map.groupBy(entries, ({ user_id }) => user_id)
  const lanes = await advanceLanes(tx, [...byUser.keys()].map(inboxLane))
  const revision = sql<number>`(SELECT revision FROM lanes WHERE lane = ${inboxLane('')} || inbox.user_id)`
  await tx.updateTable('inbox').set({ removed_at: now, revision }).where(isOneOf(entries)).execute()
  const writes = [...byUser].flatMap(([userId, rows]): InboxWrite[] => {
    const lane = lanes.get(inboxLane(userId))
    const ids = rows.map(({ notification_id }) => notification_id)
    return lane ? [{ userId, lane, previous: lane.revision - 1, facts: removedFacts(lane.revision, ids) }] : []
  })
  return { count: entries.length, writes }
}
