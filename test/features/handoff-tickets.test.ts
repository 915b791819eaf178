import { expect, test } from 'vitest'
import { DEFAULT_LIMITS, DEFAULT_RETENTION, DEFAULT_TYPING } from '../../src/lib/limits.ts'
import { openMemoryMemberships } from '../../src/membership/memory-memberships.ts'
import { type HandoffOptions, openHandoffScene } from '../support/handoff.ts'
import { agent, customer } from '../support/tickets.ts'
import { createTickets } from '../support/with-bus.ts'

const ann = customer('ann')
const sam = agent('sam')
const tom = agent('tom')

/** Ticket 42 of ann and carol, which sam is in charge of. */
async function open(tickets = 'customer=5m:READ,agent=5m:READ', more: HandoffOptions = {}) {
  const scene = await openHandoffScene({ tickets, ...more })
  const desk = createTickets({
    ...scene,
    limits: DEFAULT_LIMITS,
    typing: DEFAULT_TYPING,
    retention: DEFAULT_RETENTION,
    memberships: openMemoryMemberships(scene),
    graceMs: 0,
    handOff: scene.handoff.tickets,
  })
  await desk.upsert({
    id: '42',
    subject: 'A lamp',
    participants: [{ id: 'ann' }, { id: 'carol' }],
    assignee: { id: 'sam', role: 'AGENT' },
  })
  const say = (who: typeof ann, body: string, visibility: 'PUBLIC' | 'INTERNAL' = 'PUBLIC') =>
    desk.send(who, { ticketId: '42', body, visibility })
  const events = async (type = 'ticket.unseen') => {
    await scene.events()
    return scene.webhook.taken.filter(({ event }) => event.type === type).map(({ event }) => event.data)
  }
  return { ...scene, desk, say, told: events }
}

function bodies({ messages }: { readonly messages: readonly { readonly body: string }[] }): readonly string[] {
  return messages.map(({ body }) => body)
}

test('what somebody did not read in a ticket is told once, with all that is unread', async () => {
  const scene = await open()
  await scene.say(sam, 'Hello')
  await scene.pass(200)
  await scene.say(sam, 'Are you there?')
  await scene.desk.markRead(customer('carol'), '42', 2)
  expect(await scene.told()).toEqual([])
  await scene.pass(101)
  const [event, ...others] = await scene.told()
  expect(others).toEqual([])
  expect(event).toMatchObject({
    userId: 'ann',
    ticket: { id: '42', subject: 'A lamp', status: 'OPEN' },
    unread: { count: 2, isCapped: false },
    messages: [{ number: 1, author: { userId: 'sam' }, visibility: 'PUBLIC' }, { number: 2 }],
  })
  expect(bodies(event)).toEqual(['Hello', 'Are you there?'])
  await scene.pass(900)
  expect(await scene.told()).toHaveLength(1)
})

test('files are told with the message that has them, also when there is no text', async () => {
  const scene = await open()
  const file = { fileId: 'f-1', name: 'lamp.png', mediaType: 'image/png', bytes: 20_480, url: '/files/f-1' }
  await scene.desk.send(sam, { ticketId: '42', attachments: [file] })
  await scene.say(sam, 'See above')
  await scene.pass(301)
  const [event] = await scene.told()
  expect(event.messages).toMatchObject([
    { body: '', attachments: [file] },
    { body: 'See above', attachments: [] },
  ])
})

test('what was read makes nothing early of what comes after it', async () => {
  const scene = await open('customer=5m:READ')
  await scene.say(sam, 'Hello')
  await scene.pass(100)
  for (const name of ['ann', 'carol']) await scene.desk.markRead(customer(name), '42', 1)
  await scene.pass(100)
  await scene.say(sam, 'One more thing')
  await scene.desk.markRead(customer('carol'), '42', 2)
  await scene.pass(250)
  expect(await scene.told()).toEqual([])
  await scene.pass(60)
  const told = await scene.told()
  expect(told).toMatchObject([{ userId: 'ann', unread: { count: 1 } }])
  expect(bodies(told[0])).toEqual(['One more thing'])
})

test('a note is told to the assignee, never to a customer, whom it tells nothing of', async () => {
  const scene = await open()
  await scene.say(tom, 'She is lying', 'INTERNAL')
  await scene.say(tom, 'We look into it')
  await scene.say(tom, 'She is not', 'INTERNAL')
  await scene.pass(301)
  const told = await scene.told()
  expect(told.map(({ userId }) => userId).sort()).toEqual(['ann', 'carol', 'sam'])
  for (const event of told) {
    const isStaff = event.userId === 'sam'
    expect(bodies(event)).toEqual(isStaff ? ['She is lying', 'We look into it', 'She is not'] : ['We look into it'])
    expect(event.unread.count).toBe(isStaff ? 3 : 1)
    expect(event.messages[0].number).toBe(1)
  }
})

test('a note alone makes no event for customers, and no row', async () => {
  const scene = await open()
  await scene.say(sam, 'Only us', 'INTERNAL')
  expect(await scene.storage.read((tx) => tx.selectFrom('hand_offs').selectAll().execute())).toEqual([])
  // A reply counts as having read.
  await scene.say(ann, 'Anybody?')
  await scene.say(sam, 'Yes')
  await scene.pass(301)
  const told = await scene.told()
  expect(told.map(({ userId }) => userId).sort()).toEqual(['ann', 'carol'])
})

test('who has no part in the ticket any more is not told, nor is what was deleted', async () => {
  const scene = await open()
  const { message } = await scene.say(sam, 'Wrong ticket')
  await scene.say(ann, 'What?')
  await scene.desk.remove(sam, message.id)
  await scene.desk.upsert({ id: '42', participants: [{ id: 'ann' }], assignee: { id: 'tom', role: 'AGENT' } })
  await scene.pass(301)
  expect(await scene.told()).toEqual([])
})

test('of a muted ticket nothing is told until it is muted no longer, and then with what comes all that is unread', async () => {
  const scene = await open('customer=5m:READ')
  await scene.desk.mute(ann, '42', scene.clock.now() + 3_600_000)
  await scene.desk.mute(customer('carol'), '42', null)
  await scene.say(sam, 'Hello')
  await scene.pass(301)
  expect(await scene.told()).toEqual([])
  // What is due when it is muted no longer is told.
  await scene.pass(3_600 - 301 - 60)
  await scene.say(sam, 'Are you there?')
  await scene.pass(301)
  expect(await scene.told()).toMatchObject([{ userId: 'ann', unread: { count: 2 } }])
  await scene.desk.unmute(customer('carol'), '42')
  await scene.say(sam, 'Both of you?')
  await scene.desk.mute(ann, '42', null)
  await scene.pass(301)
  expect((await scene.told()).slice(1)).toMatchObject([{ userId: 'carol', unread: { count: 3 } }])
})

test('what is unread in a ticket waits for the end of quiet hours, and is told once then', async () => {
  const scene = await open('customer=5m:READ')
  // It is midnight.
  await scene.preferences.setQuietHours(ann, { from: '23:00', to: '00:20', timeZone: 'UTC' })
  await scene.say(sam, 'Hello')
  await scene.pass(301)
  expect(await scene.told()).toHaveLength(1)
  await scene.say(sam, 'Are you there?')
  await scene.pass(600)
  expect((await scene.told()).map(({ userId }) => userId)).toEqual(['carol', 'carol'])
  await scene.pass(320)
  expect((await scene.told()).slice(2)).toMatchObject([{ userId: 'ann', unread: { count: 2 } }])
})

test('who has muted a ticket is told of no message in it, and the backend of who is assigned', async () => {
  const scene = await open('agent=5m:READ')
  await scene.desk.mute(sam, '42', null)
  await scene.say(ann, 'Hello')
  await scene.desk.upsert({ id: '42', assignee: { id: 'tom', role: 'AGENT' } })
  await scene.desk.claim(sam, '42', 'tom')
  await scene.pass(301)
  expect(await scene.told()).toEqual([])
  expect(await scene.told('ticket.assigned')).toMatchObject([
    { assignee: { userId: 'sam' } },
    { assignee: { userId: 'tom' } },
    { assignee: { userId: 'sam' } },
  ])
})

test('without a rule for a role nothing is stored', async () => {
  const scene = await open('agent=1m:READ+ONLINE')
  scene.online.users = new Set(['sam'])
  await scene.say(sam, 'Hello')
  expect(await scene.storage.read((tx) => tx.selectFrom('hand_offs').selectAll().execute())).toEqual([])
  await scene.say(ann, 'Hello')
  await scene.pass(61)
  expect(await scene.told()).toEqual([])
  scene.online.users = new Set()
  await scene.say(ann, 'Hello?')
  await scene.pass(61)
  expect(await scene.told()).toMatchObject([{ userId: 'sam', unread: { count: 2 } }])
})

test('the backend learns who is assigned, in order, and an erased user is taken out', async () => {
  const scene = await open(undefined)
  await scene.desk.upsert({ id: '42', assignee: { id: 'tom', role: 'AGENT', name: 'Tom' } })
  await scene.desk.upsert({ id: '42', subject: 'Another lamp' })
  await scene.desk.upsert({ id: '42', assignee: null })
  const told = await scene.told('ticket.assigned')
  expect(told).toMatchObject([
    { ticketId: '42', assignee: { userId: 'sam' }, previousAssignee: null, by: null },
    { assignee: { userId: 'tom', name: 'Tom' }, previousAssignee: { userId: 'sam' } },
    { assignee: null, previousAssignee: { userId: 'tom' } },
  ])
  scene.webhook.answer((response) => response.writeHead(500).end())
  await scene.desk.upsert({ id: '42', assignee: { id: 'sam', role: 'AGENT' } })
  await scene.handoff.erase('sam')
  const rows = await scene.storage.read((tx) => tx.selectFrom('backend_events').select('body').execute())
  expect(rows.map(({ body }) => JSON.parse(body).data)).toMatchObject([{ ticketId: '42', assignee: null }])
})

test('of a ticket that is deleted nothing is told any more, whatever waits', async () => {
  const scene = await open()
  await scene.desk.upsert({ id: '43', participants: [{ id: 'ann' }] })
  scene.webhook.answer((response) => response.writeHead(500).end())
  await scene.say(sam, 'Hello, "42"')
  await scene.desk.send(sam, { ticketId: '43', body: 'Not in "42"' })
  const left = () =>
    scene.storage.read(async (tx) => ({
      due: await tx.selectFrom('hand_offs').select(['user_id', 'item']).execute(),
      events: (await tx.selectFrom('backend_events').select('body').execute()).map(({ body }) => JSON.parse(body).data),
    }))
  await scene.pass(301)
  while ((await left()).events.length < 4) await scene.pass(1)
  await scene.say(tom, 'Psst', 'INTERNAL')
  expect((await left()).due).toEqual([{ user_id: 'sam', item: '42' }])
  await scene.desk.delete('42')
  expect(await left()).toMatchObject({ due: [], events: [{ userId: 'ann', ticket: { id: '43' } }] })
})
