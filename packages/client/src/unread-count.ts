import type { HeraldClient } from './client.ts'
import { createClientStore, type LoadState, shared } from './client-store.ts'
import type { UnreadCount, UnreadCountsResult } from './document-types.ts'
import { UNREAD_COUNT } from './documents.ts'
import { follow } from './follow.ts'
import type { Store } from './store.ts'

/** How much is unread. */
export interface UnreadCountState extends LoadState {
  /** As Herald has counted it; null until it has. */
  readonly unread: UnreadCount | null
}

export interface UnreadCountOptions {
  /** Whether `unread.unseen` is counted, too. Herald reads its database at each change then. False when left out. */
  readonly unseen?: boolean
}

/** Returns the newer of two counts. The first one stays when both are of the same revision. */
export function newerCount(held: UnreadCount | null, came: UnreadCount): UnreadCount {
  return held && held.revision >= came.revision ? held : came
}

/** Writes a count as it is shown: `7`, or `99+` for one that was not counted further. */
export function formatCount({ count, isCapped }: { readonly count: number; readonly isCapped: boolean }): string {
  return isCapped ? `${count}+` : `${count}`
}

/** A store of how much is unread, for a badge without a list. With `createInbox` it is not needed. */
export function createUnreadCount(
  client: HeraldClient,
  { unseen = false }: UnreadCountOptions = {},
): Store<UnreadCountState> {
  return shared(client, `unread ${unseen}`, () => {
    const initial: UnreadCountState = { status: 'loading', error: null, unread: null }
    const { store } = createClientStore(client, initial, (source) => {
      const state = source.store.getSnapshot
      return follow<UnreadCountsResult>(client, () => ({ query: UNREAD_COUNT, variables: { unseen } }), {
        next: ({ unreadCount }, { isFirst }) => {
          // The first of a connection replaces all: after a restored backup, revisions begin lower.
          const unread = isFirst ? unreadCount : newerCount(state().unread, unreadCount)
          if (unread !== state().unread || state().error) source.set({ status: 'ready', error: null, unread })
        },
        failed: (error) => source.set({ ...state(), status: 'error', error }),
      })
    })
    return store
  })
}
