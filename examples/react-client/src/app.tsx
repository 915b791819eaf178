import { formatCount } from '@herald/client'
import { useConnectionState, useHeraldClient, useInbox, useTicket } from '@herald/client/react'
import { useEffect, useState } from 'react'
import { graphql } from './gql/index.ts'

/** The page: what a user is told, and a conversation about an order. */
export function App({ user }: { readonly user: string }) {
  const [isOpen, setIsOpen] = useState(true)
  return (
    <>
      <header>
        <h1>Shop</h1>
        <Connection />
        <Bell isOpen={isOpen} onToggle={setIsOpen} />
      </header>
      <main>
        {isOpen && <List user={user} />}
        <Chat ticketId="order-4711" user={user} />
      </main>
    </>
  )
}

/** Says why nothing new can come at the moment. */
function Connection() {
  const { status, message } = useConnectionState()
  const isWell = status === 'connected' || status === 'idle'
  return (
    <output className={status} title={message ?? ''}>
      {isWell ? 'Connected' : 'Reconnecting…'}
    </output>
  )
}

interface BellProps {
  readonly isOpen: boolean
  readonly onToggle: (isOpen: boolean) => void
}

function Bell({ isOpen, onToggle }: BellProps) {
  const { unread } = useInbox()
  const badge = unread ? formatCount(unread) : ''
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      aria-label={`Inbox: ${badge} unread`}
      onClick={() => onToggle(!isOpen)}
    >
      🔔 <span id="badge">{badge}</span>
    </button>
  )
}

function List({ user }: { readonly user: string }) {
  const { items, hasMore, loadMore, markAsRead, markAllAsRead, markAllAsSeen } = useInbox()
  const newest = items[0]?.arrivedRevision
  useEffect(() => {
    if (newest) markAllAsSeen()
  }, [newest, markAllAsSeen])
  return (
    <section id="inbox" aria-label="Inbox">
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
              {title} <time dateTime={createdAt}>{new Date(createdAt).toLocaleTimeString()}</time>
            </button>
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" onClick={loadMore}>
          Older
        </button>
      )}
      <Settings />
    </section>
  )
}

function Chat({ ticketId, user }: { readonly ticketId: string; readonly user: string }) {
  const { ticket, messages, outgoing, typing, hasMore, ...chat } = useTicket(ticketId)
  const newest = messages.at(-1)?.number
  useEffect(() => {
    if (newest) chat.markAsRead(newest)
  }, [newest, chat.markAsRead])
  return (
    <section id="chat" aria-label="Chat">
      <h2>{ticket?.subject ?? '…'}</h2>
      {hasMore && (
        <button type="button" onClick={chat.loadMore}>
          Earlier
        </button>
      )}
      <ol>
        {messages.map(({ id, clientMessageId, author, body }) => (
          <li key={clientMessageId ?? id} className={author.userId === user ? 'mine' : ''}>
            <b>{author.name}</b> {body ?? <i>Deleted</i>}
          </li>
        ))}
        {outgoing.map(({ clientMessageId, body, status }) => (
          <li key={clientMessageId} className={`mine ${status}`}>
            {body}
            {status === 'failed' && (
              <button type="button" onClick={() => chat.retry(clientMessageId)}>
                Send again
              </button>
            )}
          </li>
        ))}
      </ol>
      <p aria-live="polite">{typing.map((one) => `${one.user.name} is typing…`).join(' ')}</p>
      <form action={(form) => void chat.send({ body: String(form.get('body')) })}>
        <input name="body" aria-label="Message" autoComplete="off" required onInput={() => chat.typed()} />
        <button type="submit">Send</button>
      </form>
    </section>
  )
}

// Operations of one's own: GraphQL Code Generator makes their types.
const SETTINGS = graphql('query Settings { preferences { default { handOff } } }')
const SET_HAND_OFF = graphql(`
  mutation SetHandOff($handOff: Boolean!) {
    setPreference(handOff: $handOff) { preferences { default { handOff } } }
  }
`)

function Settings() {
  const herald = useHeraldClient()
  const [handOff, setHandOff] = useState<boolean>()
  useEffect(() => {
    herald.query(SETTINGS).then(({ preferences }) => setHandOff(preferences.default.handOff))
  }, [herald])
  const change = async (wanted: boolean) => {
    const { setPreference } = await herald.mutate(SET_HAND_OFF, { handOff: wanted })
    setHandOff(setPreference.preferences.default.handOff)
  }
  return (
    <label>
      <input type="checkbox" checked={handOff ?? false} onChange={({ target }) => change(target.checked)} />
      Mail me what I have not seen
    </label>
  )
}
