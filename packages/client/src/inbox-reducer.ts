import type { InboxEventsResult, Mark, Notification, NotificationFilter, UnreadCount } from './document-types.ts'
import { newerCount } from './unread-count.ts'

/** One change of the inbox, as Herald says it. */
export type InboxEvent = InboxEventsResult['notificationEvents']

/** What is known of an inbox, from Herald alone. */
export interface InboxTruth {
  /** Newest first, each once: all that match the filter, down to `oldest`. */
  readonly items: readonly Notification[]
  readonly unread: UnreadCount | null
  /** There are older ones. */
  readonly hasMore: boolean
  /** Where the next page begins. */
  readonly endCursor: string | null
  /** The `arrivedRevision` of the oldest that was loaded. */
  readonly oldest: number
}

/** A mark that was made here and is not known to Herald's events yet. `REMOVED` stands for deleting and snoozing. */
export interface PendingMark {
  readonly mark: Mark | 'REMOVED'
  /** Which ones; null when `upToRevision` says it. */
  readonly ids: readonly string[] | null
  readonly upToRevision: number
  /** Only this category; null for all. */
  readonly category: string | null
  /** Only what is read. */
  readonly onlyRead: boolean
  /** When it was made. */
  readonly at: string
}

/** An inbox of which nothing is known. */
export const UNKNOWN_INBOX: InboxTruth = { items: [], unread: null, hasMore: false, endCursor: null, oldest: 0 }

/** Whether a set filter takes a moment: true wants one, false none. */
function takes(wanted: boolean | null | undefined, moment: string | null): boolean {
  return wanted == null || wanted === (moment !== null)
}

function isAmong(wanted: readonly string[] | null | undefined, value: string): boolean {
  return !wanted || wanted.includes(value)
}

/** Whether a filter takes a notification, as Herald's list does. */
export function matchesFilter(item: Notification, filter: NotificationFilter): boolean {
  const { archived = false, snoozed = false } = filter
  return (
    takes(filter.read, item.readAt) &&
    takes(filter.seen, item.seenAt) &&
    takes(archived, item.archivedAt) &&
    takes(snoozed, item.snoozedUntil) &&
    (filter.muted == null || filter.muted === item.isMuted) &&
    isAmong(filter.categories, item.category) &&
    isAmong(filter.types, item.type) &&
    isAmong(filter.priorities, item.priority)
  )
}

function isMarked({ seenAt, readAt, archivedAt }: Notification, mark: Mark): boolean {
  if (mark === 'SEEN') return seenAt !== null
  return mark === 'READ' ? readAt !== null : archivedAt !== null
}

function withMark(item: Notification, mark: Mark, at: string): Notification {
  if (mark === 'SEEN') return { ...item, seenAt: item.seenAt ?? at }
  if (mark === 'READ') return { ...item, readAt: at, seenAt: item.seenAt ?? at }
  if (mark === 'UNREAD') return { ...item, readAt: null }
  return { ...item, archivedAt: mark === 'ARCHIVED' ? at : null }
}

type Meant = Pick<PendingMark, 'ids' | 'upToRevision' | 'category' | 'onlyRead'>

/** A mark of named ones is meant for each of them; one of all for those that are not marked so yet. */
function isMeant(item: Notification, mark: Mark, { ids, upToRevision, category, onlyRead }: Meant): boolean {
  if (item.snoozedUntil !== null) return false
  if (ids) return ids.includes(item.id)
  const isInScope = item.arrivedRevision <= upToRevision && (category === null || category === item.category)
  return isInScope && !isMarked(item, mark) && (!onlyRead || item.readAt !== null)
}

/** Puts a notification in its place, in the place of the one that is there. An older version changes nothing. */
function put(truth: InboxTruth, item: Notification, filter: NotificationFilter): InboxTruth {
  const held = truth.items.find(({ id }) => id === item.id)
  if (held && held.revision > item.revision) return truth
  const others = held ? truth.items.filter((other) => other !== held) : truth.items
  const isShown = matchesFilter(item, filter) && (!truth.hasMore || item.arrivedRevision >= truth.oldest)
  if (!isShown) return held ? { ...truth, items: others } : truth
  const below = others.findIndex(({ arrivedRevision }) => arrivedRevision < item.arrivedRevision)
  const at = below === -1 ? others.length : below
  return { ...truth, items: [...others.slice(0, at), Object.freeze(item), ...others.slice(at)] }
}

/** Applies a change of each item; what is the same object stays, and so does the list when all are. */
function mapItems(
  items: readonly Notification[],
  filter: NotificationFilter,
  change: (item: Notification) => Notification | null,
): readonly Notification[] {
  let hasChanged = false
  const changed = items.flatMap((item) => {
    const next = change(item)
    if (next === item) return item
    hasChanged = true
    return next && matchesFilter(next, filter) ? Object.freeze(next) : []
  })
  return hasChanged ? changed : items
}

/** Applies an event. Applying one again, or one that came late, changes nothing that is newer. */
export function reduceInbox(truth: InboxTruth, event: InboxEvent, filter: NotificationFilter): InboxTruth {
  const next = { ...truth, unread: newerCount(truth.unread, event.unread) }
  switch (event.__typename) {
    case 'NotificationAdded':
    case 'NotificationUpdated':
      return put(next, event.notification, filter)
    case 'NotificationsRemoved':
      return { ...next, items: mapItems(next.items, filter, (item) => (event.ids.includes(item.id) ? null : item)) }
    case 'NotificationsMarked': {
      const { mark, upToRevision, at, category } = event
      const meant = { ids: upToRevision === null ? event.ids : null, upToRevision: upToRevision ?? 0, category }
      const items = mapItems(next.items, filter, (item) =>
        isMeant(item, mark, { ...meant, onlyRead: false }) ? withMark(item, mark, at) : item,
      )
      // They bring what the mark makes part of the list, such as what was taken back from the archive.
      const marked: InboxTruth = { ...next, items }
      return event.notifications.reduce((state, item) => put(state, item, filter), marked)
    }
    default:
      return next
  }
}

/** How many notifications Herald names after a mark of everything. */
const MOST_NAMED = 100

/** Whether an event asks for loading the list again: what it says cannot be applied, or is not all. */
export function asksForReload(event: InboxEvent, filter: NotificationFilter): boolean {
  const { archived = false, snoozed = false } = filter
  switch (event.__typename) {
    case 'NotificationAdded':
    case 'NotificationUpdated':
      return false
    case 'NotificationsRemoved':
      return event.reason === 'SNOOZED' && snoozed !== false
    case 'NotificationsMarked': {
      const canEnter = filter.read != null || filter.seen != null || archived !== false
      return event.upToRevision !== null && canEnter && event.notifications.length >= MOST_NAMED
    }
    default:
      return true
  }
}

/** A page of the list, as Herald answers it. */
export interface LoadedPage {
  readonly nodes: readonly Notification[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  readonly unread: UnreadCount
}

/** What is known after the list was loaded from its beginning. Nothing of before counts any more, not even a count. */
export function loadInbox({ nodes, pageInfo, unread }: LoadedPage): InboxTruth {
  return {
    items: nodes.map((item) => Object.freeze(item)),
    unread,
    hasMore: pageInfo.hasNextPage,
    endCursor: pageInfo.endCursor,
    oldest: nodes.at(-1)?.arrivedRevision ?? 0,
  }
}

/** Adds the next page. `since` are the events that came after it was asked for: what they say of its notifications is not lost. */
export function appendPage(
  truth: InboxTruth,
  page: LoadedPage,
  filter: NotificationFilter,
  since: readonly InboxEvent[],
): InboxTruth {
  const { nodes, pageInfo, unread } = page
  const longer: InboxTruth = {
    items: truth.items,
    unread: newerCount(truth.unread, unread),
    hasMore: pageInfo.hasNextPage,
    endCursor: pageInfo.endCursor ?? truth.endCursor,
    oldest: nodes.at(-1)?.arrivedRevision ?? truth.oldest,
  }
  const known = new Set(truth.items.map(({ id }) => id))
  const added = nodes.filter(({ id }) => !known.has(id)).reduce((state, item) => put(state, item, filter), longer)
  const later = since.filter((event) => event.unread.revision > unread.revision)
  return later.reduce((state, event) => reduceInbox(state, event, filter), added)
}

/** What is shown: what Herald said, with the marks that it does not know yet. Counts are always Herald's. */
export function viewInbox(
  { items }: Pick<InboxTruth, 'items'>,
  pending: readonly PendingMark[],
  filter: NotificationFilter,
): readonly Notification[] {
  return pending.reduce(
    (shown, one) =>
      mapItems(shown, filter, (item) => {
        if (one.mark === 'REMOVED') return one.ids?.includes(item.id) ? null : item
        return isMeant(item, one.mark, one) ? withMark(item, one.mark, one.at) : item
      }),
    items,
  )
}
