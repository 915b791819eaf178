import { z } from 'zod'
import { identified, revision, terms } from '../bus/event-schema.ts'
import type { Mark, Notification, UnreadCount } from './notification.ts'

/** Notifications changed a mark. Either `upToRevision` or, where it is null, `ids` says which. */
export interface MarkedFact {
  readonly kind: 'marked'
  readonly revision: number
  readonly mark: Mark
  readonly ids: readonly string[]
  readonly upToRevision: number | null
  readonly category: string | null
  readonly at: number
}

/** One fact of an inbox, at the revision that made it. */
export type InboxFact =
  | { readonly kind: 'added'; readonly revision: number; readonly notification: Notification }
  | MarkedFact
  | { readonly kind: 'removed'; readonly revision: number; readonly ids: readonly string[] }

/** What one commit did to an inbox. */
export interface InboxEvent {
  /** The epoch of the lane; empty when the inbox was erased. */
  readonly epoch: string
  readonly previous: number
  readonly revision: number
  /** By revision. */
  readonly facts: readonly InboxFact[]
  readonly unread: UnreadCount
  /** See `Change.terms`. */
  readonly terms?: string | undefined
}

const ids = z.array(z.string())

const fact: z.ZodType<InboxFact> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('added'), revision, notification: identified<Notification>() }),
  z.object({
    kind: z.literal('marked'),
    revision,
    mark: z.enum(['SEEN', 'READ', 'UNREAD', 'ARCHIVED', 'UNARCHIVED']),
    ids,
    upToRevision: revision.nullable(),
    category: z.string().nullable(),
    at: z.number(),
  }),
  z.object({ kind: z.literal('removed'), revision, ids }),
])

const unread: z.ZodType<UnreadCount> = z.object({
  count: z.int().nonnegative(),
  isCapped: z.boolean(),
  byCategory: z.array(
    z.object({ category: z.string(), count: z.int().nonnegative(), isCapped: z.boolean().default(false) }),
  ),
  revision,
})

/** An `InboxEvent` that comes from another node. */
export const inboxEventSchema: z.ZodType<InboxEvent> = z.object({
  epoch: z.string(),
  previous: revision,
  revision,
  facts: z.array(fact),
  unread,
  terms: terms.optional(),
})
