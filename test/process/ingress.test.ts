import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { eventCommand, notifyCommand, openEventNames, openSender } from '../support/commands.ts'
import { connectDevice } from '../support/device.ts'
import { nodeEnvironment, until } from '../support/nodes.ts'
import { useRedis } from '../support/redis.ts'

const redis = useRedis()

/** A node and a backend that sends to it through Redis. */
async function open(more: Readonly<Record<string, string>> = {}) {
  const env = { ...nodeEnvironment(redis.url()), ...more }
  const app = await startTestApp({ env })
  const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
  return { app, sender, env }
}

const EVENTS = 'subscription { customEvent { name data } }'
const ADDED = 'subscription { notificationAdded { title type } }'

/** A device that has begun to follow, and what it gets. */
async function following(app: Parameters<typeof connectDevice>[0], userId: string, query: string) {
  const device = await connectDevice(app, userId)
  const stream = device.subscribe(query)
  // The socket takes operations in their order, and answers this one when the subscription is live.
  await device.run('{ me { id } }')
  return stream
}

describe('a command in the stream', () => {
  test('is executed as the mutation of its name, with its input as data', async () => {
    const { app, sender } = await open()
    const alice = await connectDevice(app, 'alice')
    const backend = await connectDevice(app, 'shop', 'backend')
    const count = async () => (await alice.run('{ unreadCount { count } }'))['unreadCount'].count

    await sender.add(notifyCommand('alice', 'To you'))
    await sender.add({ type: 'announce', data: { notification: { type: 'a.b', title: 'To all' } } })
    await until(async () => (await count()) === 2)
    const { notifications } = await alice.run('{ notifications { nodes { id title } } }')
    expect(notifications.nodes.map(({ title }: { title: string }) => title).sort()).toEqual(['To all', 'To you'])

    const ids = notifications.nodes.map(({ id }: { id: string }) => id)
    await sender.add({ type: 'retractNotifications', data: { ids } })
    await until(async () => (await count()) === 0)

    await sender.add({ type: 'upsertTicket', data: { id: '42', subject: 'Lamp', participants: [{ id: 'alice' }] } })
    await until(async () => (await alice.run('{ ticket(id: "42") { subject } }'))['ticket']?.subject === 'Lamp')

    const namesOf = await openEventNames(
      alice.subscribe('subscription { customEvent(ticketId: "42") { name data } }'),
      (event) =>
        backend.run('mutation ($event: String!) { sendToTicket(ticketId: "42", event: $event) { id } }', { event }),
    )
    await sender.add({ type: 'sendToUser', data: { userId: 'alice', event: 'one', data: { n: 1 } } })
    await sender.add({ type: 'sendToMultipleUsers', data: { userIds: ['bob', 'alice'], event: 'some' } })
    await sender.add({ type: 'sendToTicket', data: { ticketId: '42', event: 'ticket' } })
    await sender.add({ type: 'broadcast', data: { event: 'all', excludeUserId: 'bob' } })
    expect([...(await namesOf(4))].sort()).toEqual(['all', 'one', 'some', 'ticket'])

    await sender.add({ type: 'eraseUser', data: { userId: 'alice' } })
    await until(
      async () =>
        (await backend.run('{ ticket(id: "42") { participants { user { id } } } }'))['ticket'].participants.length ===
        0,
    )
    const bob = await connectDevice(app, 'bob')
    await bob.run('{ me { id } }')
    const gone = new Promise((resolve) => bob.client.on('closed', resolve))
    await sender.add({ type: 'disconnectUser', data: { userId: 'bob', reason: 'Bye' } })
    expect(await gone).toMatchObject({ code: 4403, reason: 'Bye' })
    await sender.idle()
    expect(await sender.dead()).toEqual([])
  })

  test('that was sent before the first start is executed', async () => {
    const env = nodeEnvironment(redis.url())
    const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
    await sender.add(notifyCommand('alice', 'Early'))
    const app = await startTestApp({ env })
    const alice = await connectDevice(app, 'alice')
    await until(async () => (await alice.run('{ unreadCount { count } }'))['unreadCount'].count === 1)
  })

  test('does not overtake another one that names the same ticket or user', async () => {
    const { app, sender } = await open()
    const agent = await following(app, 'bob', EVENTS)
    for (let n = 0; n < 60; n++) {
      await sender.add({ type: 'upsertTicket', data: { id: `t${n}`, status: 'OPEN' } })
      await sender.add({ type: 'sendToTicket', data: { ticketId: `t${n}`, event: 'x' } })
      await sender.add({ type: 'sendToUser', data: { userId: 'bob', event: `${n}` } })
      await sender.add({ type: 'broadcast', data: { event: `all ${n}` } })
    }
    const names = (await agent.take(120)).map(({ customEvent }) => customEvent.name as string)
    const numbers = Array.from({ length: 60 }, (_, n) => `${n}`)
    expect(names.filter((name) => !name.startsWith('all'))).toEqual(numbers)
    expect(names.filter((name) => name.startsWith('all'))).toEqual(numbers.map((n) => `all ${n}`))
    await sender.idle()
    // An event to a ticket that is not there yet would have been rejected.
    expect(await sender.dead()).toEqual([])
  })
})

describe('sending twice', () => {
  test('with the same id is sending once, for what is stored and for what is not', async () => {
    const { app, sender } = await open()
    const [events, added] = [await following(app, 'alice', EVENTS), await following(app, 'alice', ADDED)]
    for (let time = 0; time < 3; time++) {
      await sender.add(notifyCommand('alice', 'Paid', { id: 'order 7' }))
      await sender.add(eventCommand('alice', 'paid', { id: 'order 7' }))
    }
    await sender.add(notifyCommand('alice', 'Other source', { id: 'order 7', source: 'https://shop.example' }))
    await sender.add(eventCommand('alice', 'other source', { id: 'order 7', source: 'https://shop.example' }))
    expect((await added.take(2)).map(({ notificationAdded }) => notificationAdded.title)).toEqual([
      'Paid',
      'Other source',
    ])
    expect((await events.take(2)).map(({ customEvent }) => customEvent.name)).toEqual(['paid', 'other source'])
    await sender.idle()
    expect([added.waiting, events.waiting, await sender.dead()]).toEqual([[], [], []])
  })

  test('without an id is sending twice', async () => {
    const { app, sender } = await open()
    const added = await following(app, 'alice', ADDED)
    await sender.add(notifyCommand('alice', 'Again'))
    await sender.add(notifyCommand('alice', 'Again'))
    expect(await added.take(2)).toHaveLength(2)
  })

  test('through the stream, the channel and as a mutation, too, is sending once', async () => {
    const { app, sender } = await open()
    const added = await following(app, 'alice', ADDED)
    const backend = await connectDevice(app, 'shop', 'backend')
    await sender.add(notifyCommand('alice', 'Paid', { id: 'order-8' }))
    await sender.publish(notifyCommand('alice', 'Paid', { id: 'order-8' }))
    const { data } = notifyCommand('alice', 'Paid')
    await backend.run('mutation ($input: NotifyInput!) { notify(input: $input) { isDuplicate } }', {
      input: { ...data, idempotencyKey: 'order-8' },
    })
    await sender.add(notifyCommand('alice', 'The end'))
    expect((await added.take(2)).map(({ notificationAdded }) => notificationAdded.title)).toEqual(['Paid', 'The end'])
  })

  test('with the same id and something else in it is rejected', async () => {
    const { sender } = await open()
    await sender.add(notifyCommand('alice', 'One', { id: 'order-9' }))
    await sender.add(notifyCommand('alice', 'Two', { id: 'order-9' }))
    await sender.idle()
    expect(await sender.dead()).toMatchObject([{ code: 'CONFLICT', from: 'stream' }])
  })
})

describe('a command on the channel', () => {
  test('is executed at once', async () => {
    const { app, sender } = await open()
    const added = await following(app, 'alice', ADDED)
    await sender.publish(notifyCommand('alice', 'Quick'))
    expect(await added.next()).toEqual({ notificationAdded: { title: 'Quick', type: 'test.command' } })
  })

  test('is rejected like one in the stream', async () => {
    const { sender } = await open()
    await sender.publish(notifyCommand('alice', '   '))
    await until(async () => (await sender.dead()).length === 1)
    expect(await sender.dead()).toMatchObject([
      { from: 'channel', code: 'BAD_USER_INPUT', reason: 'title must not be empty.' },
    ])
  })

  test('is dropped when too many are under way', async () => {
    const { app, sender } = await open({ MAX_QUICK_COMMANDS: '3' })
    const events = await following(app, 'alice', EVENTS)
    // All in one turn: none can be finished in between.
    const pipeline = sender.redis.pipeline()
    const command = (n: number): string => JSON.stringify(eventCommand('alice', `${n}`))
    for (let n = 0; n < 200; n++) pipeline.publish(`${sender.prefix}commands`, command(n))
    await pipeline.exec()
    expect((await events.take(3)).map(({ customEvent }) => customEvent.name)).toEqual(['0', '1', '2'])
    await sender.add(eventCommand('alice', 'the end'))
    let more = 0
    while ((await events.next())['customEvent'].name !== 'the end') more += 1
    expect(more).toBeLessThan(197)
    expect(await sender.dead()).toEqual([])
  })
})
