import { sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import type { Tx } from '../storage/storage.ts'
import type { NotificationDraft } from './import-draft.ts'
import { fromInbox, SHOWN } from './inbox-rows.ts'

// An inbox is in the order in which its notifications arrived. What is imported gets its place by its old time.

/** A notification that gets a place in an inbox: one that is imported, or one that is there and moves up. */
export type Placed = NotificationDraft | { readonly id: string }

/** A notification that is there, and since when it may stand in its place. */
interface Standing {
  readonly id: string
  readonly at: number
}

/** Rows of one statement: so few that it never holds up the process. */
const ROWS_PER_STATEMENT = 1_000

/** Reads when the newest entry of each inbox was sent, by user. Users without an entry are left out. */
export async function readNewestTimes(tx: Tx, userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (userIds.length === 0) return new Map()
  const { rows } = await sql<{ readonly user_id: string; readonly at: number | null }>`
    WITH named (user_id) AS (VALUES ${sql.join(userIds.map((userId) => sql`(${userId})`))})
    SELECT named.user_id, (
      SELECT notifications.created_at FROM inbox
      JOIN notifications ON notifications.id = ${SHOWN}
      WHERE inbox.user_id = named.user_id AND inbox.removed_at IS NULL
      ORDER BY inbox.arrived_revision DESC LIMIT 1
    ) AS at
    FROM named
  `.execute(tx)
  return new Map(rows.flatMap(({ user_id, at }) => (at === null ? [] : [[user_id, at] as const])))
}

/** Reads what an inbox has, in its order. A notification that was sent before the one below it stands since that one was sent. */
async function readStanding(tx: Tx, userId: string): Promise<readonly Standing[]> {
  // Also what has expired and was not removed yet: it has a place.
  const rows = await fromInbox(tx, userId, 0)
    .select(['inbox.notification_id as id', 'notifications.created_at as at'])
    .orderBy('inbox.arrived_revision')
    .execute()
  let latest = 0
  return rows.map(({ id, at }) => {
    latest = Math.max(latest, at)
    return { id, at: latest }
  })
}

/** The end of an inbox in its new order, from the first of the drafts on. Both lists are in order. */
function merged(standing: readonly Standing[], drafts: readonly NotificationDraft[]): readonly Placed[] {
  const end: Placed[] = []
  let next = standing.findIndex(({ at }) => at > (drafts[0]?.content.created_at ?? 0))
  if (next === -1) next = standing.length
  for (const draft of drafts) {
    for (let one = standing[next]; one && one.at <= draft.content.created_at; one = standing[++next]) end.push(one)
    end.push(draft)
  }
  return [...end, ...standing.slice(next)]
}

/**
 * Finds the places of drafts in the inbox of a user by their times. Resolves to the drafts in order, with all that was in the inbox before
 * and stands above one of them. `newest` is when the newest entry was sent; undefined: there is none.
 */
export async function placesOf(
  tx: Tx,
  userId: string,
  drafts: readonly NotificationDraft[],
  newest: number | undefined,
): Promise<readonly Placed[]> {
  const sorted = drafts.toSorted((one, other) => one.content.created_at - other.content.created_at)
  const [first] = sorted
  if (!first || newest === undefined || newest <= first.content.created_at) return sorted
  return merged(await readStanding(tx, userId), sorted)
}

/** A notification that is there, and the revision of the inbox that is its place from now on. */
export interface Move {
  readonly userId: string
  readonly id: string
  readonly revision: number
}

/** Moves entries of inboxes up to other places, which nothing has yet. */
export function moveUp(tx: Tx, moves: readonly Move[]): Promise<void> {
  return inTurns(moves, ROWS_PER_STATEMENT, async (some) => {
    const values = sql.join(some.map(({ userId, id, revision }) => sql`(${userId}, ${id}, ${revision})`))
    await sql`
      WITH moved (user_id, notification_id, place) AS (VALUES ${values})
      UPDATE inbox SET arrived_revision = CAST(moved.place AS bigint), revision = CAST(moved.place AS bigint)
      FROM moved WHERE inbox.user_id = moved.user_id AND inbox.notification_id = moved.notification_id
    `.execute(tx)
  })
}
