import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice, type Device } from '../support/device.ts'

const FOLLOW = 'subscription ($ticketId: ID) { customEvent(ticketId: $ticketId) { id name data ticketId at } }'

/** Whatever happens once this has resolved is received by the subscriptions of the device. */
function begun(device: Device): Promise<unknown> {
  return device.run('{ __typename }')
}

test('a backend reaches users, a ticket and everyone, and nobody else can send', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  await backend.run('mutation { upsertTicket(input: { id: "T-1", participants: [{ id: "alice" }] }) { id } }')
  const alice = await connectDevice(app, 'alice')
  const stream = alice.subscribe(FOLLOW, { ticketId: 'T-1' })
  await begun(alice)

  const { sendToUser } = await backend.run(
    'mutation { sendToUser(userId: "alice", event: "one", data: { deep: [{ n: 1 }] }) { id at } }',
  )
  const { customEvent } = await stream.next()
  expect(customEvent).toEqual({ ...sendToUser, name: 'one', data: { deep: [{ n: 1 }] }, ticketId: null })
  await backend.run('mutation { sendToMultipleUsers(userIds: ["bob", "alice"], event: "two") { id } }')
  await backend.run('mutation { sendToTicket(ticketId: "T-1", event: "hidden", excludeUserId: "alice") { id } }')
  await backend.run('mutation { sendToTicket(ticketId: "T-1", event: "three") { id } }')
  await backend.run('mutation { broadcast(event: "four", excludeUserId: "bob") { id } }')
  // To a user, a ticket and everyone they go different ways, in a cluster over different servers: no order is promised.
  const rest = await stream.take(3)
  expect(new Set(rest.map(({ customEvent: { name, ticketId } }) => `${name} ${ticketId}`))).toEqual(
    new Set(['two null', 'three T-1', 'four null']),
  )

  for (const mutation of [
    'sendToUser(userId: "bob", event: "x")',
    'sendToMultipleUsers(userIds: ["bob"], event: "x")',
    'sendToTicket(ticketId: "T-1", event: "x")',
    'broadcast(event: "x")',
  ]) {
    await expect(alice.run(`mutation { ${mutation} { id } }`)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  }
})

test('who is taken out of a ticket no longer receives its events', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  await backend.run('mutation { upsertTicket(input: { id: "T-1", participants: [{ id: "alice" }] }) { id } }')
  const alice = await connectDevice(app, 'alice')
  const stream = alice.subscribe(FOLLOW, { ticketId: 'T-1' })
  await begun(alice)
  await backend.run('mutation { upsertTicket(input: { id: "T-1", participants: [] }) { id } }')
  await expect(stream.next()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await expect(alice.subscribe(FOLLOW, { ticketId: 'T-1' }).next()).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
