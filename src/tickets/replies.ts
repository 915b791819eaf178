import type { Viewer } from '../auth/viewer.ts'
import { badInput, notFound } from '../lib/errors.ts'
import type { Wanted } from '../lib/wanted.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { audienceOf, COLUMNS } from './audience.ts'
import type { MessageDraft } from './message-input.ts'
import { messageColumns, type TicketMessage, toMessage } from './ticket-message.ts'

/**
 * Checks that a message may answer the one that it names. Throws NOT_FOUND when that is not in its ticket, or nothing that the viewer may
 * know of. Throws BAD_USER_INPUT for a public answer to a note, of which customers must not sense that it exists.
 */
export async function requireReplyTo(
  tx: Tx,
  viewer: Viewer,
  { ticketId, replyToId, visibility }: Pick<MessageDraft, 'ticketId' | 'replyToId' | 'visibility'>,
): Promise<void> {
  if (replyToId === null) return
  const found = await tx
    .selectFrom('messages')
    .select('public_number')
    .where('id', '=', replyToId)
    .where('ticket_id', '=', ticketId)
    .executeTakeFirst()
  const isNote = found?.public_number === null
  if (!found || (isNote && audienceOf(viewer) === 'public')) throw notFound('Message')
  if (isNote && visibility === 'PUBLIC')
    throw badInput('replyToId names an internal note, which no public message can answer.')
}

/** Creates `Tickets.repliedTo`, which reads the messages that others answer, with one statement. */
export function createRepliedTo({ storage }: { readonly storage: Storage }) {
  return async (
    viewer: Viewer,
    messages: readonly Pick<TicketMessage, 'replyToId'>[],
    wanted?: Wanted,
  ): Promise<readonly (TicketMessage | null)[]> => {
    const audience = audienceOf(viewer)
    const ids = new Set(messages.flatMap(({ replyToId }) => replyToId ?? []))
    if (ids.size === 0) return messages.map(() => null)
    const rows = await storage.readOne((db) =>
      db
        .selectFrom('messages')
        .select([...messageColumns(wanted, audience), 'id'])
        .where('id', 'in', [...ids])
        .where(COLUMNS[audience].number, 'is not', null)
        .execute(),
    )
    const byId = new Map(rows.map((row) => [row.id, toMessage(row, audience)]))
    return messages.map(({ replyToId }) => byId.get(replyToId ?? '') ?? null)
  }
}
