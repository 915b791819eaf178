import fc from 'fast-check'
import { inject, test } from 'vitest'
import { openEmbedded } from '../support/embedded.ts'
import { tryHistories } from '../support/histories.ts'
import { playInboxHistory } from '../support/inbox-history.ts'
import { inboxHistory } from '../support/inbox-steps.ts'

const RUNS = inject('setup').database === 'postgres' ? 120 : 900

test('whatever happens to an inbox, a device shows what is stored, from whichever cursor it resumes', {
  timeout: 60 * 60_000,
}, async () => {
  const embedded = await openEmbedded()
  const property = fc.asyncProperty(inboxHistory, (history) => playInboxHistory(embedded, history))
  await tryHistories(property, RUNS)
})
