import { sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import { advanceEach, advanceStreams } from '../storage/streams.ts'
import { type InboxFact, type InboxWrite, inboxStream } from './inbox-events.ts'
import {
  type EntryKey,
  inboxColumns,
  isOneOf,
  LAST_ANNOUNCEMENT,
  NO_FACTS,
  SHOWN,
  toNotifications,
} from './inbox-rows.ts'
import type { Removal } from './removal.ts'

/** Notifications that come back in one transaction, so that none lasts long. */
const ROWS_PER_TRANSACTION = 100

/** Selects what is snoozed and has to come back by now, of one user or of all. */
export function selectWaking(tx: Tx, now: number, userId: string | undefined) {
  return tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id', 'expires_at'])
    .where('snoozed_until', '<=', now)
    .$if(userId !== undefined, (query) => query.where('user_id', '=', userId ?? ''))
}

/** What is to come back, and when it expires. */
interface Waking extends EntryKey {
  readonly expires_at: number | null
}

/** Finds some of what has to come back, what has waited longest first. Users in `except` are left out. */
export function findWaking(
  tx: Tx,
  now: number,
  { userId, except }: { readonly userId: string | undefined; readonly except?: ReadonlySet<string> },
): Promise<readonly Waking[]> {
  return selectWaking(tx, now, userId)
    .$if(except !== undefined && except.size > 0, (query) => query.where('user_id', 'not in', [...(except ?? [])]))
    .orderBy('snoozed_until')
    .limit(ROWS_PER_TRANSACTION)
    .execute()
}

/** Splits what was found into what comes back, and what has expired while it was snoozed. */
export function splitWaking(found: readonly Waking[], now: number) {
  const hasExpired = ({ expires_at }: Waking): boolean => expires_at !== null && expires_at <= now
  const toKey = ({ user_id, notification_id }: Waking): EntryKey => ({ user_id, notification_id })
  return {
    expired: found.filter(hasExpired).map(toKey),
    waking: found.filter((row) => !hasExpired(row)).map(toKey),
  }
}

interface Place extends EntryKey {
  readonly arrived: number
}

/** Puts rows back into their inboxes as if they had just arrived: without marks, each at its new place. */
async function putBack(tx: Tx, places: readonly Place[]): Promise<void> {
  const values = places.map((row) => sql`(${row.user_id}, ${row.notification_id}, CAST(${row.arrived} AS bigint))`)
  await sql`
    WITH place (user_id, notification_id, arrived) AS (VALUES ${sql.join(values)})
    UPDATE inbox SET
      arrived_revision = place.arrived, revision = place.arrived,
      removed_at = NULL, removal = NULL, snoozed_until = NULL,
      seen_at = NULL, seen_revision = NULL, read_at = NULL, read_revision = NULL,
      archived_at = NULL, archived_revision = NULL, content_revision = NULL
    FROM place
    WHERE inbox.user_id = place.user_id AND inbox.notification_id = place.notification_id`.execute(tx)
}

/** The arrivals of these rows, by user, in order. */
async function readArrivals(tx: Tx, keys: readonly EntryKey[]): Promise<ReadonlyMap<string, readonly InboxFact[]>> {
  const rows = await tx
    .selectFrom('inbox')
    .innerJoin('notifications', (join) => join.on('notifications.id', '=', SHOWN))
    .select(inboxColumns(undefined))
    .select('inbox.user_id')
    .where(isOneOf(keys))
    .orderBy('inbox.arrived_revision')
    .execute()
  const facts = (await toNotifications(tx, rows)).map((notification, index) => ({
    userId: rows[index]?.user_id ?? '',
    fact: { kind: 'added', revision: notification.arrivedRevision, notification } as const,
  }))
  const byUser = Map.groupBy(facts, ({ userId }) => userId)
  return new Map([...byUser].map(([userId, own]) => [userId, own.map(({ fact }) => fact)]))
}

/**
 * Lets snoozed notifications arrive again, each at a revision of its own. What is snoozed no longer, or with `due` what comes back later
 * than now, is left alone: so of several who find the same, one wakes it.
 */
export async function wakeEntries(tx: Tx, found: readonly EntryKey[], now: number, which?: 'due'): Promise<Removal> {
  const streams = found.map(({ user_id }) => inboxStream(user_id))
  await advanceStreams(tx, streams, NO_FACTS, LAST_ANNOUNCEMENT)
  const entries = await tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id'])
    .where(isOneOf(found))
    .where('snoozed_until', 'is not', null)
    .$if(which === 'due', (query) => query.where('snoozed_until', '<=', now))
    .orderBy('snoozed_until')
    .orderBy('arrived_revision')
    .execute()
  if (entries.length === 0) return { count: 0, writes: [] }
  const byUser = Map.groupBy(entries, ({ user_id }) => user_id)
  const advances = [...byUser].map(
    ([userId, { length }]) => [inboxStream(userId), { facts: length, entries: 0 }] as const,
  )
  const states = await advanceEach(tx, new Map(advances))
  const places = [...byUser].flatMap(([userId, rows]) => {
    const previous = (states.get(inboxStream(userId))?.revision ?? 0) - rows.length
    return rows.map((row, index): Place => ({ ...row, arrived: previous + index + 1 }))
  })
  await putBack(tx, places)
  const arrivals = await readArrivals(tx, entries)
  const writes = [...byUser].flatMap(([userId, { length }]): InboxWrite[] => {
    const stream = states.get(inboxStream(userId))
    return stream ? [{ userId, stream, previous: stream.revision - length, facts: arrivals.get(userId) ?? [] }] : []
  })
  return { count: entries.length, writes }
}
