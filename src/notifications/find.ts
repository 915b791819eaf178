import type { Viewer } from '../auth/viewer.ts'
import { requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { NOTIFICATION_ID } from '../lib/values.ts'
import type { Wanted } from '../lib/wanted.ts'
import type { ReadInbox } from './inbox-reader.ts'
import { readByIds } from './inbox-rows.ts'
import type { Notification } from './notification.ts'

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
      const found = await readByIds(tx, { userId, now, wanted }, named)
      return ids.map((id) => found.get(id) ?? null)
    })
  }
}
