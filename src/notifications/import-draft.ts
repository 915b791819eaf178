import { z } from 'zod'
import { requireText } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { USER_ID } from '../lib/values.ts'
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
import { OPTIONAL_FIELDS, type OptionalField } from '../storage/notification-fields.ts'
import { type Content, isLate, late, requireContent } from './content.ts'

/** When something was marked, in milliseconds since 1970. Null: it was not. */
export interface OldMarks {
  readonly seen_at: number | null
  readonly read_at: number | null
  readonly archived_at: number | null
}

/** A notification in the inbox of a user, as it is imported. */
export interface NotificationDraft {
  readonly userId: string
  readonly content: Content
  readonly marked: OldMarks
}

const optionalFields = Object.fromEntries(
  Object.keys(OPTIONAL_FIELDS).map((field) => [field, z.string().nullish()]),
) as unknown as { readonly [Field in OptionalField]: z.ZodType<string | null | undefined> }

const shape = z.strictObject({
  kind: z.literal('notification'),
  id: importedText,
  userId: importedText,
  type: z.string(),
  category: z.string().nullish(),
  title: z.string(),
  body: z.string().nullish(),
  data: importedObject.nullish(),
  actor: importedActor.nullish(),
  ...optionalFields,
  priority: z
    .enum(['LOW', 'NORMAL', 'HIGH', 'URGENT'])
    .nullish()
    .transform((priority) => priority ?? undefined),
  createdAt: importedTime,
  expiresAt: importedTime.nullish(),
  seenAt: importedTime.nullish(),
  readAt: importedTime.nullish(),
  archivedAt: importedTime.nullish(),
})

/** Checks a notification that is to be imported at the time `now`. Throws BAD_USER_INPUT, as `notify` does. */
export function requireNotificationDraft(value: unknown, limits: Limits, now: number): NotificationDraft {
  const { id: oldId, userId, createdAt, seenAt, readAt, archivedAt, ...input } = requireShape(shape, value)
  requireText('id', oldId, OLD_ID)
  requireText('userId', userId, USER_ID)
  requirePast({ createdAt, seenAt, readAt, archivedAt }, now)
  const content = requireContent(input, limits, createdAt)
  if (isLate({ ...content, created_at: now })) throw late()
  return {
    userId,
    content: { ...content, id: importedId('notification', userId, oldId) },
    // What is read was seen.
    marked: { seen_at: seenAt ?? readAt ?? null, read_at: readAt ?? null, archived_at: archivedAt ?? null },
  }
}
