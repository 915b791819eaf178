import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { compareDumps, dumpDatabase } from '../support/database-dump.ts'
import { newEnvironment } from '../support/environment.ts'
import { askAs, at, importAll, type Line, SAM, said, TICKET, told } from '../support/imports.ts'

const LIST = `{ notifications(first: 100, filter: { archived: null }) {
  nodes { title body createdAt seenAt readAt archivedAt category priority data actionUrl actor { userId name } }
  unread { count unseen { count } }
} }`

describe('what is imported', () => {
  test('has its old times, marks and contents, and its place by its time', async () => {
    const env = await newEnvironment()
    const full = {
      body: 'More',
      data: { order: 7 },
      actionUrl: '/orders/7',
      priority: 'HIGH',
      actor: { id: 'shop', name: 'Shop' },
    }
    await importAll(env, [
      told('third', 30, full),
      told('first', 10, { readAt: at(11), category: 'sales' }),
      told('second', 20, { seenAt: at(21), archivedAt: at(22) }),
    ])
    const app = await startTestApp({ env })
    const { notifications } = await askAs(app, ['ann'], LIST)
    const [third, second, first] = notifications.nodes
    expect(third).toMatchObject({
      ...{ title: 'third', createdAt: at(30), seenAt: null, readAt: null, archivedAt: null, category: 'order' },
      ...{
        body: 'More',
        data: { order: 7 },
        actionUrl: '/orders/7',
        priority: 'HIGH',
        actor: { userId: 'shop', name: 'Shop' },
      },
    })
    expect(second).toMatchObject({ title: 'second', seenAt: at(21), readAt: null, archivedAt: at(22) })
    // What is read was seen.
    expect(first).toMatchObject({ title: 'first', seenAt: at(11), readAt: at(11), category: 'sales' })
    expect(notifications.unread).toEqual({ count: 1, unseen: { count: 1 } })
  })

  test('stands among what Herald was sent itself, by its time', async () => {
    const env = await newEnvironment()
    const before = await startTestApp({ env })
    for (const title of ['Own', 'Latest']) {
      await askAs(
        before,
        ['shop', 'backend'],
        `mutation { notify(input: { userIds: ["ann"], notification: { type: "t", title: "${title}" } }) { recipients } }`,
      )
    }
    await before.close()
    // In no order, and not all at once.
    await importAll(env, [told('4', 40), told('1', 10)])
    await importAll(env, [told('2', 20), told('5', 50), told('3', 30), told('0', 0)])
    const after = await startTestApp({ env })
    const titles = async (filter = '') => {
      const { notifications } = await askAs(
        after,
        ['ann'],
        `{ notifications(first: 3${filter}) { nodes { title } pageInfo { endCursor } } }`,
      )
      return [notifications.nodes.map(({ title }: Line) => title), notifications.pageInfo.endCursor]
    }
    const [first, cursor] = await titles()
    expect(first).toEqual(['Latest', 'Own', '5'])
    const [second, next] = await titles(`, after: "${cursor}"`)
    expect(second).toEqual(['4', '3', '2'])
    expect((await titles(`, after: "${next}"`))[0]).toEqual(['1', '0'])
  })

  test('is a conversation with its numbers, notes, answers and marks', async () => {
    const env = await newEnvironment()
    await importAll(env, [
      TICKET,
      said('Hello', 1),
      said('A note', 2, { author: SAM, visibility: 'INTERNAL' }),
      said('What is it?', 3, { author: SAM, replyToId: 'Hello', editedAt: at(4) }),
      said('Broken', 5, {
        attachments: [{ name: 'lamp.png', mediaType: 'image/png', bytes: 12, url: 'https://files.test/1' }],
      }),
      said('Still there?', 6, { author: { id: 'ben' } }),
      { kind: 'read', ticketId: 't', user: SAM, messageId: 'Broken' },
      { kind: 'read', ticketId: 't', user: { id: 'ann' }, readAt: at(3) },
    ])
    const app = await startTestApp({ env })
    const CONVERSATION = `{ ticket(id: "t") {
      subject status createdAt updatedAt unreadCount lastReadNumber assignee { userId }
      lastMessage { body } participants { user { userId name } lastReadNumber } reads { staffReadNumber }
      messages { nodes { number visibility body author { userId role } createdAt editedAt replyTo { body } attachments { name bytes } } }
    } }`
    const { ticket } = await askAs(app, ['ann'], CONVERSATION)
    expect(ticket).toMatchObject({
      ...{ subject: 'The lamp', status: 'PENDING', createdAt: at(0), updatedAt: at(6), unreadCount: 1 },
      ...{ assignee: null, lastReadNumber: 3, lastMessage: { body: 'Still there?' }, reads: { staffReadNumber: 3 } },
      participants: [
        { user: { userId: 'ann', name: 'Ann' }, lastReadNumber: 3 },
        { user: { userId: 'ben', name: null }, lastReadNumber: 4 },
      ],
    })
    const bodies = ({ number, body }: Line) => [number, body]
    expect(ticket.messages.nodes.map(bodies)).toEqual([
      [1, 'Hello'],
      [2, 'What is it?'],
      [3, 'Broken'],
      [4, 'Still there?'],
    ])
    expect(ticket.messages.nodes[1]).toMatchObject({
      ...{ author: { userId: 'sam', role: 'AGENT' }, createdAt: at(3), editedAt: at(4), replyTo: { body: 'Hello' } },
    })
    expect(ticket.messages.nodes[2].attachments).toEqual([{ name: 'lamp.png', bytes: 12 }])
    const { ticket: forSam } = await askAs(app, ['sam', 'agent'], CONVERSATION)
    expect(forSam.messages.nodes.map(bodies)).toEqual([
      ...[
        [1, 'Hello'],
        [2, 'A note'],
        [3, 'What is it?'],
        [4, 'Broken'],
        [5, 'Still there?'],
      ],
    ])
    expect(forSam).toMatchObject({ unreadCount: 1, lastReadNumber: 4, assignee: { userId: 'sam' } })
    const { searchTickets } = await askAs(
      app,
      ['ann'],
      '{ searchTickets(query: "broken") { nodes { message { body } } } }',
    )
    expect(searchTickets.nodes).toEqual([{ message: { body: 'Broken' } }])
    const desk =
      '{ tickets { nodes { id updatedAt } counts { byStatus { status tickets { count } } unread { count } } } }'
    const { tickets } = await askAs(app, ['sam', 'agent'], desk)
    expect(tickets.nodes).toEqual([{ id: 't', updatedAt: at(6) }])
    expect(tickets.counts.unread.count).toBe(1)
    expect(tickets.counts.byStatus).toContainEqual({ status: 'PENDING', tickets: { count: 1 } })
  })

  test('goes on: what is sent later comes next', async () => {
    const env = await newEnvironment()
    await importAll(env, [TICKET, said('Hello', 1), said('A note', 2, { author: SAM, visibility: 'INTERNAL' })])
    const app = await startTestApp({ env })
    const SEND = 'mutation { sendTicketMessage(input: { ticketId: "t", body: "Now" }) { message { number } } }'
    expect((await askAs(app, ['ann'], SEND))['sendTicketMessage'].message).toEqual({ number: 2 })
    expect((await askAs(app, ['sam', 'agent'], SEND))['sendTicketMessage'].message).toEqual({ number: 4 })
  })
})

describe('importing again', () => {
  const LINES = [
    told('one', 1, { readAt: at(2) }),
    told('two', 2),
    TICKET,
    said('Hello', 1),
    said('A note', 2, { author: SAM, visibility: 'INTERNAL' }),
    { kind: 'read', ticketId: 't', user: SAM, messageId: 'Hello' },
  ]

  test('changes nothing, and adds what is new', async () => {
    const env = await newEnvironment()
    await importAll(env, LINES)
    const before = await dumpDatabase(env)
    // The backend is told nothing.
    expect([before.get('hand_offs'), before.get('backend_events')]).toEqual([[], []])
    const kinds = await importAll(env, LINES)
    expect(kinds).toEqual({
      notification: { stored: 0, updated: 0, known: 2, refused: 0 },
      ticket: { stored: 0, updated: 0, known: 1, refused: 0 },
      message: { stored: 0, updated: 0, known: 2, refused: 0 },
      read: { stored: 0, updated: 0, known: 1, refused: 0 },
    })
    expect(compareDumps(before, await dumpDatabase(env))).toEqual([])
    const grown = await importAll(env, [...LINES, told('three', 3), said('Next', 3)])
    expect(grown).toMatchObject({ notification: { stored: 1, known: 2 }, message: { stored: 1, known: 2 } })
  })

  test('the same line twice in one file is one', async () => {
    const env = await newEnvironment()
    const kinds = await importAll(env, [...LINES, ...LINES])
    expect(kinds).toMatchObject({
      ...{ notification: { stored: 2, known: 2 }, ticket: { stored: 1, known: 1 }, message: { stored: 2, known: 2 } },
    })
  })

  test('adds marks that were made in the old service meanwhile, but none that users took back here', async () => {
    const env = await newEnvironment()
    await importAll(env, [told('a', 1), told('b', 2), told('c', 3, { readAt: at(4) })])
    const app = await startTestApp({ env })
    const list = '{ notifications(first: 9) { nodes { id title readAt seenAt } unread { count } } }'
    const { notifications } = await askAs(app, ['ann'], list)
    const ids = Object.fromEntries(notifications.nodes.map(({ id, title }: Line) => [title, id]))
    const MARK = (mark: string, id: string) => `mutation { ${mark}(ids: ["${id}"]) { changed } }`
    await askAs(app, ['ann'], MARK('markAsRead', ids['b']))
    await askAs(app, ['ann'], MARK('markAsUnread', ids['b']))
    await askAs(app, ['ann'], MARK('markAsUnread', ids['c']))
    await app.close()
    const kinds = await importAll(
      env,
      ['a', 'b', 'c'].map((id, index) => told(id, index + 1, { readAt: at(9) })),
    )
    expect(kinds['notification']).toEqual({ stored: 0, updated: 1, known: 2, refused: 0 })
    const after = await startTestApp({ env })
    const { notifications: now } = await askAs(after, ['ann'], list)
    expect(now.nodes.map(({ title, readAt }: Line) => [title, readAt])).toEqual([
      ['c', null],
      ['b', null],
      ['a', at(9)],
    ])
    expect(now.unread.count).toBe(2)
  })

  test('leaves alone what a ticket became, and goes on with its messages', async () => {
    const env = await newEnvironment()
    await importAll(env, [TICKET, said('Hello', 1)])
    const app = await startTestApp({ env })
    await askAs(app, ['shop', 'backend'], 'mutation { upsertTicket(input: { id: "t", status: RESOLVED }) { id } }')
    await app.close()
    const kinds = await importAll(env, [TICKET, said('Hello', 1), said('Bye', 2)])
    expect(kinds).toMatchObject({ ticket: { known: 1 }, message: { stored: 1, known: 1 } })
    const after = await startTestApp({ env })
    const { ticket } = await askAs(after, ['ann'], '{ ticket(id: "t") { status messages { nodes { body } } } }')
    expect(ticket).toEqual({ status: 'RESOLVED', messages: { nodes: [{ body: 'Hello' }, { body: 'Bye' }] } })
  })
})
