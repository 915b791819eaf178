import { formatCount } from '@herald/client'
import { html } from 'htm/preact'
import { useState } from 'preact/hooks'
import type { Backend } from './backend.ts'
import type { PersonProps } from './person-props.ts'
import { useStore } from './store.ts'
import { SupportView } from './support-view.ts'

function Badge({ person, words, onPress, isOpen }: PersonProps & { onPress: () => void; isOpen: boolean }) {
  const { unread } = useStore(person.inbox)
  const count = unread?.count ?? 0
  return html`<button type="button" class="alerts" aria-expanded=${isOpen} onClick=${onPress}
    aria-label="${words.inbox}: ${words.unread(count)}">
    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 10a6 6 0 0 1 12 0c0 5 2 6 2 7H4c0-1 2-2 2-7zM10 20h4" /></svg>
    ${count > 0 && unread && html`<span class="badge" aria-hidden="true">${formatCount(unread)}</span>`}
  </button>`
}

function Network({ person, words }: PersonProps) {
  const cut = useStore(person.cut)
  const { status } = useStore(person.connection)
  const said = cut === null ? words.status[status] : cut === 'silent' ? words.isCutSilent : words.isCutReset
  return html`<div class="network" role="group" aria-label="${words.network}: ${person.name}">
    <p class="state" data-state=${cut ?? status}>${said}</p>
    ${
      cut === null
        ? html`<button type="button" onClick=${() => person.setCut('silent')}>${words.silent}</button>
            <button type="button" onClick=${() => person.setCut('reset')}>${words.reset}</button>`
        : html`<button type="button" class="main" onClick=${() => person.setCut(null)}>${words.mend}</button>`
    }
  </div>`
}

function Counters({ person, words }: PersonProps) {
  const { sent, shown, onTheWay, missed, doubled } = useStore(person.ledger.value)
  const all = [
    ['sent', words.sent, sent],
    ['shown', words.shown, shown],
    ['on-the-way', words.onTheWay, onTheWay],
    ['missed', words.missed, missed],
    ['doubled', words.doubled, doubled],
  ] as const
  return html`<dl class="counters">
    ${all.map(([name, word, count]) => html`<div data-count=${name} data-bad=${count > 0}><dt>${word}</dt><dd>${count}</dd></div>`)}
  </dl>`
}

function InboxList({ person, words }: PersonProps) {
  const { items } = useStore(person.inbox)
  return html`<section class="inbox" aria-label="${words.inbox}: ${person.name}">
    <header><h3>${words.inbox}</h3>
      <button type="button" class="quiet" onClick=${() => void person.inbox.markAllAsRead()}>${words.readAll}</button>
    </header>
    ${items.length === 0 && html`<p class="empty">${words.empty}</p>`}
    <div role="log" aria-label="${words.inbox}: ${person.name}" tabindex="0"><ul>
      ${items.map(
        (item) => html`<li key=${item.id} data-unread=${item.readAt === null}>
          <bdi>${item.title}</bdi>
          <time datetime=${item.createdAt}>${new Date(item.createdAt).toLocaleTimeString(words.locale, { timeStyle: 'short' })}</time>
          ${
            item.readAt === null &&
            html`<button type="button" class="dot" onClick=${() => void person.inbox.markAsRead([item.id])}
              aria-label="${words.markRead}: ${item.title}"></button>`
          }
        </li>`,
      )}
    </ul></div>
  </section>`
}

/** A person of the demo: who they are, how they are connected, and what they see. */
export function PersonView({
  person,
  words,
  backend,
  isChosen,
}: PersonProps & { backend: Backend; isChosen: boolean }) {
  const [isOpen, setOpen] = useState(true)
  return html`<article class="person" aria-labelledby="name-${person.id}" data-person=${person.id} data-chosen=${isChosen}>
    <header class="who">
      <span class="avatar" aria-hidden="true">${person.name[0]}</span>
      <div><h2 id="name-${person.id}"><bdi>${person.name}</bdi></h2>
        <p>${person.role === 'agent' ? words.agent : words.customer}</p></div>
      <${Badge} person=${person} words=${words} isOpen=${isOpen} onPress=${() => setOpen(!isOpen)} />
    </header>
    <${Network} person=${person} words=${words} />
    <${Counters} person=${person} words=${words} />
    ${isOpen && html`<${InboxList} person=${person} words=${words} />`}
    <${SupportView} person=${person} words=${words} backend=${backend} />
  </article>`
}
