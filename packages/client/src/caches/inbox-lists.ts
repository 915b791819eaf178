import type { NotificationFilter } from '../document-types.ts'
import { asksForReload, type InboxEvent, type InboxTruth, reduceInbox } from '../inbox-reducer.ts'

/** A notification, an event or a mark, as far as a document has asked for it. */
export type Selected = Readonly<Record<string, unknown>>

/** What places a notification in a list. What a document has not asked for is taken as it usually is. */
const USUAL = {
  revision: 0,
  arrivedRevision: 0,
  seenAt: null,
  readAt: null,
  archivedAt: null,
  snoozedUntil: null,
  isMuted: false,
  category: '',
  type: '',
  priority: 'NORMAL',
} as const

/** The fields by which notifications are listed. */
export const PLACING = Object.keys(USUAL) as readonly (keyof typeof USUAL)[]

/** The fields that marks change. */
const MARKED = ['seenAt', 'readAt', 'archivedAt'] as const

/** An entry of a list: its id, and those of the fields `PLACING` that are known. */
export type ListedNotification = Selected & { readonly id: string }

/** A list in a cache. */
export interface NotificationList {
  readonly items: readonly ListedNotification[]
  readonly hasMore: boolean
  readonly filter: NotificationFilter
}

/** What an event does to a list. */
export interface InboxChange {
  /** The ids that the list has now, in their order; undefined when they are the same. */
  readonly ids: readonly string[] | undefined
  /** The marks that have changed, by the ids of notifications. */
  readonly marks: Readonly<Record<string, Selected>>
  /** What is in the list cannot be told by the event: it has to be loaded again. */
  readonly isUnknown: boolean
}

/** What is newer than all that a document has asked the revision of. */
const NEWEST = Number.MAX_SAFE_INTEGER

function over(base: Selected, item: Selected): Selected {
  return { ...base, ...Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)) }
}

/** The entries with all that places them. Where it is not known when they arrived, they stay in their order. */
function completeItems(items: readonly Selected[]) {
  const isOrderKnown = items.every((item) => item['arrivedRevision'] !== undefined)
  const known = items.map((item, index) => ({
    ...over(USUAL, item),
    ...(isOrderKnown ? {} : { arrivedRevision: items.length - index }),
  }))
  return { known, isOrderKnown }
}

/** An event as the reducer takes it. What its document has left out is what is known, or usual. */
function completeEvent(event: Selected, known: readonly Selected[], isOrderKnown: boolean): InboxEvent {
  const completeItem = (item: Selected): Selected => {
    const held = known.find(({ id }) => id === item['id'])
    const arrived = event['__typename'] === 'NotificationAdded' || !held ? NEWEST : held['arrivedRevision']
    const base = { ...USUAL, ...held, revision: NEWEST, arrivedRevision: arrived }
    return isOrderKnown ? over(base, item) : { ...over(base, item), arrivedRevision: arrived }
  }
  const { notification, notifications } = event
  return {
    upToRevision: null,
    category: null,
    unread: { revision: 0 },
    ...event,
    ids: event['ids'] ?? [],
    at: event['at'] ?? new Date().toISOString(),
    notifications: ((notifications ?? []) as readonly Selected[]).map(completeItem),
    ...(notification ? { notification: completeItem(notification as Selected) } : {}),
  } as unknown as InboxEvent
}

function changedMarks(before: readonly Selected[], after: readonly Selected[]): Record<string, Selected> {
  const known = new Map(before.map((item) => [item['id'], item]))
  return Object.fromEntries(
    after.flatMap((item) => {
      const held = known.get(item['id'])
      const changed = MARKED.filter((name) => held && held[name] !== item[name]).map((name) => [name, item[name]])
      return changed.length > 0 ? [[item['id'], Object.fromEntries(changed)]] : []
    }),
  )
}

/** Says what an event of the inbox does to a list. The event, and the entries, have what documents have asked for. */
export function changeInboxList({ items, hasMore, filter }: NotificationList, event: Selected): InboxChange {
  const { known, isOrderKnown } = completeItems(items)
  const truth: InboxTruth = {
    items: known as unknown as InboxTruth['items'],
    unread: null,
    hasMore,
    endCursor: null,
    oldest: Number(known.at(-1)?.['arrivedRevision'] ?? 0),
  }
  const whole = completeEvent(event, known, isOrderKnown)
  const next = reduceInbox(truth, whole, filter).items
  const ids = next.map(({ id }) => id)
  const isSame = ids.length === items.length && ids.every((id, index) => id === items[index]?.id)
  // Those that left a list by a filter are marked as well.
  const marked = reduceInbox(truth, whole, { archived: null, snoozed: null }).items
  return {
    ids: isSame ? undefined : ids,
    marks: whole.__typename === 'NotificationsMarked' ? changedMarks(known, marked as unknown as Selected[]) : {},
    isUnknown: asksForReload(whole, filter),
  }
}

/** The newer of two counts, of which each has what its document has asked for. What only the older one has, stays. */
export function newerSelectedCount(held: Selected | undefined, came: Selected): Selected {
  if (!held) return came
  const isOlder = Number(held['revision'] ?? 0) > Number(came['revision'] ?? Number.POSITIVE_INFINITY)
  return isOlder ? { ...came, ...held } : { ...held, ...came }
}

/** The event that an answer to a mutation amounts to, for lists; undefined when it says nothing of them. */
export function eventOfAnswer(answer: Selected): Selected | undefined {
  const { __typename, notifications, deletedIds, unread } = answer
  if (__typename === 'MarkPayload' && notifications) return { __typename: 'NotificationsMarked', notifications, unread }
  if (__typename === 'DeleteNotificationsPayload')
    return { __typename: 'NotificationsRemoved', ids: deletedIds, unread }
  return undefined
}
