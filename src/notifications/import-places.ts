import { sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import { isImportedId } from '../storage/import-kind.ts'
import type { Tx } from '../storage/storage.ts'
import { advanceEach, renewStreams } from '../storage/streams.ts'
import { inboxStream } from './inbox-events.ts'
import { fromInbox } from './inbox-rows.ts'

// An inbox is in the order in which its notifications arrived. What is imported gets its place by its old time.

/** A notification in an inbox, and since when it stands there. */
interface Standing {
  readonly id: string
  readonly at: number
}

/** A notification, and the revision of the inbox that is its place from now on. */
interface Move {
  readonly userId: string
  readonly id: string
  readonly revision: number
}

/** Rows of one statement: so few that it never holds up the process. */
const ROWS_PER_STATEMENT = 1_000

/**
 * Reads what an inbox has, in its order. What was imported stands there since its old time. Everything else has arrived in its order: what was
 * sent before the one below it came back, from snooze for example, and stands since that one was sent.
 */
async function readStanding(tx: Tx, userId: string): Promise<readonly Standing[]> {
  // At the time 0, so that also what has expired and was not removed yet keeps its place.
  const rows = await fromInbox(tx, userId, 0)
    .select(['inbox.notification_id as id', 'notifications.created_at as at'])
    .orderBy('inbox.arrived_revision')
    .execute()
  let latest = 0
  return rows.map(({ id, at }) => {
    if (isImportedId(id)) return { id, at }
    latest = Math.max(latest, at)
    return { id, at: latest }
  })
}

/** The end of an inbox in the order of the times, from the first place on at which it is not in that order. */
function endInOrder(standing: readonly Standing[]): readonly Standing[] {
  const sorted = standing.toSorted((one, other) => one.at - other.at)
  const first = sorted.findIndex(({ id }, index) => standing[index]?.id !== id)
  return first === -1 ? [] : sorted.slice(first)
}

/** Gives entries of inboxes other places, which nothing has yet. */
function moveUp(tx: Tx, moves: readonly Move[]): Promise<void> {
  return inTurns(moves, ROWS_PER_STATEMENT, async (some) => {
    const values = sql.join(some.map(({ userId, id, revision }) => sql`(${userId}, ${id}, ${revision})`))
    await sql`
      WITH moved (user_id, notification_id, place) AS (VALUES ${values})
      UPDATE inbox SET arrived_revision = CAST(moved.place AS bigint), revision = CAST(moved.place AS bigint)
      FROM moved WHERE inbox.user_id = moved.user_id AND inbox.notification_id = moved.notification_id
    `.execute(tx)
  })
}

/**
 * Puts inboxes into which something was imported in the order of their times. What has to stand further up gets new revisions, and cursors of
 * these inboxes expire. Inboxes in order stay as they are.
 */
export async function sortInboxes(tx: Tx, userIds: readonly string[]): Promise<void> {
  const ends = new Map<string, readonly Standing[]>()
  for (const userId of userIds) {
    const end = endInOrder(await readStanding(tx, userId))
    if (end.length > 0) ends.set(userId, end)
  }
  if (ends.size === 0) return
  const advances = [...ends].map(
    ([userId, { length }]) => [inboxStream(userId), { facts: length, entries: 0 }] as const,
  )
  const streams = await advanceEach(tx, new Map(advances))
  const moves = [...ends].flatMap(([userId, end]) => {
    const before = (streams.get(inboxStream(userId))?.revision ?? 0) - end.length
    return end.map(({ id }, index) => ({ userId, id, revision: before + index + 1 }))
  })
  await moveUp(tx, moves)
  await renewStreams(tx, [...streams.keys()])
}
