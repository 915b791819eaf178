import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { tryHistories } from '../support/histories.ts'
import { kitInboxHistory, playKitInbox, SHOWN } from '../support/kit-inbox-history.ts'
import { NO_BUDGETS } from '../support/no-budgets.ts'
import { openProxy } from '../support/proxy.ts'

const RUNS = 12

test('whatever happens to an inbox and to the network, stores show what is stored, nothing twice and no count that was never true', {
  timeout: 5 * 60_000,
}, async () => {
  const app = await startTestApp({ env: { ...NO_BUDGETS, UNREAD_CAP: '3' } })
  const networks = await Promise.all(SHOWN.map(() => openProxy(Number(new URL(app.wsUrl).port))))
  const backend = await connectDevice(app, 'shop', 'backend')
  const property = fc.asyncProperty(kitInboxHistory, async (steps) => {
    const userId = randomUUID()
    const owner = await connectDevice(app, userId)
    await playKitInbox({ owner, backend, networks }, userId, steps)
  })
  await tryHistories(property, RUNS)
})
