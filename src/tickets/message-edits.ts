import { isStaff, type Viewer } from '../auth/viewer.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { MessageRow, TicketMessage } from './ticket-message.ts'

/** An earlier text of a message, and when it was replaced, in milliseconds since 1970. */
export interface MessageEdit {
  readonly body: string
  readonly at: number
}

/** The earlier texts of a message that are kept; older ones are forgotten. */
const MAX_EDITS = 20

/** Keeps the text that a message had until now. `revision` is that of the staff stream which replaces it. */
export async function keepEdit(
  tx: Tx,
  { id, body }: Pick<MessageRow, 'id' | 'body'>,
  { revision, at }: { readonly revision: number; readonly at: number },
): Promise<void> {
  if (body === null) return
  await tx.insertInto('message_edits').values({ message_id: id, revision, body, at }).execute()
  const tooOld = tx
    .selectFrom('message_edits')
    .select('revision')
    .where('message_id', '=', id)
    .orderBy('revision', 'desc')
    .offset(MAX_EDITS)
    .limit(1)
  await tx.deleteFrom('message_edits').where('message_id', '=', id).where('revision', '<=', tooOld).execute()
}

/** Forgets the earlier texts of messages, which are deleted or erased. */
export async function forgetEdits(tx: Tx, messageIds: readonly string[]): Promise<void> {
  await tx.deleteFrom('message_edits').where('message_id', 'in', messageIds).execute()
}

const NONE: readonly MessageEdit[] = []

/** Whether a message has no earlier text that the viewer may see. It is known without reading. */
export function hasNoEdits(message: Pick<TicketMessage, 'editedAt' | 'deletedAt'>): boolean {
  return message.editedAt === null || message.deletedAt !== null
}

/** Creates `Tickets.edits`, which reads the earlier texts of messages with one statement. Customers get none. */
export function createEdits({ storage }: { readonly storage: Storage }) {
  return async (
    viewer: Viewer,
    messages: readonly Pick<TicketMessage, 'id'>[],
  ): Promise<readonly (readonly MessageEdit[])[]> => {
    if (!isStaff(viewer) || messages.length === 0) return messages.map(() => NONE)
    const ids = messages.map(({ id }) => id)
    const rows = await storage.readOne((db) =>
      db
        .selectFrom('message_edits')
        .select(['message_id', 'body', 'at'])
        .where('message_id', 'in', ids)
        .orderBy('revision', 'desc')
        .execute(),
    )
    const byMessage = Map.groupBy(rows, ({ message_id }) => message_id)
    return ids.map((id) => byMessage.get(id)?.map(({ body, at }) => ({ body, at })) ?? NONE)
  }
}
