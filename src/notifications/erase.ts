import { sql } from 'kysely'
import type { Bus } from '../bus/bus.ts'
import { advanceLanes } from '../storage/lanes.ts'
import type { Tx } from '../storage/storage.ts'
import { EVERYONE, NO_FACTS } from './inbox.ts'
import { inboxLane, tellErased } from './inbox-events.ts'

/** What an erasure did, and how to tell the devices of it after the commit. */
export interface InboxErasure {
  /** How many notifications left the inbox for good. */
  readonly count: number
  tell(): void
}

/** Deletes the content of notifications that nobody else got. */
const deleteOwnContent = async (tx: Tx, userId: string): Promise<void> => {
  const own = tx
    .selectFrom('inbox as mine')
    .select('mine.notification_id')
    .where('mine.user_id', '=', userId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('inbox as other')
            .select('other.user_id')
            .whereRef('other.notification_id', '=', 'mine.notification_id')
            .where('other.user_id', '<>', userId)
            .where('other.removed_at', 'is', null),
        ),
      ),
    )
  // Not `IS NULL`: SQLite would look up all that are no announcement, which is nearly everything that there is.
  await tx.deleteFrom('notifications').where('id', 'in', own).where(sql`coalesce(announcement, 0)`, '=', 0).execute()
}

/** Takes the user out of what others were told. */
const forgetInContent = async (tx: Tx, userId: string): Promise<void> => {
  await tx.updateTable('notifications').set({ actor_id: null, actor: null }).where('actor_id', '=', userId).execute()
  await tx
    .updateTable('notifications')
    .set({ excluded_user_id: null })
    .where('announcement', '>', 0)
    .where('excluded_user_id', '=', userId)
    .execute()
}

/**
 * Makes the part of erasing a user that concerns notifications: the inbox with its marks, content that nobody else got, and
 * the user as the actor of what others got. Old cursors of the inbox expire.
 */
export const createErase =
  ({ bus }: { readonly bus: Bus }) =>
  async (tx: Tx, userId: string): Promise<InboxErasure> => {
    const lane = inboxLane(userId)
    // One erasure at a time: two recipients of the same notification would each take the other for one who keeps it.
    await advanceLanes(tx, [EVERYONE, lane], NO_FACTS)
    await deleteOwnContent(tx, userId)
    await forgetInContent(tx, userId)
    const { numDeletedRows } = await tx
      .deleteFrom('inbox')
      .where('user_id', '=', userId)
      .where('removed_at', 'is', null)
      .executeTakeFirstOrThrow()
    await tx.deleteFrom('inbox').where('user_id', '=', userId).execute()
    await tx.deleteFrom('bulk_marks').where('user_id', '=', userId).execute()
    await tx.deleteFrom('lanes').where('lane', '=', lane).execute()
    return { count: Number(numDeletedRows), tell: () => tellErased(bus, userId) }
  }
