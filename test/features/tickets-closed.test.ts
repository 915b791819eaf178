import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { admin, agent, backend, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const sam = agent('sam')
const boss = admin('boss')
const closed = { code: 'CONFLICT', message: 'This ticket is closed.', details: { reason: 'TICKET_CLOSED' } }

async function openClosed() {
  const desk = await openDesk()
  const { tickets, open, say, note } = desk
  await open('t1', 'ann')
  const said = {
    ann: await say(ann, 't1', 'Help'),
    sam: await say(sam, 't1', 'How?'),
    note: await note(sam, 't1', 'Psst'),
  }
  await tickets.upsert({ id: 't1', status: 'CLOSED' })
  const type = (who: Viewer, isTyping: boolean, visibility: 'PUBLIC' | 'INTERNAL' = 'PUBLIC') =>
    tickets.setTyping(who, 'c1', { ticketId: 't1', isTyping, visibility })
  return { ...desk, said, type }
}

describe('a closed ticket', () => {
  it('takes no public message, no edit of one and no typing, from nobody', async () => {
    const { tickets, said, type, wire } = await openClosed()
    wire.told()
    for (const attempt of [
      () => tickets.send(ann, { ticketId: 't1', body: 'One more thing' }),
      () => tickets.send(sam, { ticketId: 't1', body: 'One more thing' }),
      () => tickets.send(backend, { ticketId: 't1', body: 'One more thing', author: { id: 'ann' } }),
      () => tickets.edit(ann, said.ann.id, 'Thanks'),
      () => tickets.edit(sam, said.sam.id, 'Why?'),
      () => tickets.remove(ann, said.ann.id),
      () => type(ann, true),
      () => type(sam, true),
    ]) {
      await expect(attempt()).rejects.toMatchObject(closed)
    }
    expect(wire.told()).toEqual([])
    expect((await tickets.messages(ann, { id: 't1' }, {})).nodes.map(({ body }) => body)).toEqual(['Help', 'How?'])
  })

  it('lets staff and backends take out what must not be there', async () => {
    const { tickets, said } = await openClosed()
    expect(await tickets.remove(sam, said.sam.id)).toMatchObject({ body: null })
    expect(await tickets.remove(boss, said.ann.id)).toMatchObject({ body: null })
    expect(await tickets.remove(backend, said.note.id)).toMatchObject({ body: null })
    expect(await tickets.erase('ann')).toBe(1)
  })

  it('goes on for notes, for reading and for the end of typing', async () => {
    const { tickets, said, note, type } = await openClosed()
    expect(await note(sam, 't1', 'She called again')).toMatchObject({ visibility: 'INTERNAL' })
    expect(await tickets.edit(sam, said.note.id, 'Psst!')).toMatchObject({ body: 'Psst!' })
    expect(await type(sam, true, 'INTERNAL')).toMatchObject({ accepted: true })
    expect(await type(ann, false)).toMatchObject({ accepted: true })
    expect(await tickets.markRead(ann, 't1', 2)).toMatchObject({ status: 'CLOSED' })
    expect(await tickets.requireAudience(ann, 't1')).toBe('public')
  })

  it('answers again what was done before it was closed', async () => {
    const { tickets, said } = await openClosed()
    expect(await tickets.edit(ann, said.ann.id, 'Help')).toMatchObject({ body: 'Help', editedAt: null })
  })

  it('is as others are once the backend opens it again', async () => {
    const { tickets, said, say, type } = await openClosed()
    for (const status of ['OPEN', 'PENDING', 'RESOLVED'] as const) {
      await tickets.upsert({ id: 't1', status })
      await say(ann, 't1', `In ${status}`)
      expect(await tickets.edit(ann, said.ann.id, status)).toMatchObject({ body: status })
    }
    expect(await type(ann, true)).toMatchObject({ accepted: true })
    expect(await tickets.remove(ann, said.ann.id)).toMatchObject({ body: null })
  })
})
