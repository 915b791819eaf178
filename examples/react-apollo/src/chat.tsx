import { useMutation, useQuery, useSubscription } from '@apollo/client/react'
import { useIsPageVisible } from '@herald/client/react'
import { useEffect } from 'react'
import { CHAT, MESSAGES, READ_TICKET, SAY, SET_TYPING, TYPING } from './documents.ts'
import { useTyped, useTypists } from './typing.ts'

/** What is said in a ticket, by me and by others. */
export function Chat({ ticketId, user }: { readonly ticketId: string; readonly user: string }) {
  const { data, fetchMore } = useQuery(CHAT, { variables: { ticketId } })
  const [say] = useMutation(SAY)
  const [read] = useMutation(READ_TICKET)
  const [setTyping] = useMutation(SET_TYPING)
  const { typists, take } = useTypists()
  const { typed, sent } = useTyped((isTyping) => void setTyping({ variables: { ticketId, isTyping } }))
  const { nodes = [], pageInfo, resumeCursor } = data?.ticket?.messages ?? {}
  // What it tells comes into the conversation by itself.
  const variables = { ticketId, after: resumeCursor }
  useSubscription(MESSAGES, { variables, skip: !resumeCursor, ignoreResults: true })
  useSubscription(TYPING, { variables: { ticketId }, onData: ({ data: { data } }) => data && take(data.userTyping) })
  const isVisible = useIsPageVisible()
  const newest = nodes.at(-1)?.number
  useEffect(() => {
    if (isVisible && newest) void read({ variables: { ticketId, upToNumber: newest } })
  }, [isVisible, newest, ticketId, read])
  const send = (form: FormData) => {
    sent()
    void say({ variables: { ticketId, body: String(form.get('body')), clientMessageId: crypto.randomUUID() } })
  }
  return (
    <section id="chat" aria-label="Chat">
      <h2>{data?.ticket?.subject ?? '…'}</h2>
      <button
        type="button"
        hidden={!pageInfo?.hasPreviousPage}
        onClick={() => fetchMore({ variables: { before: pageInfo?.startCursor } })}
      >
        Earlier
      </button>
      <ol>
        {nodes.map(({ id, author, body }) => (
          <li key={id} className={author.userId === user ? 'mine' : ''}>
            <b>{author.name}</b> <span>{body ?? 'Deleted'}</span>
          </li>
        ))}
      </ol>
      <p aria-live="polite">{typists.map(({ name }) => `${name} is typing…`).join(' ')}</p>
      <form action={send}>
        <input name="body" aria-label="Message" autoComplete="off" required onInput={typed} />
        <button type="submit">Send</button>
      </form>
    </section>
  )
}
