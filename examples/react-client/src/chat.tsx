import { useIsPageVisible, useTicket } from '@herald/client/react'
import { useEffect } from 'react'

/** What is said in a ticket, by me and by others. */
export function Chat({ ticketId, user }: { readonly ticketId: string; readonly user: string }) {
  const { ticket, messages, outgoing, typing, hasMore, ...chat } = useTicket(ticketId)
  const isVisible = useIsPageVisible()
  const newest = messages.at(-1)?.number
  useEffect(() => {
    if (isVisible && newest) void chat.markAsRead(newest)
  }, [isVisible, newest, chat.markAsRead])
  return (
    <section id="chat" aria-label="Chat">
      <h2>{ticket?.subject ?? '…'}</h2>
      <button type="button" hidden={!hasMore} onClick={chat.loadMore}>
        Earlier
      </button>
      <ol>
        {messages.map(({ id, clientMessageId, author, body }) => (
          <li key={clientMessageId ?? id} className={author.userId === user ? 'mine' : ''}>
            <b>{author.name}</b> <span>{body ?? 'Deleted'}</span>
          </li>
        ))}
        {outgoing.map(({ clientMessageId, body, status, error }) => (
          <li key={clientMessageId} className={`mine ${status}`}>
            <span>{body}</span>
            <button type="button" hidden={!error} onClick={() => chat.retry(clientMessageId)}>
              Send again
            </button>
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
