import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice, type Device, type Stream } from '../support/device.ts'
import { received } from '../support/nodes.ts'
import { openTicket } from '../support/parity.ts'

// What the Socket.IO service could do, by the names of its events and methods. docs/socket-io.md lists the same rows.

const CUSTOM = 'subscription ($ticketId: ID) { customEvent(ticketId: $ticketId) { name data ticketId } }'

/** Sends events under this name until one is received, and leaves nothing of them in the stream. */
async function ready(backend: Device, name: string, stream: Stream, send: string): Promise<void> {
  await received(stream, () => backend.run(send.replace('NAME', name)))
  await backend.run(send.replace('NAME', `${name}-last`))
  while (JSON.stringify(await stream.next()).includes(`"${name}"`));
}

/** The names of the events up to the one called last, without those that only made sure that the stream listens. */
async function namesUpToLast(stream: Stream): Promise<string[]> {
  const names: string[] = []
  while (names.at(-1) !== 'last') names.push((await stream.next())['customEvent'].name)
  return names.filter((name) => !name.startsWith('ready'))
}

describe('what the Socket.IO service could do', () => {
  test('sendToUser', async () => {
    const app = await startTestApp()
    const [phone, laptop] = [await connectDevice(app, 'alice'), await connectDevice(app, 'alice')]
    const backend = await connectDevice(app, 'shop', 'backend')
    const send = () => backend.run('mutation { sendToUser(userId: "alice", event: "cart", data: { items: 2 }) { id } }')
    const both = [phone.subscribe(CUSTOM), laptop.subscribe(CUSTOM)]
    for (const stream of both)
      expect(await received(stream, send)).toEqual({
        customEvent: { name: 'cart', data: { items: 2 }, ticketId: null },
      })
  })

  test('sendToMultipleUsers', async () => {
    const app = await startTestApp()
    const [alice, carol] = [await connectDevice(app, 'alice'), await connectDevice(app, 'carol')]
    const backend = await connectDevice(app, 'shop', 'backend')
    const send = () =>
      backend.run('mutation { sendToMultipleUsers(userIds: ["alice", "carol"], event: "sale") { id } }')
    for (const device of [alice, carol])
      expect(await received(device.subscribe(CUSTOM), send)).toMatchObject({ customEvent: { name: 'sale' } })
  })

  test('sendToTicket', async () => {
    const { alice, carol, backend } = await openTicket()
    const streams = [alice.subscribe(CUSTOM, { ticketId: '42' }), carol.subscribe(CUSTOM, { ticketId: '42' })] as const
    for (const stream of streams)
      await ready(backend, 'ready', stream, 'mutation { sendToTicket(ticketId: "42", event: "NAME") { id } }')
    await backend.run('mutation { sendToTicket(ticketId: "42", event: "secret", excludeUserId: "alice") { id } }')
    await backend.run('mutation { sendToTicket(ticketId: "42", event: "last") { id } }')
    expect(await namesUpToLast(streams[0])).toEqual(['last'])
    expect(await namesUpToLast(streams[1])).toEqual(['secret', 'last'])
  })

  test('broadcast', async () => {
    const app = await startTestApp()
    const [alice, carol] = [await connectDevice(app, 'alice'), await connectDevice(app, 'carol')]
    const backend = await connectDevice(app, 'shop', 'backend')
    const streams = [alice.subscribe(CUSTOM), carol.subscribe(CUSTOM)] as const
    for (const stream of streams) await ready(backend, 'ready', stream, 'mutation { broadcast(event: "NAME") { id } }')
    await backend.run('mutation { broadcast(event: "secret", excludeUserId: "alice") { id } }')
    await backend.run('mutation { broadcast(event: "last") { id } }')
    expect(await namesUpToLast(streams[0])).toEqual(['last'])
    expect(await namesUpToLast(streams[1])).toEqual(['secret', 'last'])
  })
})
