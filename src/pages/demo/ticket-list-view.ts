import type { ListedTicket } from '@herald/client'
import { html } from 'htm/preact'
import type { PersonProps } from './person-props.ts'
import { useStore } from './store.ts'
import type { DeskFilter } from './support.ts'

const FILTERS: readonly DeskFilter[] = ['ALL', 'ME', 'NOBODY']

function Filters({ person, words }: PersonProps) {
  const { filter } = person.support
  const chosen = useStore(filter)
  return html`<div class="filters" role="group" aria-label=${words.filters}>
    ${FILTERS.map((one) => html`<button type="button" aria-pressed=${one === chosen} onClick=${() => filter.set(one)}>${words.filter[one]}</button>`)}
  </div>`
}

function Line({ ticket, person, words }: PersonProps & { ticket: ListedTicket }) {
  const { subject, status, unread, lastMessage, assignee } = ticket
  const isOpen = useStore(person.support.open)?.id === ticket.id
  const author = lastMessage?.author.userId === person.id ? words.me : lastMessage?.author.name
  return html`<li>
    <button type="button" class="ticket" aria-current=${isOpen} onClick=${() => person.support.choose(ticket.id)}>
      <span class="subject"><bdi>${subject}</bdi></span>
      <span class="pill" data-status=${status}>${words.ticket[status]}</span>
      <span class="excerpt">${
        lastMessage &&
        html`${lastMessage.visibility === 'INTERNAL' && `${words.note} · `}<bdi>${author}</bdi>: <bdi>${lastMessage.excerpt}</bdi>`
      }</span>
      ${unread.count > 0 && html`<span class="badge" aria-label=${words.unread(unread.count)}>${unread.count}</span>`}
      ${person.role === 'agent' && html`<span class="charge">${assignee ? html`<bdi>${assignee.name}</bdi>` : words.nobody}</span>`}
    </button>
  </li>`
}

/** The tickets of a person, the latest change first. */
export function TicketListView({ person, words }: PersonProps) {
  const filter = useStore(person.support.filter)
  const { tickets, hasMore, ...list } = useStoreOf(person, filter)
  return html`
    ${person.role === 'agent' && html`<${Filters} person=${person} words=${words} />`}
    <ul class="tickets">
      ${tickets.map((ticket) => html`<${Line} key=${ticket.id} ticket=${ticket} person=${person} words=${words} />`)}
    </ul>
    ${person.role === 'agent' && tickets.length === 0 && html`<p class="empty">${words.noTickets}</p>`}
    ${hasMore && html`<button type="button" class="quiet" onClick=${list.loadMore}>${words.older}</button>`}`
}

function useStoreOf({ support }: PersonProps['person'], filter: DeskFilter) {
  const list = support.listOf(filter)
  return { ...useStore(list), loadMore: () => void list.loadMore() }
}
