import { sql } from 'kysely'
import { expect } from 'vitest'
import type { UnreadCount } from '../../src/notifications/notification.ts'
import type { Storage, Tx } from '../../src/storage/storage.ts'

/** Knows what was unread at each revision of an inbox, by counting itself whenever something was written. */
export interface InboxCounts {
  /** The same storage, but it counts. */
  readonly storage: Storage
  /** Expects that the count is what was stored at its revision. */
  check(unread: UnreadCount): void
}

interface CategoryRow {
  readonly category: string
  readonly count: number
}

interface Stored {
  readonly rows: readonly CategoryRow[]
  readonly unseen: number
}

async function countAll(tx: Tx, userId: string): Promise<Stored> {
  const { rows } = await sql<CategoryRow>`
    SELECT category, count(*) AS count FROM inbox
    WHERE user_id = ${userId} AND read_at IS NULL AND archived_at IS NULL AND removed_at IS NULL AND muted IS NULL
    GROUP BY category`.execute(tx)
  const unseen = await sql<{ count: number }>`
    SELECT count(*) AS count FROM inbox
    WHERE user_id = ${userId} AND seen_at IS NULL AND archived_at IS NULL AND removed_at IS NULL
      AND muted IS NULL`.execute(tx)
  return { rows, unseen: Number(unseen.rows[0]?.count) }
}

/** Counts for one user. */
export function createInboxCounts(inner: Storage, userId: string, cap: number): InboxCounts {
  const known = new Map<number, Stored>([[0, { rows: [], unseen: 0 }]])
  const storage: Storage = {
    ...inner,
    write: async (work, stream) => {
      const { result, revision, stored } = await inner.write(async (tx) => {
        const done = await work(tx)
        const row = await tx
          .selectFrom('streams')
          .select('revision')
          .where('stream', '=', `user:${userId}`)
          .executeTakeFirst()
        return { result: done, revision: row?.revision ?? 0, stored: await countAll(tx, userId) }
      }, stream)
      known.set(revision, stored)
      return result
    },
  }
  return {
    storage,
    check: ({ count, isCapped, byCategory, revision, unseen }) => {
      const { rows, unseen: stored = 0 } = known.get(revision) ?? {}
      expect(rows, `a count at revision ${revision}`).toBeDefined()
      if (unseen) expect(unseen).toEqual({ count: Math.min(stored, cap), isCapped: stored > cap })
      const total = rows?.reduce((sum, row) => sum + row.count, 0) ?? 0
      expect({ count, isCapped, revision }).toEqual({ count: Math.min(total, cap), isCapped: total > cap, revision })
      const capped = rows?.map((row) => [row.category, Math.min(row.count, cap)]) ?? []
      expect(Object.fromEntries(byCategory.map((row) => [row.category, row.count]))).toEqual(Object.fromEntries(capped))
    },
  }
}
