import { formatCount } from '@herald/client'
import { useIsPageVisible } from '@herald/client/react'
import { useEffect, useState } from 'react'
import { useMutation, useQuery, useSubscription } from 'urql'
import { INBOX, INBOX_EVENTS, READ, READ_ALL, SEE_ALL } from './documents.ts'

/** A bell with a badge, and the list behind it. */
export function Inbox({ user }: { readonly user: string }) {
  const [after, setAfter] = useState<string | null>()
  const [{ data }] = useQuery({ query: INBOX, variables: { after } })
  const [, read] = useMutation(READ)
  const [, readAll] = useMutation(READ_ALL)
  const [, seeAll] = useMutation(SEE_ALL)
  const { nodes = [], pageInfo, unread, resumeCursor } = data?.notifications ?? {}
  // What it tells comes into the list and the badge by itself.
  useSubscription({ query: INBOX_EVENTS, variables: { after: resumeCursor }, pause: !resumeCursor })
  const [isOpen, setIsOpen] = useState(true)
  const isShown = useIsPageVisible() && isOpen
  const newest = nodes[0]?.arrivedRevision
  useEffect(() => {
    if (isShown && newest) void seeAll({})
  }, [isShown, newest, seeAll])
  return (
    <section id="inbox" aria-label="Inbox">
      <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        🔔 <output id="badge">{unread && formatCount(unread)}</output> unread
      </button>
      <div hidden={!isOpen}>
        <button type="button" onClick={() => fetch(`/buy?user=${user}`)}>
          Buy something
        </button>
        <button type="button" onClick={() => readAll({})}>
          Mark all as read
        </button>
        <ul>
          {nodes.map(({ id, title, readAt, createdAt }) => (
            <li key={id} className={readAt ? '' : 'unread'}>
              <button type="button" onClick={() => read({ ids: [id] })}>
                <span>{title}</span> <time dateTime={createdAt}>{new Date(createdAt).toLocaleTimeString()}</time>
              </button>
            </li>
          ))}
        </ul>
        <button type="button" hidden={!pageInfo?.hasNextPage} onClick={() => setAfter(pageInfo?.endCursor)}>
          Older
        </button>
      </div>
    </section>
  )
}
