import { sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import type { ErasedMessages } from './erase-messages.ts'
import { moveMessages } from './move-messages.ts'
import { readReactions } from './reactions.ts'

/** Reactions that one step erases, so that it holds up nobody. */
const REACTIONS_PER_STEP = 500

/** Finds some tickets in which a user has reacted to a message. */
export async function findReacted(tx: Tx, userId: string, max: number): Promise<readonly { readonly id: string }[]> {
  return tx
    .selectFrom('reactions')
    .select('ticket_id as id')
    .distinct()
    .where('user_id', '=', userId)
    .limit(max)
    .execute()
}

async function takeReactions(tx: Tx, userId: string, ticketIds: readonly string[]): Promise<readonly string[]> {
  const some = await tx
    .selectFrom('reactions')
    .select(['message_id', 'emoji'])
    .where('user_id', '=', userId)
    .where('ticket_id', 'in', ticketIds)
    .limit(REACTIONS_PER_STEP)
    .execute()
  for (const [emoji, rows] of Map.groupBy(some, (row) => row.emoji)) {
    const ids = rows.map(({ message_id }) => message_id)
    const mine = tx.deleteFrom('reactions').where('message_id', 'in', ids).where('user_id', '=', userId)
    await mine.where('emoji', '=', emoji).execute()
  }
  return [...new Set(some.map(({ message_id }) => message_id))]
}

/**
 * Removes reactions of a user in these tickets, some hundreds at most, and moves the messages that had them. The streams of the tickets
 * must be locked. Resolves to the revisions that the streams reached, by ticket; empty when nothing was left.
 */
export async function eraseReactions(
  tx: Tx,
  userId: string,
  ticketIds: readonly string[],
): Promise<ReadonlyMap<string, ErasedMessages['revisions']>> {
  const ids = await takeReactions(tx, userId, ticketIds)
  if (ids.length === 0) return new Map()
  const found = await tx
    .selectFrom('messages')
    .select(['id', 'ticket_id', 'public_number', 'staff_number'])
    .where('id', 'in', ids)
    .execute()
  const { rows, ofMessages, ofStreams } = await moveMessages(tx, found)
  const shown = await readReactions(tx, ids)
  const values = rows.map(({ id }) => {
    const [inPublic, inStaff] = [ofMessages.public.get(id) ?? null, ofMessages.staff.get(id) ?? null]
    return sql`(${id}, CAST(${shown.get(id) ?? null} AS text), CAST(${inPublic} AS bigint), CAST(${inStaff} AS bigint))`
  })
  await sql`
    WITH changed (id, reactions, public_revision, staff_revision) AS (VALUES ${sql.join(values)})
    UPDATE messages SET reactions = changed.reactions,
      public_revision = changed.public_revision, staff_revision = changed.staff_revision
    FROM changed WHERE messages.id = changed.id
  `.execute(tx)
  return new Map(
    rows.map(({ ticket_id: id }) => [id, { public: ofStreams.public.get(id), staff: ofStreams.staff.get(id) }]),
  )
}
