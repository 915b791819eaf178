import { describe, expect, it } from 'vitest'
import type { TicketMessage } from '../../src/tickets/ticket-message.ts'
import { read } from '../support/reader.ts'
import { admin, agent, customer, type Desk, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')
const kim = agent('kim')

function storedReactions({ storage }: Desk) {
  return storage.read((tx) => tx.selectFrom('reactions').selectAll().execute())
}

function told({ id, reactions }: TicketMessage) {
  return [id, reactions.map(({ emoji, count }) => `${emoji}${count}`).join(' ')]
}

describe('reactions are gone', () => {
  it('with a deleted message, to which nobody reacts any more', async () => {
    const desk = await openDesk()
    const { tickets, open, say } = desk
    await open('t1', 'ann')
    const { id } = await say(ann, 't1', 'Hello')
    await tickets.react(sam, id, '👍', true)
    const deleted = await tickets.remove(ann, id)
    expect(deleted.reactions).toEqual([])
    expect(await storedReactions(desk)).toEqual([])
    await expect(tickets.react(sam, id, '👍', true)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await tickets.react(sam, id, '👍', false)).toEqual(deleted)
  })

  it('with the author of the message, when that is erased', async () => {
    const desk = await openDesk()
    const { tickets, open, say } = desk
    await open('t1', 'ann')
    const { id } = await say(ann, 't1', 'Hello')
    await tickets.react(sam, id, '👍', true)
    expect(await tickets.erase('ann')).toBe(1)
    expect((await tickets.messages(sam, { id: 't1' }, {})).nodes).toMatchObject([{ reactions: [] }])
    expect(await storedReactions(desk)).toEqual([])
  })

  it('with whoever reacted, when they are erased: told live, and to those who were away', async () => {
    const desk = await openDesk()
    const { tickets, open, say, note } = desk
    await open('t1', 'ann', 'bob')
    await open('t2', 'ann')
    const one = await say(sam, 't1', 'One')
    const two = await say(sam, 't2', 'Two')
    const own = await say(ann, 't1', 'Mine')
    for (const { id } of [one, two, own]) await tickets.react(ann, id, '👍', true)
    await tickets.react(ann, one.id, '🎉', true)
    await tickets.react(bob, one.id, '👍', true)
    const secret = await note(sam, 't1', 'Careful')
    await tickets.react(kim, secret.id, '🎉', true)
    const { resumeCursor } = await tickets.messages(bob, { id: 't1' }, {})
    const live = read(await tickets.followMessages(bob, 'c1', 't1', null))
    const received = live.take(2)
    expect(await tickets.erase('ann')).toBe(1)
    const after = [
      [own.id, ''],
      [one.id, '👍1'],
    ]
    expect((await received).map(told)).toEqual(after)
    const away = read(await tickets.followMessages(bob, 'c2', 't1', resumeCursor))
    expect((await away.take(2)).map(told)).toEqual(after)
    expect((await storedReactions(desk)).map(({ user_id }) => user_id).toSorted()).toEqual(['bob', 'kim'])
    expect(JSON.stringify(await tickets.messages(sam, { id: 't2' }, {}))).not.toContain('ann')

    const before = await tickets.messages(bob, { id: 't1' }, {})
    await tickets.erase('kim')
    expect(await tickets.messages(bob, { id: 't1' }, {})).toEqual(before)
    expect((await tickets.messages(admin('dora'), { id: 't1' }, { last: 1 })).nodes).toMatchObject([
      { id: secret.id, reactions: [] },
    ])
  })
})
