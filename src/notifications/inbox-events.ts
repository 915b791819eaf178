import { z } from 'zod'
import { type Bus, type Topic, topic } from '../bus/bus.ts'
import { identified, revision, terms } from '../bus/event-schema.ts'
import { chunksOf, inTurns } from '../lib/chunks.ts'
import type { Tx } from '../storage/storage.ts'
import { recentTerms } from '../storage/stream-terms.ts'
import type { StreamState } from '../storage/streams.ts'
import { type Mark, type Notification, REMOVAL_REASONS, type RemovalReason, type UnreadCount } from './notification.ts'
import { countUnreadOfAll } from './unread.ts'

/** One change of an inbox, with the revision that made it. */
export type InboxFact =
  | { readonly kind: 'added'; readonly revision: number; readonly notification: Notification }
  | {
      readonly kind: 'marked'
      readonly revision: number
      readonly mark: Mark
      /** The ids of the notifications, where `upToRevision` is null. */
      readonly ids: readonly string[]
      /** All notifications that arrived up to this revision, of `category` or, where that is null, of all categories. */
      readonly upToRevision: number | null
      readonly category: string | null
      readonly at: number
    }
  | { readonly kind: 'updated'; readonly revision: number; readonly notification: Notification }
  | {
      readonly kind: 'removed'
      readonly revision: number
      readonly ids: readonly string[]
      readonly reason: RemovalReason
    }

/** What one commit did to an inbox, as it is published to the nodes. Example: a notification was added at revision 7. */
export interface InboxEvent {
  /** The epoch of the stream; empty when the inbox was erased. */
  readonly epoch: string
  readonly previous: number
  readonly revision: number
  /** The changes, sorted by revision. */
  readonly facts: readonly InboxFact[]
  readonly unread: UnreadCount
  /** The last terms of the stream; see `Change.terms`. */
  readonly terms?: string | undefined
}

/** The reason of removals by earlier versions, which did not say it. */
export const UNTOLD_REASON: RemovalReason = 'RETRACTED'

/** Checks a notification. Nodes of earlier versions, for which everything counts, do not say whether it does. */
const arrived: z.ZodType<Notification> = identified<Notification>().transform((notification) =>
  notification.isMuted === undefined ? { ...notification, isMuted: false } : notification,
)

const ids = z.array(z.string())

const fact: z.ZodType<InboxFact> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('added'), revision, notification: arrived }),
  z.object({
    kind: z.literal('marked'),
    revision,
    mark: z.enum(['SEEN', 'READ', 'UNREAD', 'ARCHIVED', 'UNARCHIVED']),
    ids,
    upToRevision: revision.nullable(),
    category: z.string().nullable(),
    at: z.number(),
  }),
  z.object({ kind: z.literal('updated'), revision, notification: arrived }),
  z.object({
    kind: z.literal('removed'),
    revision,
    ids,
    reason: z.enum(REMOVAL_REASONS).default(UNTOLD_REASON),
  }),
])

const unread: z.ZodType<UnreadCount> = z.object({
  count: z.int().nonnegative(),
  isCapped: z.boolean(),
  byCategory: z.array(
    z.object({ category: z.string(), count: z.int().nonnegative(), isCapped: z.boolean().default(false) }),
  ),
  revision,
})

/** Checks an `InboxEvent` that comes from another node. */
const inboxEventSchema: z.ZodType<InboxEvent> = z.object({
  epoch: z.string(),
  previous: revision,
  revision,
  facts: z.array(fact),
  unread,
  terms: terms.optional(),
})

/** What a write did to one inbox: an `InboxEvent` before its unread notifications are counted. */
export interface InboxWrite {
  readonly userId: string
  /** Where the stream stands after the write. */
  readonly stream: StreamState
  readonly previous: number
  readonly facts: readonly InboxFact[]
}

/** The most ids in one change, so that no single event is huge. */
const IDS_PER_FACT = 500
/** Events that are published before other work has its turn. */
const EVENTS_PER_TURN = 500

/** The name of the stream of a user's inbox, such as `user:ann`. */
export function inboxStream(userId: string): string {
  return `user:${userId}`
}

/** The topic on which the events of a user's inbox are published. */
export function inboxTopic(userId: string): Topic<InboxEvent> {
  return topic(inboxStream(userId), inboxEventSchema)
}

/** Makes changes of a mark of named notifications, each with at most 500 ids. */
export function markedFacts(revision: number, mark: Mark, ids: readonly string[], at: number): readonly InboxFact[] {
  return chunksOf(ids, IDS_PER_FACT).map((some) => ({
    kind: 'marked',
    revision,
    mark,
    ids: some,
    upToRevision: null,
    category: null,
    at,
  }))
}

/** Makes changes of removals, each with at most 500 ids. */
export function removedFacts(revision: number, ids: readonly string[], reason: RemovalReason): readonly InboxFact[] {
  return chunksOf(ids, IDS_PER_FACT).map((some) => ({ kind: 'removed', revision, ids: some, reason }))
}

function isBulk(fact: InboxFact | undefined): fact is Extract<InboxFact, { readonly kind: 'marked' }> {
  return fact?.kind === 'marked' && fact.upToRevision !== null
}

/** Returns changes in their order, with the parts of one mark of a whole inbox made one again, where no other change came between them. */
export function joinParts(facts: readonly InboxFact[]): readonly InboxFact[] {
  return facts.filter((fact, index) => {
    const next = facts[index + 1]
    if (!isBulk(fact) || !isBulk(next)) return true
    const isSame = fact.mark === next.mark && fact.at === next.at && fact.category === next.category
    return !isSame || (fact.upToRevision ?? 0) > (next.upToRevision ?? 0)
  })
}

/** Makes the events of writes, by user, with the unread counts that the writes lead to, up to `cap`. Runs in the transaction that wrote. */
export async function toEvents(
  tx: Tx,
  writes: readonly InboxWrite[],
  cap: number,
): Promise<ReadonlyMap<string, InboxEvent>> {
  const counted = writes.map(({ userId, stream: { revision } }) => ({ userId, revision }))
  const counts = await countUnreadOfAll(tx, counted, cap)
  const events = new Map<string, InboxEvent>()
  for (const [index, { userId, stream, previous, facts }] of writes.entries()) {
    const { epoch, revision, terms } = stream
    const unread = counts[index]
    if (unread) events.set(userId, { epoch, terms: recentTerms(terms), previous, revision, facts, unread })
  }
  return events
}

/** Publishes events to the devices of each user. Call it after the commit. */
export function publishEvents(bus: Bus, events: ReadonlyMap<string, InboxEvent>): Promise<void> {
  return inTurns([...events], EVENTS_PER_TURN, (some) => {
    for (const [userId, event] of some) bus.publish(inboxTopic(userId), event)
  })
}

const NOTHING_UNREAD: UnreadCount = { count: 0, isCapped: false, byCategory: [], revision: 0 }

/** Publishes to the devices of a user that their inbox is gone. Their subscriptions to it end with CURSOR_EXPIRED. */
export function publishErased(bus: Bus, userId: string): void {
  bus.publish(inboxTopic(userId), { epoch: '', previous: 0, revision: 0, facts: [], unread: NOTHING_UNREAD })
}
