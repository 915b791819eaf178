import { createClient } from 'graphql-ws'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { signTestToken } from '../support/app.ts'
import { openTicket, tell } from '../support/parity.ts'

/** It is JavaScript, without types. */
const EXAMPLE = new URL('../../examples/socket-io/after.mjs', import.meta.url).href

test('the page of docs/socket-io.md gets what that of the old service got', async () => {
  const after = await import(EXAMPLE)
  const { app, bob, backend } = await openTicket()
  const connectionParams = async () => ({ authorization: `Bearer ${await signTestToken('alice')}` })
  const client = createClient({ url: app.wsUrl, webSocketImpl: WebSocket, connectionParams })
  onTestFinished(async () => client.dispose())
  const got: unknown[] = []
  const note = (item: unknown) => void got.push(item)
  const leaveInbox = after.followInbox(client, { onNotification: note, onCount: note })
  const leaveTicket = after.joinTicket(client, '42', { onMessage: note, onTyping: note })
  // It begins after the subscriptions that were sent before.
  await after.ask(client, '{ me { id } }', {})
  await tell(backend, 'Hello', 'alice')
  await bob.run('mutation { setTyping(ticketId: "42", isTyping: true) { accepted } }')
  await bob.run('mutation { sendTicketMessage(input: { ticketId: "42", body: "Hi" }) { message { id } } }')
  const notification = expect.objectContaining({ title: 'Hello' })
  const typing = { user: { name: 'bob' }, isTyping: true }
  const message = expect.objectContaining({ body: 'Hi', author: { name: 'bob' } })
  const all = [{ count: 0 }, notification, { count: 1 }, typing, message]
  await expect.poll(() => got).toEqual(expect.arrayContaining(all))
  const [{ id }] = got.filter((item) => (item as { title?: string }).title === 'Hello') as [{ id: string }]
  expect(await after.markAsRead(client, [id])).toEqual({ markAsRead: { changed: 1 } })
  expect(await after.setTyping(client, '42', true)).toEqual({ setTyping: { accepted: true } })
  await expect(after.markAsRead(client, ['x'.repeat(300)])).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  leaveInbox()
  leaveTicket()
})
