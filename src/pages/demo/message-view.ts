import type { OutgoingMessage, TicketMessage } from '@herald/client'
import { html } from 'htm/preact'
import type { PersonProps } from './person-props.ts'
import { type OpenTicket, receiptOf } from './support.ts'
import type { Words } from './words.ts'

function Bubble(props: { of: string; isMine: boolean; isNote: boolean; words: Words; children: unknown }) {
  const { of, isMine, isNote, words, children } = props
  return html`<div class="bubble" data-mine=${isMine} data-note=${isNote}>
    <p class="author"><bdi>${of}</bdi>${isNote && html` <span class="pill">${words.note}</span>`}</p>
    ${children}
  </div>`
}

interface StoredProps extends PersonProps {
  readonly message: TicketMessage
  readonly ticket: OpenTicket
}

function Receipt({ person, words, message, ticket }: StoredProps) {
  const receipt = receiptOf(message, { isAgent: person.role === 'agent' }, ticket.store.getSnapshot().reads)
  return html`<span data-receipt=${receipt}>${words.receipt[receipt]}</span>`
}

/** A message that Herald has stored. `isLast`: it is the newest of the person, and says how far it got. */
export function MessageView(props: StoredProps & { isLast: boolean }) {
  const { person, words, message, isLast } = props
  const { author, body, createdAt, editedAt, visibility } = message
  const isMine = author.userId === person.id
  const tellsReceipt = isMine && isLast && visibility === 'PUBLIC'
  return html`<li>
    <${Bubble} of=${isMine ? words.me : author.name} isMine=${isMine} isNote=${visibility === 'INTERNAL'} words=${words}>
      <p class="body" dir="auto">${body ?? html`<em>${words.deleted}</em>`}</p>
      <p class="meta"><time datetime=${createdAt}>${new Date(createdAt).toLocaleTimeString(words.locale, { timeStyle: 'short' })}</time>
        ${editedAt && ` · ${words.edited}`}${tellsReceipt && html` · <${Receipt} ...${props} />`}</p>
    <//>
  </li>`
}

/** A message that was written here and that Herald has not stored yet. */
export function OutgoingView({
  message,
  ticket,
  words,
}: {
  message: OutgoingMessage
  ticket: OpenTicket
  words: Words
}) {
  const { clientMessageId, body, status, visibility } = message
  return html`<li>
    <${Bubble} of=${words.me} isMine=${true} isNote=${visibility === 'INTERNAL'} words=${words}>
      <p class="body" dir="auto">${body}</p>
      <p class="meta" data-outgoing=${status}>${words.outgoing[status]}${
        status === 'failed' &&
        html` <button type="button" class="quiet" onClick=${() => ticket.store.retry(clientMessageId)}>${words.retry}</button>
          <button type="button" class="quiet" onClick=${() => ticket.store.discard(clientMessageId)}>${words.discard}</button>`
      }</p>
    <//>
  </li>`
}
