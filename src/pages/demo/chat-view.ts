import { html } from 'htm/preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Backend } from './backend.ts'
import { Composer } from './composer.ts'
import { MessageView, OutgoingView } from './message-view.ts'
import type { PersonProps } from './person-props.ts'
import { useIsVisible, useStore } from './store.ts'
import type { OpenTicket } from './support.ts'

interface ChatProps extends PersonProps {
  readonly open: OpenTicket
  readonly backend: Backend
}

function Actions({ person, words, open, backend }: ChatProps) {
  const { ticket } = useStore(open.store)
  const list = person.support.listOf('ALL')
  if (person.role !== 'agent' || !ticket) return null
  const isResolved = ticket.status === 'RESOLVED'
  const isMine = ticket.assignee?.userId === person.id
  return html`<div class="actions">
    <button type="button" onClick=${() => void (isMine ? list.release(open.id) : list.claim(open.id, person.me))}>${isMine ? words.release : words.claim}</button>
    <button type="button" onClick=${() => void backend.setStatus(open.id, isResolved ? 'OPEN' : 'RESOLVED')}>${isResolved ? words.reopen : words.resolve}</button>
  </div>`
}

/** For agents: whether the customer is online, and who else looks at the ticket. Customers are not told who of the staff does. */
function Here({ person, words, open }: ChatProps) {
  const { byUser } = useStore(person.support.presence)
  const { ticket, viewers } = useStore(open.store)
  const customer = ticket?.participants?.find(({ user }) => user.role === 'CUSTOMER')?.user
  if (person.role !== 'agent' || !customer) return null
  const isOnline = byUser[customer.userId]?.isOnline === true
  const others = viewers.filter(({ userId }) => userId !== person.id)
  return html`<p class="here">
    <span class="presence" data-online=${isOnline}><bdi>${customer.name}</bdi>: ${isOnline ? words.online : words.offline}</span>
    ${others.length > 0 && html`<span class="viewers">${words.here} ${others.map(({ name }) => html`<bdi>${name}</bdi> `)}</span>`}
  </p>`
}

function Head(props: ChatProps) {
  const { person, words, open } = props
  const { ticket } = useStore(open.store)
  return html`<header class="about">
    <div><h4><bdi>${ticket?.subject ?? '…'}</bdi></h4>
      ${ticket && html`<span class="pill" data-status=${ticket.status}>${words.ticket[ticket.status]}</span>`}
      <button type="button" class="quiet" onClick=${() => person.support.choose(null)}>${words.close}</button></div>
    <${Here} ...${props} />
    <${Actions} ...${props} />
  </header>`
}

function Messages({ person, words, open }: ChatProps) {
  const { messages, outgoing, hasMore } = useStore(open.store)
  const end = useRef<HTMLDivElement>(null)
  const newest = messages.at(-1)?.number ?? 0
  const isVisible = useIsVisible()
  useEffect(() => {
    if (isVisible && newest > 0) void open.store.markAsRead(newest).catch(() => {})
  }, [open, isVisible, newest])
  const written = newest + outgoing.length
  useEffect(() => {
    if (written > 0) end.current?.scrollTo(0, end.current.scrollHeight)
  }, [written])
  const last = messages.findLast(({ author }) => author.userId === person.id)
  return html`<div role="log" class="messages" tabindex="0" aria-label="${words.conversation}: ${person.name}" ref=${end}>
    ${hasMore && html`<button type="button" class="quiet" onClick=${() => void open.store.loadMore()}>${words.older}</button>`}
    <ol>
      ${messages.map((message) => html`<${MessageView} key=${message.clientMessageId ?? message.id} person=${person} words=${words} message=${message} ticket=${open} isLast=${message === last} />`)}
      ${outgoing.map((message) => html`<${OutgoingView} key=${message.clientMessageId} message=${message} ticket=${open} words=${words} />`)}
    </ol>
  </div>`
}

function Typing({ words, open }: ChatProps) {
  const { typing } = useStore(open.store)
  return html`<p class="typing" aria-live="polite">${typing.map(
    ({ user, visibility }) =>
      html`<span><bdi>${user.name}</bdi> ${visibility === 'INTERNAL' ? words.typesNote : words.types}</span> `,
  )}</p>`
}

/** An open ticket: its conversation, who is here, who is typing, and what can be done. */
export function ChatView(props: ChatProps) {
  const { person, words, open } = props
  const visibilityOf = (isNote: boolean) => (isNote ? 'INTERNAL' : 'PUBLIC')
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') person.support.choose(null)
  }
  return html`<div class="chat" data-ticket=${open.id} onKeyDown=${pressed}>
    <${Head} ...${props} />
    <${Messages} ...${props} />
    <${Typing} ...${props} />
    <${Composer} words=${words} label="${words.message}: ${person.name}" canNote=${person.role === 'agent'}
      onSend=${(body: string, isNote: boolean) => open.send({ body, visibility: visibilityOf(isNote) })}
      onTyped=${(isNote: boolean) => open.store.typed(visibilityOf(isNote))} />
  </div>`
}
