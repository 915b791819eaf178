import { setImmediate } from 'node:timers/promises'
import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import { forgetKeys } from '../storage/idempotency.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { EntryKey } from './entry-keys.ts'
import { type InboxWrite, tell, toEvents } from './inbox-events.ts'
import { removeEntries } from './removal.ts'

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

/** Takes expired notifications out of the inbox of a user, as a part of a command whose lane is locked. */
export const expireIn = async (tx: Tx, userId: string, now: number): Promise<InboxWrite | undefined> => {
  const found = await findExpired(tx, now, userId)
  return found.length === 0 ? undefined : (await removeEntries(tx, found, now)).writes[0]
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
        const { writes, count } = await removeEntries(tx, found, now)
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
