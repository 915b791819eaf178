import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import { forgetKeys } from '../storage/idempotency.ts'
import { advanceLanes } from '../storage/lanes.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type EntryKey, isOneOf } from './entry-keys.ts'
import { NO_FACTS, readLastAnnouncement } from './inbox.ts'
import { type InboxWrite, inboxLane, removedFacts, tell, toEvents } from './inbox-events.ts'

export interface ExpiryDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
}

/** Notifications of one transaction, so that none lasts long. */
const ROWS_PER_TRANSACTION = 500
const KEYS_PER_TRANSACTION = 1_000

/** What has expired of one user, or of all. */
const selectExpired = (tx: Tx, now: number, userId: string | undefined) =>
  tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id'])
    .where('expires_at', '<=', now)
    .where('removed_at', 'is', null)
    .$if(userId !== undefined, (query) => query.where('user_id', '=', userId ?? ''))

/** Whether something of a user has expired and is still there. */
export const hasExpired = async (tx: Tx, userId: string, now: number): Promise<boolean> =>
  (await selectExpired(tx, now, userId).limit(1).executeTakeFirst()) !== undefined

/** Some of what has expired, the longest expired first. */
const findExpired = (tx: Tx, now: number, userId: string | undefined): Promise<readonly EntryKey[]> =>
  selectExpired(tx, now, userId).orderBy('expires_at').limit(ROWS_PER_TRANSACTION).execute()

interface Removal {
  /** Notifications removed, from all inboxes together. */
  readonly count: number
  readonly writes: readonly InboxWrite[]
}

/** Takes out of inboxes what was found to have expired. Another node may have done it meanwhile: then nothing happens. */
const removeExpired = async (tx: Tx, found: readonly EntryKey[], now: number): Promise<Removal> => {
  await advanceLanes(
    tx,
    found.map((row) => inboxLane(row.user_id)),
    NO_FACTS,
    // Who was erased meanwhile begins anew.
    await readLastAnnouncement(tx),
  )
  const expired = await tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id'])
    .where(isOneOf(found))
    .where('removed_at', 'is', null)
    .orderBy('position')
    .execute()
  if (expired.length === 0) return { count: 0, writes: [] }
  const byUser = Map.groupBy(expired, ({ user_id }) => user_id)
  const lanes = await advanceLanes(tx, [...byUser.keys()].map(inboxLane))
  const revision = sql<number>`(SELECT revision FROM lanes WHERE lane = ${inboxLane('')} || inbox.user_id)`
  await tx.updateTable('inbox').set({ removed_at: now, revision }).where(isOneOf(expired)).execute()
  const writes = [...byUser].flatMap(([userId, rows]): InboxWrite[] => {
    const lane = lanes.get(inboxLane(userId))
    const ids = rows.map(({ notification_id }) => notification_id)
    return lane ? [{ userId, lane, previous: lane.revision - 1, facts: removedFacts(lane.revision, ids) }] : []
  })
  return { count: expired.length, writes }
}

/** Takes expired notifications out of the inbox of a user, as a part of a command whose lane is locked. */
export const expireIn = async (tx: Tx, userId: string, now: number): Promise<InboxWrite | undefined> => {
  const found = await findExpired(tx, now, userId)
  return found.length === 0 ? undefined : (await removeExpired(tx, found, now)).writes[0]
}

/** Takes expired notifications out of the inbox of a user, or of everybody's, and tells the devices; returns how many. */
export type Expire = (userId?: string) => Promise<number>

/** Makes the command by which notifications expire. */
export const createExpire =
  ({ storage, bus, clock, limits }: ExpiryDeps): Expire =>
  async (userId) => {
    let removed = 0
    for (;;) {
      const now = clock.now()
      const found = await storage.read((tx) => findExpired(tx, now, userId))
      if (found.length === 0) return removed
      const { events, count } = await storage.write(async (tx) => {
        const { writes, count } = await removeExpired(tx, found, now)
        return { events: await toEvents(tx, writes, limits.unreadCap), count }
      })
      await tell(bus, events)
      removed += count
      await setImmediate()
    }
  }

/** Makes the command that clears away what has had its time: expired notifications, and old idempotency keys. */
export const createSweep =
  ({ storage, clock }: Pick<ExpiryDeps, 'storage' | 'clock'>, expire: Expire) =>
  async (): Promise<number> => {
    const removed = await expire()
    let forgotten: number
    do forgotten = await storage.write((tx) => forgetKeys(tx, clock.now(), KEYS_PER_TRANSACTION))
    while (forgotten === KEYS_PER_TRANSACTION)
    return removed
  }
