import { type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'

/** Content that nobody finds in an inbox. */
export const isNowhere = ({ not, exists, selectFrom }: ExpressionBuilder<Tables, 'notifications'>) =>
  not(
    exists(
      selectFrom('inbox')
        .select('inbox.user_id')
        .whereRef('inbox.notification_id', '=', 'notifications.id')
        .where('inbox.removed_at', 'is', null),
    ),
  )

/**
 * Deletes the content of these notifications that is in no inbox any more and can get into none: that of an announcement only when it had
 * expired by `now`; left out: never.
 */
export const deleteContent = async (tx: Tx, ids: readonly string[], now?: number): Promise<void> => {
  await tx
    .deleteFrom('notifications')
    .where('id', 'in', ids)
    .where(isNowhere)
    .where((eb) => {
      // Not `IS NULL`: SQLite would look up all that are no announcement, which is nearly everything that there is.
      const isPlain = sql<SqlBool>`coalesce(announcement, 0) = 0`
      return now === undefined ? isPlain : eb.or([isPlain, eb('expires_at', '<=', now)])
    })
    .execute()
}
