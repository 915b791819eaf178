import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import { untilNothing } from '../lib/steps.ts'
import { forgetKeys } from '../storage/idempotency.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { InboxWrite } from './inbox-events.ts'
import type { EntryKey } from './inbox-rows.ts'
import { createWriteToFree, removeEntries } from './removal.ts'

export interface ExpiryDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
}

/** Notifications of one transaction, so that none lasts long. */
const ROWS_PER_TRANSACTION = 200
const KEYS_PER_TRANSACTION = 1_000

/** What has expired of one user, or of all. */
function selectExpired(tx: Tx, now: number, userId: string | undefined) {
  return tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id'])
    .where('expires_at', '<=', now)
    .where('removed_at', 'is', null)
    .$if(userId !== undefined, (query) => query.where('user_id', '=', userId ?? ''))
}

/** Whether something of a user has expired and is still there. */
export async function hasExpired(tx: Tx, userId: string, now: number): Promise<boolean> {
  return (await selectExpired(tx, now, userId).limit(1).executeTakeFirst()) !== undefined
}

/** Some of what has expired, the longest expired first. */
function findExpired(
  tx: Tx,
  now: number,
  { userId, except }: { readonly userId: string | undefined; readonly except?: ReadonlySet<string> },
): Promise<readonly EntryKey[]> {
  return selectExpired(tx, now, userId)
    .$if(except !== undefined && except.size > 0, (query) => query.where('user_id', 'not in', [...(except ?? [])]))
    .orderBy('expires_at')
    .limit(ROWS_PER_TRANSACTION)
    .execute()
}

/** Takes expired notifications out of the inbox of a user, as a part of a command whose stream is locked. */
export async function expireIn(tx: Tx, userId: string, now: number): Promise<InboxWrite | undefined> {
  const found = await findExpired(tx, now, { userId })
  return found.length === 0 ? undefined : (await removeEntries(tx, found, now)).writes[0]
}

/**
 * Takes expired notifications out of the inbox of a user, or of everybody's, and publishes the removals; returns how many. An
 * inbox that somebody else holds is left for the next time.
 */
export type Expire = (userId?: string) => Promise<number>

/** The command by which notifications expire. */
export function createExpire(deps: ExpiryDeps): Expire {
  const { storage, clock } = deps
  const writeToFree = createWriteToFree(deps)
  return async (userId) => {
    const held = new Set<string>()
    return untilNothing(async () => {
      const now = clock.now()
      const found = await storage.read((tx) => findExpired(tx, now, { userId, except: held }))
      if (found.length === 0) return undefined
      const written = await writeToFree(found, (tx, some) => removeEntries(tx, some, now))
      for (const one of written.held) held.add(one)
      return written.count
    })
  }
}

/** The command that deletes expired notifications and old idempotency keys. */
export function createSweep({ storage, clock }: Pick<ExpiryDeps, 'storage' | 'clock'>, expire: Expire) {
  return async (): Promise<number> => {
    const removed = await expire()
    let isDone = false
    await untilNothing(async () => {
      if (isDone) return undefined
      const forgotten = await storage.write((tx) => forgetKeys(tx, clock.now(), KEYS_PER_TRANSACTION))
      isDone = forgotten < KEYS_PER_TRANSACTION
      return forgotten
    })
    return removed
  }
}
