import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { tryHistories } from '../support/histories.ts'
import { NO_BUDGETS } from '../support/no-budgets.ts'
import { openProxy } from '../support/proxy.ts'
import { CAP, playSocketInbox, socketInboxHistory } from '../support/socket-inbox.ts'

const RUNS = 20

test('however often their sockets are cut, two devices show the inbox that is stored, and no wrong count', {
  timeout: 5 * 60_000,
}, async () => {
  const app = await startTestApp({ env: { ...NO_BUDGETS, UNREAD_CAP: `${CAP}` } })
  // Of two nodes, a device gets to one or the other whenever it connects.
  const target = () => Number(new URL(app.deviceUrl()).port)
  const networks = [await openProxy(target), await openProxy(target)]
  const property = fc.asyncProperty(socketInboxHistory, (steps) => playSocketInbox(app, networks, randomUUID(), steps))
  await tryHistories(property, RUNS)
})
