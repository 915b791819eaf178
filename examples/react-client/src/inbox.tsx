import { formatCount } from '@herald/client'
import { useInbox, useIsPageVisible } from '@herald/client/react'
import { useEffect, useState } from 'react'
import { Settings } from './settings.tsx'

/** A bell with a badge, and the list behind it. */
export function Inbox({ user }: { readonly user: string }) {
  const { items, unread, hasMore, loadMore, markAsRead, markAllAsRead, markAllAsSeen } = useInbox()
  const [isOpen, setIsOpen] = useState(true)
  const isShown = useIsPageVisible() && isOpen
  const newest = items[0]?.arrivedRevision
  useEffect(() => {
    if (isShown && newest) void markAllAsSeen()
  }, [isShown, newest, markAllAsSeen])
  return (
    <section id="inbox" aria-label="Inbox">
      <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        🔔 <output id="badge">{unread && formatCount(unread)}</output> unread
      </button>
      <div hidden={!isOpen}>
        <button type="button" onClick={() => fetch(`/buy?user=${user}`)}>
          Buy something
        </button>
        <button type="button" onClick={() => markAllAsRead()}>
          Mark all as read
        </button>
        <ul>
          {items.map(({ id, title, readAt, createdAt }) => (
            <li key={id} className={readAt ? '' : 'unread'}>
              <button type="button" onClick={() => markAsRead([id])}>
                <span>{title}</span> <time dateTime={createdAt}>{new Date(createdAt).toLocaleTimeString()}</time>
              </button>
            </li>
          ))}
        </ul>
        <button type="button" hidden={!hasMore} onClick={loadMore}>
          Older
        </button>
        <Settings />
      </div>
    </section>
  )
}
