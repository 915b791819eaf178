import { html } from 'htm/preact'
import type { Backend } from './backend.ts'
import { ChatView } from './chat-view.ts'
import { Composer } from './composer.ts'
import type { PersonProps } from './person-props.ts'
import { useStore } from './store.ts'
import { TicketListView } from './ticket-list-view.ts'

type SupportProps = PersonProps & { readonly backend: Backend }

/** Where a customer asks something new: the product opens a ticket, and the message is its first. */
function Ask({ person, words, backend }: SupportProps) {
  const ask = async (body: string): Promise<void> => {
    const { support } = person
    support.choose(await backend.openTicket(person, body.split('\n')[0]?.slice(0, 80) ?? body))
    support.open.getSnapshot()?.send({ body })
  }
  return html`<div class="ask"><p class="empty">${words.askUs}</p>
    <${Composer} words=${words} label="${words.yourMessage}: ${person.name}" onSend=${(body: string) => void ask(body)} /></div>`
}

/** The tickets of a customer, or the desk of an agent, and the one that is open. */
export function SupportView(props: SupportProps) {
  const { person, words } = props
  const open = useStore(person.support.open)
  const isAgent = person.role === 'agent'
  const title = isAgent ? words.desk : words.support
  return html`<section class="support" aria-label="${title}: ${person.name}">
    <header><h3>${title}</h3>
      ${!isAgent && open && html`<button type="button" class="quiet" onClick=${() => person.support.choose(null)}>${words.askNew}</button>`}
    </header>
    <${TicketListView} person=${person} words=${words} />
    ${open ? html`<${ChatView} key=${open.id} ...${props} open=${open} />` : !isAgent && html`<${Ask} ...${props} />`}
  </section>`
}
