import { inject, test } from 'vitest'
import { endure } from '../support/endure.ts'
import { openPair } from '../support/pool.ts'
import { expectNothingLost, type Reconciliation } from '../support/reconciliation.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly soakMinutes: number
  }
  interface TaskMeta {
    soak?: Reconciliation
  }
}

const minutes = inject('soakMinutes')

/** For starting servers before, and for what is still to come after the last event. */
const AROUND_MS = 180_000

test(`unmodified clients miss nothing in ${minutes} minutes`, {
  timeout: minutes * 60_000 + AROUND_MS,
}, async ({ task }) => {
  const pool = await openPair(inject('redis'))
  const result = await endure({ pool, goesOn: (_, seconds) => seconds < minutes * 60 })
  task.meta.soak = result
  expectNothingLost(result)
})
