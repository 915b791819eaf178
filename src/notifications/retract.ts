import { sql } from 'kysely'
import type { Clock } from '../lib/clock.ts'
import { notFound } from '../lib/errors.ts'
import { requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import type { Log } from '../lib/log.ts'
import { NOTIFICATION_ID } from '../lib/values.ts'
import { advanceLane } from '../storage/lanes.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { Expire } from './expiry.ts'
import { EVERYONE, isUnexpired, NO_FACTS } from './inbox.ts'

export interface RetractDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  readonly limits: Limits
  /** Takes out of inboxes what has expired. */
  readonly expire: Expire
}

const requireKnown = async (tx: Tx, ids: readonly string[]): Promise<void> => {
  const rows = await tx.selectFrom('notifications').select('id').where('id', 'in', ids).execute()
  const known = new Set(rows.map(({ id }) => id))
  const missing = ids.find((id) => !known.has(id))
  if (missing !== undefined) throw notFound(`Notification ${missing}`)
}

/** Lets notifications expire now, for everyone in one statement; returns how many inboxes have one of them. */
const expireNow = async (tx: Tx, ids: readonly string[], now: number): Promise<number> => {
  // Whoever takes in announcements holds this lane too: none can be missed by being taken in at this moment.
  await advanceLane(tx, EVERYONE, NO_FACTS)
  await requireKnown(tx, ids)
  const { inboxes } = await tx
    .selectFrom('inbox')
    .select(sql<number>`count(DISTINCT inbox.user_id)`.as('inboxes'))
    .where('notification_id', 'in', ids)
    .where('removed_at', 'is', null)
    .where(isUnexpired(now))
    .executeTakeFirstOrThrow()
  await tx.updateTable('notifications').set({ expires_at: now }).where('id', 'in', ids).execute()
  await tx
    .updateTable('inbox')
    .set({ expires_at: now })
    .where('notification_id', 'in', ids)
    .where('removed_at', 'is', null)
    .execute()
  return inboxes
}

/**
 * Makes the command that takes notifications back from everyone; returns how many inboxes lost one. They are gone from every
 * list and count with its one transaction; the devices are told in batches right after, or by the next sweep if the process
 * ends before. Throws NOT_FOUND when an id is unknown, and takes none back.
 */
export const createRetract =
  ({ storage, clock, log, limits, expire }: RetractDeps) =>
  async (ids: readonly string[]): Promise<number> => {
    const named = requireTexts('ids', ids, limits.ids, NOTIFICATION_ID)
    const inboxes = await storage.write((tx) => expireNow(tx, named, clock.now()))
    // They are taken back already, and what this leaves undone the next sweep does.
    await expire().catch((err: unknown) => log.warn({ err }, 'could not tell devices of retracted notifications'))
    return inboxes
  }
