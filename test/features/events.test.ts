import { expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { Fail } from '../../src/delivery/description.ts'
import type { Events } from '../../src/events/events.ts'
import { AppError, notFound } from '../../src/lib/errors.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { type Embedded, openEmbedded } from '../support/embedded.ts'
import { type Reader, read } from '../support/reader.ts'
import { viewer } from '../support/viewer.ts'
import { createEvents } from '../support/with-bus.ts'

const [ada, bob, cy] = [viewer('ada'), viewer('bob'), viewer('cy')]
const shop = viewer('shop', 'BACKEND')

interface Scene extends Embedded {
  readonly events: Events
  /** Takes a user's access to the ticket away. */
  expel(userId: string): void
  /** How many iterations watch over access. */
  guards(): number
}

/** Events with one ticket, `T-1`, in which Ada and Bob take part. */
async function openScene(): Promise<Scene> {
  const embedded = await openEmbedded()
  const members = new Set(['ada', 'bob', 'shop'])
  const guards = new Map<Fail, string>()
  const events = createEvents({
    bus: embedded.bus,
    clock: embedded.clock,
    limits: DEFAULT_LIMITS,
    requireAudience: async ({ userId, role }, ticketId) => {
      if (ticketId !== 'T-1' || !members.has(userId)) throw notFound('Ticket')
      return role === 'CUSTOMER' ? 'public' : 'staff'
    },
    guardAccess: ({ userId }, _ticketId, fail) => {
      guards.set(fail, userId)
      return () => guards.delete(fail)
    },
  })
  return {
    ...embedded,
    events,
    expel: (userId) => {
      members.delete(userId)
      for (const [fail, guarded] of guards) {
        if (guarded === userId) fail(new AppError('FORBIDDEN', 'You no longer take part in this ticket.'))
      }
    },
    guards: () => guards.size,
  }
}

/** Sends something that all followers get and returns the names of what the reader got before it. */
async function namesBeforeBarrier(events: Events, reader: Reader<{ readonly name: string }>): Promise<string[]> {
  await events.broadcast({ event: 'barrier' })
  const names: string[] = []
  for (;;) {
    const { name } = await reader.next()
    if (name === 'barrier') return names
    names.push(name)
  }
}

test('an event reaches all devices of a user, as it was sent', async () => {
  const { events, clock } = await openScene()
  const devices = [read(await events.follow(ada, {})), read(await events.follow(ada, {}))]
  const sent = await events.sendToUser('ada', { event: 'order.shipped', data: { order: 7, lines: [{ sku: 'a' }] } })
  expect(sent.at).toBe(clock.now())
  for (const device of devices) {
    expect(await device.next()).toEqual({
      ...sent,
      name: 'order.shipped',
      data: { order: 7, lines: [{ sku: 'a' }] },
      ticketId: null,
    })
  }
})

test('an event to a user reaches nobody else', async () => {
  const { events } = await openScene()
  const reader = read(await events.follow(bob, { ticketId: 'T-1' }))
  await events.sendToUser('ada', { event: 'secret' })
  expect(await namesBeforeBarrier(events, reader)).toEqual([])
})

test('an event to several users reaches each once, under one id', async () => {
  const { events } = await openScene()
  const readers = await Promise.all([ada, bob, cy].map(async (who) => read(await events.follow(who, {}))))
  const { id } = await events.sendToMultipleUsers(['ada', 'bob', 'ada'], { event: 'sale' })
  expect((await readers[0]!.next()).id).toBe(id)
  expect((await readers[1]!.next()).id).toBe(id)
  for (const reader of readers) expect(await namesBeforeBarrier(events, reader)).toEqual([])
})

test('an event to everyone is kept from the excluded user, on every device', async () => {
  const { events } = await openScene()
  const devices = [read(await events.follow(ada, {})), read(await events.follow(ada, { names: ['news', 'barrier'] }))]
  const other = read(await events.follow(bob, {}))
  await events.broadcast({ event: 'news', excludeUserId: 'ada' })
  for (const device of devices) expect(await namesBeforeBarrier(events, device)).toEqual([])
  expect((await other.next()).name).toBe('news')
})

test('an event to a ticket reaches who listens to it, without the excluded user', async () => {
  const { events } = await openScene()
  const listening = read(await events.follow(ada, { ticketId: 'T-1' }))
  const elsewhere = read(await events.follow(ada, {}))
  const excluded = read(await events.follow(bob, { ticketId: 'T-1' }))
  await events.sendToTicket(shop, 'T-1', { event: 'priority.raised', data: { to: 1 }, excludeUserId: 'bob' })
  expect(await listening.next()).toMatchObject({ name: 'priority.raised', ticketId: 'T-1', data: { to: 1 } })
  expect(await namesBeforeBarrier(events, elsewhere)).toEqual([])
  expect(await namesBeforeBarrier(events, excluded)).toEqual([])
})

test('only events with the wanted names are passed on', async () => {
  const { events } = await openScene()
  const reader = read(await events.follow(ada, { names: ['order.paid', 'barrier'], ticketId: 'T-1' }))
  await events.sendToUser('ada', { event: 'order.shipped' })
  await events.sendToUser('ada', { event: 'order.paid' })
  await events.sendToTicket(shop, 'T-1', { event: 'order.shipped' })
  expect(await namesBeforeBarrier(events, reader)).toEqual(['order.paid'])
})

test('a ticket that is not there, or not mine, is not found', async () => {
  const { events } = await openScene()
  const missing = { code: 'NOT_FOUND', message: 'Ticket not found.' }
  await expect(events.follow(ada, { ticketId: 'T-2' })).rejects.toMatchObject(missing)
  await expect(events.follow(cy, { ticketId: 'T-1' })).rejects.toMatchObject(missing)
  await expect(events.sendToTicket(shop, 'T-2', { event: 'x' })).rejects.toMatchObject(missing)
})

test('who loses access to the ticket is cut off with FORBIDDEN, and the others go on', async () => {
  const { events, expel } = await openScene()
  const expelled = read(await events.follow(ada, { ticketId: 'T-1' }))
  const without = read(await events.follow(ada, {}))
  const other = read(await events.follow(bob, { ticketId: 'T-1' }))
  const ended = expect(expelled.ended()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expel('ada')
  await ended
  await events.sendToTicket(shop, 'T-1', { event: 'after' })
  expect((await other.next()).name).toBe('after')
  expect(await namesBeforeBarrier(events, without)).toEqual([])
})

test('access is watched from the beginning of a subscription to its end, and only with a ticket', async () => {
  const { events, guards } = await openScene()
  const feed = await events.follow(ada, { ticketId: 'T-1' })
  read(await events.follow(ada, {}))
  expect(guards()).toBe(0)
  const reader = read(feed)
  expect(guards()).toBe(1)
  await reader.stop()
  expect(guards()).toBe(0)
})

test('each viewer has results of their own, and each operation too', async () => {
  const { events } = await openScene()
  const group = async (who: Viewer, filter: { names?: string[]; ticketId?: string }) => {
    const { source, scope } = await events.follow(who, filter)
    return `${source} ${scope}`
  }
  expect(await group(ada, { names: ['a'] })).toBe(await group(ada, { names: ['a'] }))
  const groups = await Promise.all([
    group(ada, {}),
    group(bob, {}),
    group(ada, { names: ['a'] }),
    group(ada, { names: ['a', 'b'] }),
    group(ada, { ticketId: 'T-1' }),
  ])
  expect(new Set(groups).size).toBe(5)
})

test.each([
  ['an empty name', { event: '' }],
  ['a name of two lines', { event: 'a\nb' }],
  ['a name that is too long', { event: 'x'.repeat(129) }],
  ['data that is too large', { event: 'x', data: { text: 'x'.repeat(16 * 1024) } }],
])('%s is refused by all four ways to send, and nothing is sent', async (_, outgoing) => {
  const { events } = await openScene()
  const reader = read(await events.follow(ada, { ticketId: 'T-1' }))
  const refused = { code: 'BAD_USER_INPUT' }
  await expect(events.sendToUser('ada', outgoing)).rejects.toMatchObject(refused)
  await expect(events.sendToMultipleUsers(['ada'], outgoing)).rejects.toMatchObject(refused)
  await expect(events.sendToTicket(shop, 'T-1', outgoing)).rejects.toMatchObject(refused)
  await expect(events.broadcast(outgoing)).rejects.toMatchObject(refused)
  expect(await namesBeforeBarrier(events, reader)).toEqual([])
})

test('recipients and names must be given, and be as many as is allowed', async () => {
  const { events } = await openScene()
  const refused = { code: 'BAD_USER_INPUT' }
  const tooMany = Array.from({ length: DEFAULT_LIMITS.recipients + 1 }, (_, index) => `user-${index}`)
  await expect(events.sendToMultipleUsers([], { event: 'x' })).rejects.toMatchObject(refused)
  await expect(events.sendToMultipleUsers(tooMany, { event: 'x' })).rejects.toMatchObject(refused)
  await expect(events.sendToUser('', { event: 'x' })).rejects.toMatchObject(refused)
  await expect(events.broadcast({ event: 'x', excludeUserId: '' })).rejects.toMatchObject(refused)
  await expect(events.follow(ada, { names: [] })).rejects.toMatchObject(refused)
  await expect(events.follow(ada, { names: ['ok', 'x'.repeat(129)] })).rejects.toMatchObject(refused)
})

test('a name or data of exactly the greatest size passes', async () => {
  const { events } = await openScene()
  const reader = read(await events.follow(ada, {}))
  const data = { text: 'x'.repeat(16 * 1024 - '{"text":""}'.length) }
  await events.sendToUser('ada', { event: 'x'.repeat(128), data })
  expect((await reader.next()).data).toEqual(data)
})
