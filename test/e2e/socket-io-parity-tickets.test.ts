import { describe, expect, test } from 'vitest'
import { connectDevice, connectWith, type Device } from '../support/device.ts'
import { received } from '../support/nodes.ts'
import { openTicket, tell } from '../support/parity.ts'

// What the Socket.IO service could do, by the names of its events and methods. docs/socket-io.md lists the same rows.

const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { message { id number } } }'
const MESSAGES = 'subscription { ticketMessage(ticketId: "42") { body number visibility author { id } } }'
const PRESENCE = 'subscription { ticketPresence(ticketId: "42") { change user { id } viewers { id } } }'
const TYPING = 'subscription { userTyping(ticketId: "42") { user { id name } isTyping expiresAt visibility } }'
const ACTIVITY = 'subscription { supportMessage { ticketId number authorRole unreadCount } }'

describe('what the Socket.IO service could do', () => {
  test('join-ticket, joined-ticket', async () => {
    const { alice, carol } = await openTicket()
    const presence = alice.subscribe(PRESENCE)
    expect((await presence.next())['ticketPresence']).toEqual({ change: 'PRESENT', user: null, viewers: [] })
    carol.subscribe(MESSAGES)
    expect((await presence.next())['ticketPresence']).toEqual({
      change: 'JOINED',
      user: { id: 'carol' },
      viewers: [{ id: 'carol' }],
    })
  })

  test('leave-ticket, left-ticket', async () => {
    const { alice, carol } = await openTicket()
    const presence = alice.subscribe(PRESENCE)
    await presence.next()
    const messages = carol.subscribe(MESSAGES)
    expect((await presence.next())['ticketPresence'].change).toBe('JOINED')
    messages.stop()
    expect((await presence.next())['ticketPresence']).toEqual({ change: 'LEFT', user: { id: 'carol' }, viewers: [] })
    carol.subscribe(MESSAGES)
    expect((await presence.next())['ticketPresence'].change).toBe('JOINED')
    await carol.close()
    expect((await presence.next())['ticketPresence'].change).toBe('LEFT')
  })

  test('message:new', async () => {
    const { alice, bob } = await openTicket()
    const { resumeCursor } = (await bob.run('{ ticket(id: "42") { messages { resumeCursor } } }'))['ticket'].messages
    const messages = bob.subscribe(MESSAGES.replace('"42"', `"42", after: "${resumeCursor}"`))
    await alice.run(SEND, { input: { ticketId: '42', body: 'My lamp is broken' } })
    expect((await messages.next())['ticketMessage']).toEqual({
      body: 'My lamp is broken',
      number: 1,
      visibility: 'PUBLIC',
      author: { id: 'alice' },
    })
  })

  test('support:new-message', async () => {
    const { alice, bob } = await openTicket()
    await bob.run(SEND, { input: { ticketId: '42', body: 'How can I help?' } })
    const activity = alice.subscribe(ACTIVITY)
    expect((await activity.next())['supportMessage']).toEqual({
      ticketId: '42',
      number: 1,
      authorRole: 'AGENT',
      unreadCount: 1,
    })
    await bob.run(SEND, { input: { ticketId: '42', body: 'Hello?' } })
    expect((await activity.next())['supportMessage']).toMatchObject({ number: 2, unreadCount: 2 })
  })

  test('typing', async () => {
    const { alice } = await openTicket()
    const typed = await alice.run('mutation { setTyping(ticketId: "42", isTyping: true) { accepted resendAfterMs } }')
    expect(typed).toEqual({ setTyping: { accepted: true, resendAfterMs: 3_000 } })
  })

  test('user-typing', async () => {
    const { alice, bob } = await openTicket()
    const typing = bob.subscribe(TYPING)
    const set = (isTyping: boolean) => () =>
      alice.run(`mutation { setTyping(ticketId: "42", isTyping: ${isTyping}) { accepted } }`)
    const stops = async () => {
      await set(true)()
      await set(false)()
    }
    expect(await received(typing, stops)).toMatchObject({
      userTyping: { user: { id: 'alice' }, isTyping: true, visibility: 'PUBLIC' },
    })
    expect((await typing.next())['userTyping'].isTyping).toBe(false)
  })

  test('permissions', async () => {
    const { app, alice } = await openTicket()
    const eve = await connectDevice(app, 'eve')
    await expect(eve.run(SEND, { input: { ticketId: '42', body: 'Let me in' } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(eve.subscribe(MESSAGES).next()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await eve.run('{ ticket(id: "42") { id } }')).toEqual({ ticket: null })
    await expect(tell(alice, 'Not for customers', 'alice')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(connectWith(app, undefined).run('{ me { id } }')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('internal messages', async () => {
    const { alice, bob } = await openTicket()
    const cursor = async (device: Device) =>
      (await device.run('{ ticket(id: "42") { messages { resumeCursor } } }'))['ticket'].messages.resumeCursor
    const own = alice.subscribe(MESSAGES.replace('"42"', `"42", after: "${await cursor(alice)}"`))
    const staff = bob.subscribe(MESSAGES.replace('"42"', `"42", after: "${await cursor(bob)}"`))
    await bob.run(SEND, { input: { ticketId: '42', body: 'She is right', visibility: 'INTERNAL' } })
    await bob.run(SEND, { input: { ticketId: '42', body: 'You are right' } })
    expect((await staff.take(2)).map(({ ticketMessage }) => [ticketMessage.number, ticketMessage.visibility])).toEqual([
      [1, 'INTERNAL'],
      [2, 'PUBLIC'],
    ])
    expect((await own.next())['ticketMessage']).toMatchObject({ body: 'You are right', number: 1 })
    await expect(
      alice.run(SEND, { input: { ticketId: '42', body: 'Psst', visibility: 'INTERNAL' } }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})
