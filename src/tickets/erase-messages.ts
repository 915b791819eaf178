import { sql } from 'kysely'
import type { Tx } from '../storage/storage.ts'
import type { Audience } from './audience.ts'
import { forgetEdits } from './message-edits.ts'
import { moveMessages } from './move-messages.ts'
import { forgetReactions } from './reactions.ts'
import { forgetTexts } from './search-texts.ts'

/** The id of the author of messages that an erased user wrote. */
const ERASED = 'erased'

/** Messages that one step erases, so that it holds up nobody. */
export const MESSAGES_PER_STEP = 500

/** What was erased in one ticket. */
export interface ErasedMessages {
  /** How many messages were erased. */
  readonly count: number
  /** The revision that the stream of each audience reached. Undefined where nothing changed. */
  readonly revisions: Readonly<Record<Audience, number | undefined>>
}

/** Selects messages of a user of which something is left. It holds also for a user whose own id is `erased`. */
export function selectWritten(tx: Tx, userId: string) {
  return tx
    .selectFrom('messages')
    .where('author_id', '=', userId)
    .$if(userId === ERASED, (query) =>
      query.where((eb) =>
        eb.or([eb('body', 'is not', null), eb('data', 'is not', null), eb('deleted_at', 'is', null)]),
      ),
    )
}

/** The author of an erased message. The role stays, since it is part of the conversation; the person does not. */
function nobody(author: string): string {
  return JSON.stringify({ id: ERASED, role: JSON.parse(author).role, name: null, avatarUrl: null })
}

/**
 * Removes text, data, attachments, earlier texts and author of messages that a user wrote in these tickets, at most `MESSAGES_PER_STEP`. The streams of the tickets
 * must be locked. Resolves to what was erased, by ticket; empty when nothing was left.
 */
export async function eraseMessages(
  tx: Tx,
  userId: string,
  ticketIds: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, ErasedMessages>> {
  const found = await selectWritten(tx, userId)
    .where('ticket_id', 'in', ticketIds)
    .select(['id', 'ticket_id', 'author', 'public_number', 'staff_number'])
    .limit(MESSAGES_PER_STEP)
    .execute()
  if (found.length === 0) return new Map()
  const { rows, ofMessages, ofStreams } = await moveMessages(tx, found)
  const values = rows.map(({ id, author }) => {
    const [inPublic, inStaff] = [ofMessages.public.get(id) ?? null, ofMessages.staff.get(id) ?? null]
    return sql`(${id}, ${nobody(author)}, CAST(${inPublic} AS bigint), CAST(${inStaff} AS bigint))`
  })
  await sql`
    WITH erased (id, author, public_revision, staff_revision) AS (VALUES ${sql.join(values)})
    UPDATE messages SET author_id = ${ERASED}, author = erased.author, body = NULL, data = NULL, attachments = NULL, reactions = NULL,
      client_message_id = NULL,
      deleted_at = coalesce(messages.deleted_at, CAST(${now} AS bigint)),
      public_revision = erased.public_revision, staff_revision = erased.staff_revision
    FROM erased WHERE messages.id = erased.id
  `.execute(tx)
  const ids = rows.map(({ id }) => id)
  await forgetEdits(tx, ids)
  await forgetReactions(tx, ids)
  await forgetTexts(tx, ids)
  return new Map(
    [...Map.groupBy(rows, ({ ticket_id }) => ticket_id)].map(([ticketId, { length }]) => [
      ticketId,
      { count: length, revisions: { public: ofStreams.public.get(ticketId), staff: ofStreams.staff.get(ticketId) } },
    ]),
  )
}
