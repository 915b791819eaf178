import type { HeraldClient } from './client.ts'
import { createClientStore, shared } from './client-store.ts'
import type { NotificationFilter } from './document-types.ts'
import {
  ARCHIVE,
  ARCHIVE_ALL,
  DELETE,
  MARK_ALL_AS_READ,
  MARK_ALL_AS_SEEN,
  MARK_AS_READ,
  MARK_AS_SEEN,
  MARK_AS_UNREAD,
  SNOOZE,
  UNARCHIVE,
  UNSNOOZE,
} from './documents.ts'
import { InboxFeed } from './inbox-feed.ts'
import type { PendingMark } from './inbox-reducer.ts'
import { EMPTY_INBOX, type InboxState } from './inbox-state.ts'
import type { Store } from './store.ts'

/** Which notifications an inbox shows, and how many at a time. */
export interface InboxOptions {
  /** As of the query `notifications`; without it, what is neither archived nor snoozed. */
  readonly filter?: NotificationFilter
  /** How many a page has, 1 to 100; 20 when left out. */
  readonly pageSize?: number
  /** Whether `unseen` is counted, too; true when left out. */
  readonly unseen?: boolean
}

/** Which notifications a mark of everything is for. */
export interface MarkAllOptions {
  /** Only this category. */
  readonly category?: string
}

/**
 * An inbox: its list, its counts and its marks, the same on all devices of its user. A mark is shown at once and taken off again when Herald
 * refuses it; its promise rejects with a `HeraldError` then, and nothing happens when nobody waits for that.
 */
export interface Inbox extends Store<InboxState> {
  /** Loads older ones, when `hasMore`. */
  loadMore(): Promise<void>
  /** Loads the list again. It does so by itself when something may have been missed. */
  reload(): Promise<void>
  markAsRead(ids: readonly string[]): Promise<void>
  markAsUnread(ids: readonly string[]): Promise<void>
  markAsSeen(ids: readonly string[]): Promise<void>
  archive(ids: readonly string[]): Promise<void>
  /** Takes them back into the list. */
  unarchive(ids: readonly string[]): Promise<void>
  /** Deletes them on all devices of the user, for good. */
  delete(ids: readonly string[]): Promise<void>
  /** Takes them off the list until a moment, at most a year away. */
  snooze(ids: readonly string[], until: Date): Promise<void>
  /** Lets snoozed ones arrive now. */
  unsnooze(ids: readonly string[]): Promise<void>
  /** Marks all as read that are known here. What arrives meanwhile stays unread. */
  markAllAsRead(options?: MarkAllOptions): Promise<void>
  /** Marks all as seen that are known here: what an opened inbox does. */
  markAllAsSeen(options?: MarkAllOptions): Promise<void>
  /** Archives all that are known here. */
  archiveAll(options?: MarkAllOptions & { readonly onlyRead?: boolean }): Promise<void>
}

/** Nobody has to wait for a mark: that it was refused is in `error`, too. */
function handled(marking: Promise<void>): Promise<void> {
  marking.catch(() => {})
  return marking
}

function marksOf(feed: InboxFeed): Omit<Inbox, keyof Store<InboxState> | 'loadMore' | 'reload'> {
  const base = (): Omit<PendingMark, 'mark'> => ({
    ids: [],
    upToRevision: 0,
    category: null,
    onlyRead: false,
    at: new Date().toISOString(),
  })
  const mark =
    (kind: PendingMark['mark'] | null, document: string) =>
    (ids: readonly string[], variables?: Record<string, unknown>): Promise<void> =>
      // Null is a mark that shows nothing before Herald has done it.
      handled(feed.mark({ ...base(), mark: kind ?? 'SEEN', ids: kind ? ids : [] }, document, { ids, ...variables }))
  const markAll =
    (kind: PendingMark['mark'], document: string) =>
    ({ category, onlyRead }: MarkAllOptions & { readonly onlyRead?: boolean } = {}): Promise<void> => {
      const upToRevision = feed.revision
      const pending = { ids: null, upToRevision: upToRevision ?? 0, category: category ?? null, onlyRead: !!onlyRead }
      const variables = { upToRevision, category, ...(kind === 'ARCHIVED' && { onlyRead: !!onlyRead }) }
      return handled(feed.mark({ ...base(), ...pending, mark: kind }, document, variables))
    }
  const snooze = mark('REMOVED', SNOOZE)
  return {
    markAsRead: mark('READ', MARK_AS_READ),
    markAsUnread: mark('UNREAD', MARK_AS_UNREAD),
    markAsSeen: mark('SEEN', MARK_AS_SEEN),
    archive: mark('ARCHIVED', ARCHIVE),
    unarchive: mark('UNARCHIVED', UNARCHIVE),
    delete: mark('REMOVED', DELETE),
    snooze: (ids, until) => snooze(ids, { until: until.toISOString() }),
    unsnooze: mark(null, UNSNOOZE),
    markAllAsRead: markAll('READ', MARK_ALL_AS_READ),
    markAllAsSeen: markAll('SEEN', MARK_ALL_AS_SEEN),
    archiveAll: markAll('ARCHIVED', ARCHIVE_ALL),
  }
}

/** Makes the store of an inbox. It is loaded with the first listener. For the same options it is the same store. */
export function createInbox(
  client: HeraldClient,
  { filter = {}, pageSize = 20, unseen = true }: InboxOptions = {},
): Inbox {
  return shared(client, `inbox ${JSON.stringify([filter, pageSize, unseen])}`, () => {
    const source = createClientStore(client, EMPTY_INBOX, () => feed.open())
    const feed: InboxFeed = new InboxFeed(client, source, { filter, pageSize, unseen })
    return { ...source.store, ...marksOf(feed), loadMore: () => feed.loadMore(), reload: () => feed.load() }
  })
}
