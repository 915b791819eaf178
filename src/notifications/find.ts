import type { Viewer } from '../auth/viewer.ts'
import { requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { NOTIFICATION_ID } from '../lib/values.ts'
import type { Wanted } from '../lib/wanted.ts'
import { findEntries } from './group-arrivals.ts'
import type { ReadInbox } from './inbox-reader.ts'
import { readByIds } from './inbox-rows.ts'
import type { Notification } from './notification.ts'

const NO_ENTRIES: ReadonlyMap<string, string> = new Map()

/** What `createFind` needs. */
export interface FindDeps {
  readonly readInbox: ReadInbox
  readonly limits: Limits
}

/**
 * Creates `Notifications.find`. Archived notifications are found, too. Throws BAD_USER_INPUT when there is no id, or more than a page has.
 */
export function createFind({ readInbox, limits }: FindDeps) {
  return async (
    { userId }: Viewer,
    ids: readonly string[],
    wanted?: Wanted,
  ): Promise<readonly (Notification | null)[]> => {
    const named = requireTexts('ids', ids, limits.pageSize, NOTIFICATION_ID)
    return readInbox(userId, async (tx, _stream, now) => {
      const reading = { userId, now, wanted }
      const found = await readByIds(tx, reading, named)
      const missing = named.filter((id) => !found.has(id))
      const entries = missing.length === 0 ? NO_ENTRIES : await findEntries(tx, userId, missing)
      const groups = entries.size === 0 ? found : await readByIds(tx, reading, [...new Set(entries.values())])
      return ids.map((id) => found.get(id) ?? groups.get(entries.get(id) ?? id) ?? null)
    })
  }
}
