import type { LoadState } from './client-store.ts'
import type { Notification, UnreadCount } from './document-types.ts'

/** What an inbox shows. */
export interface InboxState extends LoadState {
  /** Newest first, each once. */
  readonly items: readonly Notification[]
  /** How much is unread, as Herald has counted it; null until it has. It is never counted here, so it was true at some moment. */
  readonly unread: UnreadCount | null
  /** How much was not shown in an opened inbox yet; null while unknown. */
  readonly unseen: UnreadCount['unseen'] | null
  /** There are older ones: `loadMore()`. */
  readonly hasMore: boolean
  readonly isLoadingMore: boolean
  /** How many marks that were made here are not confirmed yet. */
  readonly pending: number
}

/** The state of an inbox before anything is known. */
export const EMPTY_INBOX: InboxState = {
  status: 'loading',
  error: null,
  items: [],
  unread: null,
  unseen: null,
  hasMore: false,
  isLoadingMore: false,
  pending: 0,
}
