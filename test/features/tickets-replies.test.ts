import { describe, expect, it } from 'vitest'
import { openFace } from '../support/graphql.ts'
import { noting } from '../support/query-plans.ts'
import { read } from '../support/reader.ts'
import { agent, backend, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const sam = agent('sam')

describe('a message that answers another one', () => {
  it('names it for everybody, live and after they were away', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const asked = await say(ann, 't1', 'Which lamp?')
    const live = read(await tickets.followMessages(ann, 'c1', 't1', null))
    const { message } = await tickets.send(sam, { ticketId: 't1', body: 'The red one', replyToId: asked.id })
    expect(message.replyToId).toBe(asked.id)
    expect(await live.next()).toMatchObject({ id: message.id, replyToId: asked.id })
    expect(await tickets.repliedTo(ann, [message, asked])).toEqual([asked, null])
  })

  it('shows the answered message as it is now, in the numbering of who looks', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann')
    await note(sam, 't1', 'Careful')
    const asked = await say(ann, 't1', 'Which lamp?')
    const { message } = await tickets.send(sam, { ticketId: 't1', body: 'The red one', replyToId: asked.id })
    await tickets.edit(ann, asked.id, 'Which lamp is mine?')
    expect(await tickets.repliedTo(ann, [message])).toMatchObject([{ number: 1, body: 'Which lamp is mine?' }])
    expect(await tickets.repliedTo(sam, [message])).toMatchObject([{ number: 2, body: 'Which lamp is mine?' }])
    await tickets.remove(ann, asked.id)
    expect(await tickets.repliedTo(ann, [message])).toMatchObject([{ number: 1, body: null }])
    const late = await tickets.send(ann, { ticketId: 't1', body: 'Why?', replyToId: asked.id })
    expect(late.message.replyToId).toBe(asked.id)
  })

  it('must be in the same ticket, and answers nothing that its writer may not know', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann')
    await open('t2', 'ann')
    await open('t3', 'bob')
    const hidden = await note(sam, 't1', 'Careful')
    const elsewhere = await say(ann, 't2', 'Other')
    const foreign = await say(bob, 't3', 'Mine')
    const unknown = { code: 'NOT_FOUND', message: 'Message not found.' }
    for (const replyToId of [hidden.id, elsewhere.id, foreign.id, 'no such message', '']) {
      await expect(tickets.send(ann, { ticketId: 't1', body: 'x', replyToId })).rejects.toMatchObject(unknown)
    }
    await expect(tickets.send(sam, { ticketId: 't1', body: 'x', replyToId: elsewhere.id })).rejects.toMatchObject(
      unknown,
    )
    expect((await tickets.messages(ann, { id: 't1' }, {})).nodes).toEqual([])
  })

  it('is a note when it answers a note', async () => {
    const { tickets, open, note, say } = await openDesk()
    await open('t1', 'ann')
    const { id } = await note(sam, 't1', 'Is she a customer?')
    for (const who of [sam, backend]) {
      const send = tickets.send(who, { ticketId: 't1', body: 'Yes', replyToId: id })
      await expect(send).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringMatching(/^replyToId /),
      })
    }
    const internal = { ticketId: 't1', body: 'Yes', visibility: 'INTERNAL' } as const
    expect((await tickets.send(sam, { ...internal, replyToId: id })).message.replyToId).toBe(id)
    const asked = await say(ann, 't1', 'Hello?')
    const { message } = await tickets.send(sam, { ...internal, replyToId: asked.id })
    expect(await tickets.repliedTo(sam, [message])).toMatchObject([{ id: asked.id }])
  })

  it('belongs to what a clientMessageId stands for', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const { id } = await say(ann, 't1', 'One')
    const input = { ticketId: 't1', body: 'Two', clientMessageId: 'c', replyToId: id }
    await tickets.send(ann, input)
    expect(await tickets.send(ann, input)).toMatchObject({ isDuplicate: true })
    await expect(tickets.send(ann, { ...input, replyToId: null })).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

const PAGE = `{ ticket(id: "t1") { messages(last: 100) { nodes { id replyTo { id body replyTo { body } } edits { body } } } } }`

describe('on a page', () => {
  it('all answered messages are read with one statement a level, and none where nothing is answered', async () => {
    let take = () => [] as readonly unknown[]
    const face = await openFace((storage) => {
      const noted = noting(storage)
      take = noted.take
      return noted.storage
    })
    const { tickets } = face.services
    await tickets.upsert({ id: 't1', participants: [{ id: 'ann' }] })
    const send = async (body: string, replyToId?: string): Promise<string> =>
      (await tickets.send(ann, { ticketId: 't1', body, replyToId })).message.id
    const first = await send('first')
    take()
    await face.ask(ann, PAGE)
    const without = take().length
    let last = first
    for (let n = 0; n < 60; n += 1) last = await send(`answer ${n}`, last)
    for (let n = 0; n < 5; n += 1) await tickets.edit(ann, last, `better ${n}`)
    take()
    const { data, errors } = await face.ask(ann, PAGE)
    expect(errors).toBeUndefined()
    expect(take()).toHaveLength(without + 2)
    const { nodes } = (data as unknown as { ticket: { messages: { nodes: { replyTo: unknown; edits: unknown }[] } } })
      .ticket.messages
    expect(nodes).toHaveLength(61)
    expect(nodes.at(0)).toMatchObject({ replyTo: null })
    expect(nodes.at(2)).toMatchObject({ replyTo: { body: 'answer 0', replyTo: { body: 'first' } } })
    expect(nodes.at(-1)).toMatchObject({ edits: [] })
  })
})
