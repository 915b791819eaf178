import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { tryHistories } from '../support/histories.ts'
import { kitDeskHistory, playKitDesk } from '../support/kit-desk-history.ts'
import { CAP } from '../support/kit-desk-user.ts'
import { NO_BUDGETS } from '../support/no-budgets.ts'
import { openProxy } from '../support/proxy.ts'

const RUNS = 8

/** Who types is shown for moments, and some subscriptions of a user cannot be continued after a cut. */
const SETTINGS = {
  UNREAD_CAP: `${CAP}`,
  MAX_CHECKPOINTS_PER_USER: '5',
  TYPING_THROTTLE_MS: '20',
  TYPING_RESEND_MS: '50',
  TYPING_IDLE_STOP_MS: '100',
  TYPING_EXPIRY_MS: '200',
}

test('whatever happens to tickets and to the network, stores of agents and customers show what is stored, nothing twice and no count that was never true', {
  timeout: 5 * 60_000,
}, async () => {
  const app = await startTestApp({ env: { ...NO_BUDGETS, ...SETTINGS } })
  const networks = [await openProxy(Number(new URL(app.wsUrl).port)), await openProxy(Number(new URL(app.wsUrl).port))]
  const backend = await connectDevice(app, 'shop', 'backend')
  const property = fc.asyncProperty(kitDeskHistory, (steps) => playKitDesk(app, backend, networks, randomUUID(), steps))
  await tryHistories(property, RUNS)
})
