import { type Bus, type Topic, topic } from '../bus/bus.ts'
import { chunksOf, inTurns } from '../lib/chunks.ts'
import { recentTerms } from '../storage/lane-terms.ts'
import type { LaneState } from '../storage/lanes.ts'
import type { Tx } from '../storage/storage.ts'
import { type InboxEvent, type InboxFact, inboxEventSchema } from './inbox-event.ts'
import type { Mark, UnreadCount } from './notification.ts'
import { countUnread } from './unread.ts'

/** What a write did to one inbox. */
export interface InboxWrite {
  readonly userId: string
  /** After the write. */
  readonly lane: LaneState
  readonly previous: number
  readonly facts: readonly InboxFact[]
}

/** An event and whom to tell. */
export interface AddressedEvent {
  readonly userId: string
  readonly event: InboxEvent
}

/** Ids of one fact, so that no single event is huge. */
const IDS_PER_FACT = 500
/** Events told before others have their turn. */
const EVENTS_PER_TURN = 500

/** The lane of a user's inbox. */
export const inboxLane = (userId: string): string => `user:${userId}`

/** Where the events of a user's inbox are told. */
export const inboxTopic = (userId: string): Topic<InboxEvent> => topic(inboxLane(userId), inboxEventSchema)

/** The facts that marks of named notifications are. */
export const markedFacts = (revision: number, mark: Mark, ids: readonly string[], at: number): readonly InboxFact[] =>
  chunksOf(ids, IDS_PER_FACT).map((some) => ({
    kind: 'marked',
    revision,
    mark,
    ids: some,
    upToRevision: null,
    category: null,
    at,
  }))

/** The facts that removals are. */
export const removedFacts = (revision: number, ids: readonly string[]): readonly InboxFact[] =>
  chunksOf(ids, IDS_PER_FACT).map((some) => ({ kind: 'removed', revision, ids: some }))

/** Makes the events of writes, with the unread counts that they lead to. Part of the transaction that wrote. */
export const toEvents = async (
  tx: Tx,
  writes: readonly InboxWrite[],
  cap: number,
): Promise<readonly AddressedEvent[]> => {
  const counted = writes.map(({ userId, lane: { revision } }) => ({ userId, revision }))
  const counts = await countUnread(tx, counted, cap)
  return writes.flatMap(({ userId, lane: { epoch, revision, terms }, previous, facts }, index) => {
    const unread = counts[index]
    return unread ? { userId, event: { epoch, terms: recentTerms(terms), previous, revision, facts, unread } } : []
  })
}

/** Tells the devices of each user. Call it after the commit. */
export const tell = (bus: Bus, events: readonly AddressedEvent[]): Promise<void> =>
  inTurns(events, EVENTS_PER_TURN, (some) => {
    for (const { userId, event } of some) bus.publish(inboxTopic(userId), event)
  })

const NOTHING_UNREAD: UnreadCount = { count: 0, isCapped: false, byCategory: [], revision: 0 }

/** Tells the devices of a user that their inbox is gone: what they follow ends with CURSOR_EXPIRED. */
export const tellErased = (bus: Bus, userId: string): void =>
  bus.publish(inboxTopic(userId), { epoch: '', previous: 0, revision: 0, facts: [], unread: NOTHING_UNREAD })
