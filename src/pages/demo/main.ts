import type { TicketMessage } from '@herald/client'
import { html, render } from 'htm/preact'
import { createBackend } from './backend.ts'
import { DemoView } from './demo-view.ts'
import { createPerson } from './person.ts'
import { readSetup } from './setup.ts'

const setup = readSetup()

/** Whoever has the ticket open is to be shown the message; a note only staff. */
function expectOnScreens({ id, ticketId, visibility, author }: TicketMessage): void {
  for (const { me, support, ledger } of people) {
    const isForThem = visibility === 'PUBLIC' || me.role === 'AGENT'
    const hasItOpen = support.open.getSnapshot()?.id === ticketId
    if (isForThem && hasItOpen && me.userId !== author.userId) ledger.sent(id, ticketId)
  }
}

const people = setup.people
  .filter(({ role }) => role !== 'backend')
  .map((person) => createPerson(person, setup, expectOnScreens))
const root = document.getElementById('demo')
if (root) render(html`<${DemoView} people=${people} backend=${createBackend(setup)} />`, root)
