import { createHeraldClient, createInbox, formatCount } from '@herald/client'

/** What a page shows of an inbox. */
interface Shown {
  readonly badge: string
  readonly lines: readonly { readonly id: string; readonly title: string; readonly isRead: boolean }[]
  /** Why nothing new can come at the moment; null while all is well. */
  readonly trouble: string | null
}

/** Shows the inbox of a user, now and whenever it changes. */
export const openInbox = (url: string, token: () => Promise<string>, show: (shown: Shown) => void) => {
  const herald = createHeraldClient({ url, token })
  const inbox = createInbox(herald)
  const update = (): void => {
    const { items, unread } = inbox.getSnapshot()
    const { status, message } = herald.connection.getSnapshot()
    show({
      badge: unread ? formatCount(unread) : '',
      lines: items.map(({ id, title, readAt }) => ({ id, title, isRead: readAt !== null })),
      trouble: status === 'reconnecting' || status === 'failed' ? message : null,
    })
  }
  inbox.subscribe(update)
  herald.connection.subscribe(update)
  return {
    read: (id: string) => inbox.markAsRead([id]),
    readAll: () => inbox.markAllAsRead(),
    // Ends the connection and empties the stores: nothing of this user is left for the next one.
    signOut: () => herald.dispose(),
  }
}
