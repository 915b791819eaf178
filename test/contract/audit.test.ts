import { expect, onTestFinished, test } from 'vitest'
import { createBus } from '../../src/bus/bus.ts'
import { openLocalLink } from '../../src/bus/local-link.ts'
import { openAudit } from '../../src/delivery/audit.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { messagesTopic } from '../../src/tickets/topics.ts'
import { type Embedded, openEmbedded } from '../support/embedded.ts'
import { ann } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { agent, openDesk } from '../support/tickets.ts'
import { createNotifications } from '../support/with-bus.ts'

const INTERVAL_MS = 10_000

/** Time passes second by second; the audit waits for the store between its timers. */
async function pass({ clock, settled }: Pick<Embedded, 'clock' | 'settled'>): Promise<void> {
  for (let ms = 0; ms < INTERVAL_MS; ms += 1_000) {
    clock.advance(1_000)
    await settled()
  }
}

test('a last event that was lost is found within the interval of the audit', async () => {
  const desk = await openDesk()
  onTestFinished(openAudit(desk))
  const bob = agent('bob')
  await desk.open('1', 'ann')
  const reader = read(await desk.tickets.followMessages(bob, 'laptop', '1', null))
  const first = reader.next()
  await desk.say(bob, '1', 'received')
  expect(await first).toMatchObject({ body: 'received' })
  const lost = reader.next()
  desk.wire.cut()
  await desk.say(bob, '1', 'lost')
  await pass(desk)
  expect(await lost).toMatchObject({ body: 'lost' })
})

test('an unread count that was lost is found, too', async () => {
  const embedded = await openEmbedded()
  let isCut = false
  const bus = createBus({
    ...embedded,
    openLink: (receiver) => {
      const link = openLocalLink(receiver)
      return { ...link, send: (name, event) => isCut || link.send(name, event) }
    },
  })
  const notifications = createNotifications({ ...embedded, bus, limits: DEFAULT_LIMITS })
  onTestFinished(openAudit({ ...embedded, bus }))
  const reader = read(await notifications.followUnread(ann))
  expect(await reader.next()).toMatchObject({ count: 0 })
  const lost = reader.next()
  isCut = true
  await notifications.notify({ userIds: ['ann'], notification: { type: 'chat.hello', title: 'Hello' } })
  await pass(embedded)
  expect(await lost).toMatchObject({ count: 1 })
})

test('who knows everything is not sent to the store', async () => {
  const desk = await openDesk()
  onTestFinished(openAudit(desk))
  const bob = agent('bob')
  await desk.open('1', 'ann')
  const reader = read(await desk.tickets.followMessages(bob, 'laptop', '1', null))
  const first = reader.next()
  await desk.say(bob, '1', 'received')
  await first
  let gaps = 0
  desk.bus.subscribe(messagesTopic('1', 'staff'), { event: () => {}, gap: () => gaps++ })
  for (let round = 0; round < 3; round++) await pass(desk)
  expect(gaps).toBe(0)
})
