import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import { untilNothing } from '../lib/steps.ts'
import { forgetKeys } from '../storage/idempotency.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { InboxWrite } from './inbox-events.ts'
import type { EntryKey } from './inbox-rows.ts'
import { createWriteToFree, removeEntries, type WriteTo } from './removal.ts'
import { findWaking, selectWaking, splitWaking, wakeEntries } from './wake.ts'

export interface ExpiryDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly limits: Limits
}

/** Notifications of one transaction, so that none lasts long. */
const ROWS_PER_TRANSACTION = 200
const KEYS_PER_TRANSACTION = 1_000

/** Selects what has expired and was not removed yet, of one user or of all. */
function selectExpired(tx: Tx, now: number, userId: string | undefined) {
  return tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id'])
    .where('expires_at', '<=', now)
    .where('removed_at', 'is', null)
    .$if(userId !== undefined, (query) => query.where('user_id', '=', userId ?? ''))
}

/** Whether something in the inbox of a user has expired and was not removed yet, or is to come back now. */
export async function hasExpired(tx: Tx, userId: string, now: number): Promise<boolean> {
  const { isDue } = await tx
    .selectNoFrom(({ exists, or }) =>
      or([exists(selectExpired(tx, now, userId)), exists(selectWaking(tx, now, userId))]).as('isDue'),
    )
    .executeTakeFirstOrThrow()
  return Boolean(isDue)
}

/** Finds some of what has expired, the longest expired first. Users in `except` are left out. */
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

/**
 * Removes expired notifications from the inbox of a user, some of them when there are many, and lets come back what is due. Runs in the
 * transaction of a command that has locked the stream. Resolves to undefined when there is nothing to do.
 */
export async function expireIn(
  tx: Tx,
  userId: string,
  now: number,
): Promise<Pick<InboxWrite, 'stream' | 'facts'> | undefined> {
  if (!(await hasExpired(tx, userId, now))) return undefined
  const found = await findExpired(tx, now, { userId })
  const snoozed = splitWaking(await findWaking(tx, now, { userId }), now)
  const gone = [...found, ...snoozed.expired]
  const removal = gone.length > 0 ? await removeEntries(tx, gone, { now, reason: 'EXPIRED' }) : undefined
  const waking = snoozed.waking.length > 0 ? await wakeEntries(tx, snoozed.waking, now) : undefined
  const writes = [...(removal?.writes ?? []), ...(waking?.writes ?? [])]
  const stream = writes.at(-1)?.stream
  return stream && { stream, facts: writes.flatMap(({ facts }) => facts) }
}

/**
 * Removes expired notifications from the inbox of a user, or from all inboxes, lets come back what is due, and publishes both. Resolves to
 * how many were removed. An inbox that another transaction holds is left for the next time.
 */
export type Expire = (userId?: string) => Promise<number>

/** Creates the command that removes expired notifications and lets snoozed ones come back. */
export function createExpire(deps: ExpiryDeps): Expire {
  const { storage, clock } = deps
  const writeToFree = createWriteToFree(deps)
  return async (userId) => {
    const held = new Set<string>()
    const write = async (found: readonly EntryKey[], work: WriteTo<EntryKey>): Promise<number> => {
      const written = await writeToFree(found, work)
      for (const one of written.held) held.add(one)
      return written.count ?? 0
    }
    const remove = (found: readonly EntryKey[], now: number): Promise<number> =>
      write(found, (tx, some) => removeEntries(tx, some, { now, reason: 'EXPIRED' }))
    const removed = await untilNothing(async () => {
      const now = clock.now()
      const found = await storage.read((tx) => findExpired(tx, now, { userId, except: held }))
      return found.length === 0 ? undefined : remove(found, now)
    })
    const late = await untilNothing(async () => {
      const now = clock.now()
      const found = await storage.read((tx) => findWaking(tx, now, { userId, except: held }))
      if (found.length === 0) return undefined
      const { expired, waking } = splitWaking(found, now)
      await write(waking, (tx, some) => wakeEntries(tx, some, now, 'due'))
      return remove(expired, now)
    })
    return removed + late
  }
}

/** Creates the command that removes expired notifications and deletes old idempotency keys. Resolves to how many notifications. */
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
