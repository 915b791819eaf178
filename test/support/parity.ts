import { startTestApp } from './app.ts'
import { connectDevice, type Device } from './device.ts'
import { UPSERT } from './nodes.ts'

/** The badge of a user. */
export const UNREAD = 'subscription { unreadCount { count revision } }'

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'

/** Notifies users, as a product's backend does. */
export function tell(backend: Device, title: string, ...userIds: readonly string[]) {
  return backend.run(NOTIFY, { input: { userIds, notification: { type: 'test.event', title } } })
}

/** Starts Herald with ticket 42 of alice and carol, who have a device each, as have the agent bob and a backend. */
export async function openTicket() {
  const app = await startTestApp({ env: { TICKET_GRACE_MS: '100' } })
  const [alice, carol] = [await connectDevice(app, 'alice'), await connectDevice(app, 'carol')]
  const [bob, backend] = [await connectDevice(app, 'bob', 'agent'), await connectDevice(app, 'shop', 'backend')]
  await backend.run(UPSERT)
  return { app, alice, carol, bob, backend }
}
