import { z } from 'zod'
import type { Viewer } from '../auth/viewer.ts'
import { badInput } from '../lib/errors.ts'
import { requireText } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { TICKET_ID } from '../lib/values.ts'
import {
  importedActor,
  importedId,
  importedObject,
  importedText,
  importedTime,
  OLD_ID,
  requirePast,
  requireShape,
} from '../storage/import-kind.ts'
import { type MessageDraft, requireMessageDraft } from './message-input.ts'

/** A message as it is imported. Its `replyToId` is an id of Herald. */
export interface ImportedMessage extends MessageDraft {
  readonly id: string
  readonly createdAt: number
  readonly editedAt: number | null
}

const shape = z.strictObject({
  kind: z.literal('message'),
  id: importedText,
  ticketId: importedText,
  author: importedActor,
  body: z.string().nullish(),
  visibility: z
    .enum(['PUBLIC', 'INTERNAL'])
    .nullish()
    .transform((visibility) => visibility ?? undefined),
  data: importedObject.nullish(),
  attachments: z
    .array(
      z.strictObject({
        fileId: z.string().nullish(),
        name: z.string(),
        mediaType: z.string(),
        bytes: z.int().nullish(),
        url: z.string(),
      }),
    )
    .nullish(),
  replyToId: importedText.nullish(),
  createdAt: importedTime,
  editedAt: importedTime.nullish(),
})

/** Messages are written as a backend writes them for their authors. */
const BACKEND: Viewer = { userId: 'import', role: 'BACKEND', name: null, avatarUrl: null, expiresAt: 0 }

/** The id of an imported message, by the ids of its ticket and of itself where it comes from. */
export function messageIdOf(ticketId: string, oldId: string): string {
  return importedId('message', ticketId, oldId)
}

/** Checks a message that is to be imported at the time `now`. Throws BAD_USER_INPUT, or FORBIDDEN for an internal note of a customer. */
export function requireImportedMessage(value: unknown, limits: Limits, now: number): ImportedMessage {
  const { id, ticketId, createdAt, editedAt, replyToId, ...input } = requireShape(shape, value)
  requireText('id', id, OLD_ID)
  requireText('ticketId', ticketId, TICKET_ID)
  if (replyToId != null) requireText('replyToId', replyToId, OLD_ID)
  requirePast({ createdAt, editedAt }, now)
  if (editedAt != null && editedAt < createdAt) throw badInput('editedAt must not be before createdAt.')
  return {
    ...requireMessageDraft(BACKEND, { ...input, ticketId }, limits),
    id: messageIdOf(ticketId, id),
    replyToId: replyToId == null ? null : messageIdOf(ticketId, replyToId),
    createdAt,
    editedAt: editedAt ?? null,
  }
}
