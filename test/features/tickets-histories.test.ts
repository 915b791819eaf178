import fc from 'fast-check'
import { inject, test } from 'vitest'
import { openEmbedded } from '../support/embedded.ts'
import { tryHistories } from '../support/histories.ts'
import { playTicketHistory } from '../support/ticket-history.ts'
import { ticketHistory } from '../support/ticket-steps.ts'

const RUNS = inject('setup').database === 'postgres' ? 120 : 950

test('whatever happens to tickets, each audience is shown what is stored for it, from whichever cursor it resumes', {
  timeout: 60 * 60_000,
}, async () => {
  const embedded = await openEmbedded()
  const property = fc.asyncProperty(ticketHistory, (history) => playTicketHistory(embedded, history))
  await tryHistories(property, RUNS)
})
