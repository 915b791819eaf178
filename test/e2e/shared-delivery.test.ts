import { describe, expect, test } from 'vitest'
import { startTestApp, type TokenRole } from '../support/app.ts'
import { connectDevice, type Device, type Stream } from '../support/device.ts'

const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { message { number } } }'
const MESSAGES = /* GraphQL */ `
  subscription ($after: Cursor) {
    ticketMessage(ticketId: "42", after: $after) { id number body visibility author { id role name } createdAt }
  }`

async function openTicket() {
  const app = await startTestApp({ env: { MAX_OPERATIONS_PER_SECOND: '100000' } })
  const backend = await connectDevice(app, 'shop', 'backend')
  await backend.run(
    'mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }, { id: "carol" }] }) { id } }',
  )
  const say = async (body: string, visibility = 'PUBLIC'): Promise<void> => {
    await backend.run(SEND, { input: { ticketId: '42', body, visibility } })
  }
  return { app, backend, say }
}

async function cursorOf(device: Device): Promise<string> {
  return (await device.run('{ ticket(id: "42") { messages { resumeCursor } } }'))['ticket'].messages.resumeCursor
}

async function bodies(stream: Stream, count: number): Promise<string[]> {
  return (await stream.take(count)).map(({ ticketMessage }) => ticketMessage.body)
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `Message ${n}`)
}

describe('a log that many follow', () => {
  test('gives everyone the same bytes in the same order, wherever each began', async () => {
    const { app, say } = await openTicket()
    const early = await connectDevice(app, 'bob', 'agent')
    const start = await cursorOf(early)
    const first = early.subscribe(MESSAGES, { after: start })
    for (const body of numbered(5)) await say(body)
    const others: Stream[] = []
    for (let n = 0; n < 20; n += 1) {
      const device = await connectDevice(app, `agent-${n}`, 'agent')
      others.push(device.subscribe(MESSAGES, { after: start }))
    }
    for (const body of numbered(10).slice(5)) await say(body)
    const expected = await Promise.all(Array.from({ length: 10 }, () => first.result()))
    expect(expected.map(({ data }) => data?.['ticketMessage'].body)).toEqual(numbered(10))
    for (const stream of others) {
      expect(await Promise.all(Array.from({ length: 10 }, () => stream.result()))).toEqual(expected)
    }
  })

  test('keeps audiences apart, however alike their operations', async () => {
    const { app, say } = await openTicket()
    const roles: readonly (readonly [string, TokenRole])[] = [
      ['alice', 'customer'],
      ['carol', 'customer'],
      ['bob', 'agent'],
      ['dora', 'admin'],
      ['other', 'backend'],
    ]
    const streams = new Map<string, Stream>()
    for (const [userId, role] of roles) {
      const device = await connectDevice(app, userId, role)
      streams.set(userId, device.subscribe(MESSAGES, { after: await cursorOf(device) }))
    }
    await say('For all')
    await say('For staff', 'INTERNAL')
    await say('For all again')
    for (const [userId, role] of roles) {
      const messages = (await streams.get(userId)!.take(role === 'customer' ? 2 : 3)).map(
        ({ ticketMessage }) => ticketMessage,
      )
      const seen = messages.map(({ number, body }) => [number, body])
      const publicOnly = [
        [1, 'For all'],
        [2, 'For all again'],
      ]
      expect(seen).toEqual(
        role === 'customer'
          ? publicOnly
          : [
              [1, 'For all'],
              [2, 'For staff'],
              [3, 'For all again'],
            ],
      )
    }
  })

  test('goes on for the others when one leaves, loses access, or its socket dies', async () => {
    const { app, backend, say } = await openTicket()
    const [alice, carol, bob] = [
      await connectDevice(app, 'alice'),
      await connectDevice(app, 'carol'),
      await connectDevice(app, 'bob', 'agent'),
    ]
    const [a, c, c2] = [alice, carol, carol].map((device) => device.subscribe(MESSAGES, { after: undefined }))
    const b = bob.subscribe(MESSAGES, { after: await cursorOf(bob) })
    await alice.run('{ me { id } }')
    c2!.stop()
    await backend.run('mutation { upsertTicket(input: { id: "42", participants: [{ id: "carol" }] }) { id } }')
    await expect(a!.next()).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await say('Still here?')
    expect(await bodies(b, 1)).toEqual(['Still here?'])
    expect(await bodies(c!, 1)).toEqual(['Still here?'])
    bob.client.terminate()
    await say('And now?')
    expect(await bodies(c!, 1)).toEqual(['And now?'])
  })

  test('an id can be used again at once after its subscription was ended', async () => {
    const { app, say } = await openTicket()
    const carol = await connectDevice(app, 'carol')
    for (let n = 0; n < 5; n += 1) {
      const stream = carol.subscribe(MESSAGES, { after: await cursorOf(carol) })
      await say(`Round ${n}`)
      expect(await bodies(stream, 1)).toEqual([`Round ${n}`])
      stream.stop()
      await stream.ended
    }
  })
})
