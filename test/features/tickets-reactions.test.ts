import { describe, expect, it } from 'vitest'
import type { TicketMessage } from '../../src/tickets/ticket-message.ts'
import { read } from '../support/reader.ts'
import { agent, backend, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const eve = customer('eve')
const sam = agent('sam')
const kim = agent('kim')

function told({ id, reactions }: TicketMessage) {
  return [id, reactions.map(({ emoji, count }) => `${emoji}${count}`).join(' ')]
}

describe('reacting to a message', () => {
  it('shows who did, those that came first in front, to everybody who sees the message', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann', 'bob')
    const { id } = await say(sam, 't1', 'Done')
    const live = [
      read(await tickets.followMessages(ann, 'c1', 't1', null)),
      read(await tickets.followMessages(sam, 'c2', 't1', null)),
    ]
    await tickets.react(ann, id, '🎉', true)
    await tickets.react(bob, id, '👍', true)
    await tickets.react(kim, id, '🎉', true)
    const reacted = await tickets.react(backend, id, '👍🏽', true)
    expect(reacted).toMatchObject({
      revision: 5,
      editedAt: null,
      reactions: [
        { emoji: '🎉', count: 2, userIds: ['ann', 'kim'] },
        { emoji: '👍', count: 1, userIds: ['bob'] },
        { emoji: '👍🏽', count: 1, userIds: ['backend'] },
      ],
    })
    for (const reader of live) {
      expect((await reader.take(4)).map(told)).toEqual([
        [id, '🎉1'],
        [id, '🎉1 👍1'],
        [id, '🎉2 👍1'],
        [id, '🎉2 👍1 👍🏽1'],
      ])
    }
    expect((await tickets.messages(ann, { id: 't1' }, {})).nodes).toEqual([reacted])
    const back = await tickets.react(ann, id, '🎉', false)
    expect(told(back)).toEqual([id, '👍1 🎉1 👍🏽1'])
  })

  it('is told to those who were away', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const { id } = await say(sam, 't1', 'Done')
    const { resumeCursor } = await tickets.messages(ann, { id: 't1' }, {})
    await tickets.react(ann, id, '👍', true)
    await tickets.react(sam, id, '👍', true)
    const away = read(await tickets.followMessages(ann, 'c1', 't1', resumeCursor))
    expect(told(await away.next())).toEqual([id, '👍2'])
  })

  it('again, or taking back what is not there, changes nothing and tells nobody', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const { id } = await say(sam, 't1', 'Done')
    const reacted = await tickets.react(ann, id, '👍', true)
    const live = read(await tickets.followMessages(ann, 'c1', 't1', null))
    expect(await tickets.react(ann, id, '👍', true)).toEqual(reacted)
    expect(await tickets.react(ann, id, '🎉', false)).toEqual(reacted)
    expect(await tickets.react(sam, id, '👍', false)).toEqual(reacted)
    const barrier = await say(ann, 't1', 'Barrier')
    expect(await live.next()).toEqual(barrier)
  })

  it('counts right when many do at once', async () => {
    const { tickets, open, say, node } = await openDesk()
    await open('t1', 'ann')
    const { id } = await say(sam, 't1', 'Done')
    const nodes = [tickets, node()]
    const agents = Array.from({ length: 20 }, (_, n) => agent(`agent-${n}`))
    await Promise.all(agents.map((who, n) => nodes[n % 2]?.react(who, id, '👍', true)))
    await Promise.all(agents.slice(0, 5).map((who, n) => nodes[n % 2]?.react(who, id, '👍', false)))
    const [message] = (await tickets.messages(ann, { id: 't1' }, {})).nodes
    expect(message?.reactions).toMatchObject([{ emoji: '👍', count: 15 }])
    expect(message?.reactions[0]?.userIds.toSorted()).toEqual(
      agents
        .slice(5)
        .map(({ userId }) => userId)
        .toSorted(),
    )
  })

  it('names the first hundred', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const { id } = await say(sam, 't1', 'Done')
    for (let n = 0; n < 102; n += 1) await tickets.react(agent(`agent-${n}`), id, '👍', true)
    const { reactions } = await tickets.react(agent('agent-0'), id, '👍', false)
    expect(reactions).toMatchObject([{ count: 101, userIds: { length: 100, 0: 'agent-1', 99: 'agent-100' } }])
  })

  it('keeps the place of the ticket in lists', async () => {
    const { tickets, open, say, clock } = await openDesk()
    await open('t1', 'ann')
    const { id } = await say(sam, 't1', 'Done')
    const before = await tickets.find(ann, 't1')
    clock.advance(5)
    await tickets.react(ann, id, '👍', true)
    expect(await tickets.find(ann, 't1')).toEqual(before)
  })
})

describe('who may react', () => {
  it('is whoever sees the message; a note moves the stream of staff alone', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann')
    const hello = await say(ann, 't1', 'Hello')
    const secret = await note(sam, 't1', 'Careful')
    const live = read(await tickets.followMessages(ann, 'c1', 't1', null))
    const ofStaff = read(await tickets.followMessages(sam, 'c2', 't1', null))
    const hidden = { code: 'NOT_FOUND', message: 'Message not found.' }
    for (const [who, id] of [
      [eve, hello.id],
      [ann, secret.id],
      [ann, 'no such message'],
    ] as const) {
      await expect(tickets.react(who, id, '👍', true)).rejects.toMatchObject(hidden)
      await expect(tickets.react(who, id, '👍', false)).rejects.toMatchObject(hidden)
    }
    const before = await tickets.messages(ann, { id: 't1' }, {})
    await tickets.react(kim, secret.id, '👍', true)
    expect(told(await ofStaff.next())).toEqual([secret.id, '👍1'])
    expect(await tickets.messages(ann, { id: 't1' }, {})).toEqual(before)
    const barrier = await say(ann, 't1', 'Barrier')
    expect(await live.next()).toEqual(barrier)
  })

  it('is nobody once the ticket is closed, but for notes', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann')
    const { id } = await say(ann, 't1', 'Hello')
    const secret = await note(sam, 't1', 'Careful')
    await tickets.react(ann, id, '👍', true)
    await tickets.upsert({ id: 't1', status: 'CLOSED' })
    const closed = { code: 'CONFLICT', details: { reason: 'TICKET_CLOSED' } }
    for (const who of [ann, sam, backend]) {
      await expect(tickets.react(who, id, '🎉', true)).rejects.toMatchObject(closed)
    }
    await expect(tickets.react(ann, id, '👍', false)).rejects.toMatchObject(closed)
    expect(told(await tickets.react(ann, id, '👍', true))).toEqual([id, '👍1'])
    expect(told(await tickets.react(sam, secret.id, '👍', true))).toEqual([secret.id, '👍1'])
  })
})

describe('an emoji', () => {
  it.each(['👍', '👍🏽', '❤️', '❤', '1️⃣', '🇩🇪', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👨‍👩‍👧‍👦', '🧑🏻‍❤️‍💋‍🧑🏼', '🏳️‍🌈', '☺️', '©'])(
    'is %s',
    async (emoji) => {
      const { tickets, open, say } = await openDesk()
      await open('t1', 'ann')
      const { id } = await say(sam, 't1', 'Done')
      expect((await tickets.react(ann, id, emoji, true)).reactions).toMatchObject([{ emoji, count: 1 }])
    },
  )

  it.each([
    '',
    ' ',
    'a',
    'ok',
    '1',
    '👍👍',
    '👍 ',
    '👍\n',
    '\u0007',
    '👍\0',
    ':+1:',
    '\u200d',
    '🇩',
    '\ud83d',
    `👍${'\u{1f3fd}'.repeat(20)}`,
  ])('is not %j', async (text) => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const { id } = await say(sam, 't1', 'Done')
    for (const isAdded of [true, false]) {
      const react = tickets.react(ann, id, text, isAdded)
      await expect(react).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringMatching(/^emoji /) })
    }
  })

  it('is new to a message only so many times', async () => {
    const { tickets, open, say } = await openDesk({ reactions: 2 })
    await open('t1', 'ann')
    const { id } = await say(sam, 't1', 'Done')
    await tickets.react(ann, id, '👍', true)
    await tickets.react(sam, id, '🎉', true)
    await expect(tickets.react(kim, id, '🙈', true)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    expect(told(await tickets.react(kim, id, '🎉', true))).toEqual([id, '👍1 🎉2'])
    await tickets.react(ann, id, '👍', false)
    expect(told(await tickets.react(kim, id, '🙈', true))).toEqual([id, '🎉2 🙈1'])
  })
})
