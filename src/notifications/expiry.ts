import { type ExpressionBuilder, sql } from 'kysely'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import { forgetKeys } from '../storage/idempotency.ts'
import { advanceLanes } from '../storage/lanes.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'
import { NO_FACTS } from './inbox.ts'
import { type InboxWrite, inboxLane, removedFacts, tell, toEvents } from './inbox-events.ts'

export interface ExpiryDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
}

/** Inboxes of one transaction, so that none lasts long. */
const USERS_PER_TRANSACTION = 500
const KEYS_PER_TRANSACTION = 1_000

const findUsers = async (tx: Tx, now: number): Promise<readonly string[]> => {
  const rows = await tx
    .selectFrom('inbox')
    .select('user_id')
    .distinct()
    .where('expires_at', '<=', now)
    .where('removed_at', 'is', null)
    .limit(USERS_PER_TRANSACTION)
    .execute()
  return rows.map(({ user_id }) => user_id)
}

const isExpired = (userIds: readonly string[], now: number) => (eb: ExpressionBuilder<Tables, 'inbox'>) =>
  eb.and([eb('inbox.user_id', 'in', userIds), eb('inbox.expires_at', '<=', now), eb('inbox.removed_at', 'is', null)])

interface Removal {
  /** Notifications removed, from all inboxes together. */
  readonly count: number
  readonly writes: readonly InboxWrite[]
}

/** Takes out of the users' inboxes what has expired. Another node may have done it meanwhile: then nothing happens. */
const removeExpired = async (tx: Tx, userIds: readonly string[], now: number): Promise<Removal> => {
  await advanceLanes(tx, userIds.map(inboxLane), NO_FACTS)
  const expired = await tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id'])
    .where(isExpired(userIds, now))
    .orderBy('position')
    .execute()
  const byUser = Map.groupBy(expired, ({ user_id }) => user_id)
  if (byUser.size === 0) return { count: 0, writes: [] }
  const lanes = await advanceLanes(tx, [...byUser.keys()].map(inboxLane))
  const revision = sql<number>`(SELECT revision FROM lanes WHERE lane = ${inboxLane('')} || inbox.user_id)`
  await tx.updateTable('inbox').set({ removed_at: now, revision }).where(isExpired(userIds, now)).execute()
  const writes = [...byUser].flatMap(([userId, rows]): InboxWrite[] => {
    const lane = lanes.get(inboxLane(userId))
    if (!lane) return []
    const facts = removedFacts(
      lane.revision,
      rows.map(({ notification_id }) => notification_id),
    )
    return [{ userId, lane, previous: lane.revision - 1, facts }]
  })
  return { count: expired.length, writes }
}

/** Makes the command that takes expired notifications out of inboxes and tells their devices; returns how many. */
export const createExpire =
  ({ storage, bus, clock, limits }: ExpiryDeps) =>
  async (): Promise<number> => {
    let removed = 0
    for (;;) {
      const now = clock.now()
      const userIds = await storage.read((tx) => findUsers(tx, now))
      if (userIds.length === 0) return removed
      const { events, count } = await storage.write(async (tx) => {
        const { writes, count } = await removeExpired(tx, userIds, now)
        return { events: await toEvents(tx, writes, now, limits.unreadCap), count }
      })
      tell(bus, events)
      removed += count
    }
  }

/** Makes the command that clears away what has had its time: expired notifications, and old idempotency keys. */
export const createSweep =
  ({ storage, clock }: Pick<ExpiryDeps, 'storage' | 'clock'>, expire: () => Promise<number>) =>
  async (): Promise<number> => {
    const removed = await expire()
    let forgotten: number
    do forgotten = await storage.write((tx) => forgetKeys(tx, clock.now(), KEYS_PER_TRANSACTION))
    while (forgotten === KEYS_PER_TRANSACTION)
    return removed
  }
