import { useIsPageVisible } from '@herald/client/react'
import { useEffect, useState } from 'react'
import { useMutation, useQuery, useSubscription } from 'urql'
import { CHAT, MESSAGES, READ_TICKET, SAY, SET_TYPING, TYPING } from './documents.ts'
import { useTyped, useTypists } from './typing.ts'

/** What is said in a ticket, by me and by others. */
export function Chat({ ticketId, user }: { readonly ticketId: string; readonly user: string }) {
  const [before, setBefore] = useState<string | null>()
  const [{ data }] = useQuery({ query: CHAT, variables: { ticketId, before } })
  const [, say] = useMutation(SAY)
  const [, read] = useMutation(READ_TICKET)
  const [, setTyping] = useMutation(SET_TYPING)
  const { typists, take } = useTypists()
  const { typed, sent } = useTyped((isTyping) => void setTyping({ ticketId, isTyping }))
  const { nodes = [], pageInfo, resumeCursor } = data?.ticket?.messages ?? {}
  // What it tells comes into the conversation by itself.
  useSubscription({ query: MESSAGES, variables: { ticketId, after: resumeCursor }, pause: !resumeCursor })
  const [{ data: last }] = useSubscription({ query: TYPING, variables: { ticketId } })
  useEffect(() => {
    if (last) take(last.userTyping)
  }, [last, take])
  const isVisible = useIsPageVisible()
  const newest = nodes.at(-1)?.number
  useEffect(() => {
    if (isVisible && newest) void read({ ticketId, upToNumber: newest })
  }, [isVisible, newest, ticketId, read])
  const send = (form: FormData) => {
    sent()
    void say({ ticketId, body: String(form.get('body')), clientMessageId: crypto.randomUUID() })
  }
  return (
    <section id="chat" aria-label="Chat">
      <h2>{data?.ticket?.subject ?? '…'}</h2>
      <button type="button" hidden={!pageInfo?.hasPreviousPage} onClick={() => setBefore(pageInfo?.startCursor)}>
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
