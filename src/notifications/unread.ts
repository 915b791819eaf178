import { sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import { prepare } from '../storage/prepare.ts'
import type { Tx } from '../storage/storage.ts'
import type { CategoryCount, UnreadCount } from './notification.ts'

/** A user whose unread notifications to count, and the revision of their inbox. */
export interface Counted {
  readonly userId: string
  readonly revision: number
}

interface CategoryRow {
  readonly user_id: string
  readonly category: string
  readonly count: number
}

/** Users of one statement: so few that it never holds up the process. */
const USERS_PER_STATEMENT = 500

/** Selects unread notifications that count. Written as in the index `inbox_unread`, so that both databases use it. */
const OPEN = sql`i.read_at IS NULL AND i.archived_at IS NULL AND i.removed_at IS NULL AND i.muted IS NULL`

/**
 * SQL that counts the unread notifications of each user by category. It visits each category by the index and stops counting in it at the
 * cap, so the cost is bounded however much is unread. Categories beyond the cap need no visit: with one notification each they exceed it
 * already.
 */
function selectCounts(userIds: readonly string[], cap: number) {
  return sql<CategoryRow>`
    WITH RECURSIVE
      counted(user_id) AS (VALUES ${sql.join(userIds.map((userId) => sql`(${userId})`))}),
      categories(user_id, category, place) AS (
        SELECT c.user_id, (SELECT min(i.category) FROM inbox i WHERE i.user_id = c.user_id AND ${OPEN}), 0
        FROM counted c
        UNION ALL
        SELECT c.user_id,
          (SELECT min(i.category) FROM inbox i WHERE i.user_id = c.user_id AND i.category > c.category AND ${OPEN}),
          c.place + 1
        FROM categories c WHERE c.category IS NOT NULL AND c.place < ${cap}
      )
    SELECT c.user_id, c.category, (
      SELECT count(*) FROM (
        SELECT 1 FROM inbox i
        WHERE i.user_id = c.user_id AND i.category = c.category AND ${OPEN}
        LIMIT ${cap} + 1
      ) few
    ) AS count
    FROM categories c WHERE c.category IS NOT NULL`
}

const countOfOne = prepare((db, { userId, cap }: { readonly userId: string; readonly cap: number }) =>
  selectCounts([userId], cap).compile(db),
)

function compareCounts(a: CategoryCount, b: CategoryCount): number {
  return b.count - a.count || (a.category < b.category ? -1 : 1)
}

function sumUp(categories: readonly CategoryRow[], revision: number, cap: number): UnreadCount {
  const total = categories.reduce((sum, { count }) => sum + count, 0)
  const byCategory = categories
    .filter(({ count }) => count > 0)
    .map(({ category, count }) => ({ category, count: Math.min(count, cap), isCapped: count > cap }))
    .sort(compareCounts)
  return { count: Math.min(total, cap), isCapped: total > cap, byCategory, revision }
}

/**
 * Counts the unread notifications of users: those that are neither read, archived, removed nor muted. Resolves to their counts in the order of the
 * users, each up to `cap`. A count does not depend on the time, so that one revision means one count; what expires is removed at a revision
 * of its own.
 */
export async function countUnreadOfAll(
  tx: Tx,
  users: readonly Counted[],
  cap: number,
): Promise<readonly UnreadCount[]> {
  const counts: UnreadCount[] = []
  await inTurns(users, USERS_PER_STATEMENT, async (some) => {
    const ids = some.map(({ userId }) => userId)
    const { rows } = await selectCounts(ids, cap).execute(tx)
    const byUser = Map.groupBy(rows, ({ user_id }) => user_id)
    counts.push(...some.map(({ userId, revision }) => sumUp(byUser.get(userId) ?? [], revision, cap)))
  })
  return counts
}

/** Counts the unread notifications of one user; see `countUnreadOfAll`. */
export async function countUnreadOf(tx: Tx, user: Counted, cap: number): Promise<UnreadCount> {
  return sumUp(await countOfOne(tx, { userId: user.userId, cap }), user.revision, cap)
}

// Sorted, or else Postgres may read the whole table in the hope of finding enough soon.
const countOfUnseen = prepare((db, { userId, limit }: { readonly userId: string; readonly limit: number }) =>
  sql<{ readonly count: number }>`
    SELECT count(*) AS count FROM (
      SELECT 1 FROM inbox i
      WHERE i.user_id = ${userId} AND i.seen_at IS NULL AND i.archived_at IS NULL AND i.removed_at IS NULL
        AND i.muted IS NULL
      ORDER BY i.arrived_revision
      LIMIT ${limit}
    ) few`.compile(db),
)

/**
 * Counts the unread notifications of one user as `countUnreadOf` does and, where `unseen` asks for it, also those that are unseen: neither
 * seen, archived, removed nor muted. What is read is seen.
 */
export async function countAskedOf(
  tx: Tx,
  user: Counted,
  { cap, unseen = false }: { readonly cap: number; readonly unseen?: boolean | undefined },
): Promise<UnreadCount> {
  const unread = await countUnreadOf(tx, user, cap)
  if (!unseen) return unread
  const [{ count } = { count: 0 }] = await countOfUnseen(tx, { userId: user.userId, limit: cap + 1 })
  return { ...unread, unseen: { count: Math.min(count, cap), isCapped: count > cap } }
}
