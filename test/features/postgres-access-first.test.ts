import { expect, test } from 'vitest'
import { streamOf } from '../../src/tickets/ticket-streams.ts'
import { admin, agent, backend, customer, openDesk } from '../support/tickets.ts'

/** Whoever writes into ticket 42 from now on waits, until what is returned is called. */
async function holdTicket({ storage }: Awaited<ReturnType<typeof openDesk>>) {
  const held = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const holding = storage.write(async (tx) => {
    await tx
      .updateTable('streams')
      .set(({ ref }) => ({ entries: ref('entries') }))
      .where('stream', 'in', [streamOf('42', 'public'), streamOf('42', 'staff')])
      .execute()
    held.resolve()
    await over.promise
  })
  await held.promise
  return async () => {
    over.resolve()
    await holding
  }
}

test('whoever may not write into a ticket waits for none of its writers', async () => {
  const desk = await openDesk()
  await desk.open('42', 'ann')
  const own = await desk.say(customer('ann'), '42', 'Hello')
  const note = await desk.note(agent('bob'), '42', 'A note')
  const release = await holdTicket(desk)
  const { tickets } = desk
  const refused: readonly (readonly [what: string, code: string, act: () => Promise<unknown>])[] = [
    ['a message of a stranger', 'NOT_FOUND', () => tickets.send(customer('eve'), { ticketId: '42', body: 'Hi' })],
    ['a message to no ticket', 'NOT_FOUND', () => tickets.send(agent('bob'), { ticketId: '43', body: 'Hi' })],
    [
      'a note of a customer',
      'FORBIDDEN',
      () => tickets.send(customer('ann'), { ticketId: '42', body: 'Hi', visibility: 'INTERNAL' }),
    ],
    ['an edit by a stranger', 'NOT_FOUND', () => tickets.edit(customer('eve'), own.id, 'Bye')],
    ['an edit of a note by a customer', 'NOT_FOUND', () => tickets.edit(customer('ann'), note.id, 'Bye')],
    ['an edit by somebody else', 'FORBIDDEN', () => tickets.edit(admin('eve'), own.id, 'Bye')],
    ['a deletion by a stranger', 'NOT_FOUND', () => tickets.remove(customer('eve'), own.id)],
    ['a deletion by another agent', 'FORBIDDEN', () => tickets.remove(agent('eve'), note.id)],
    ['a mark of a stranger', 'NOT_FOUND', () => tickets.markRead(customer('eve'), '42', 1)],
    [
      'the typing of a stranger',
      'NOT_FOUND',
      () => tickets.setTyping(customer('eve'), 'socket', { ticketId: '42', isTyping: true, visibility: 'PUBLIC' }),
    ],
  ]
  for (const [what, code, act] of refused) {
    const outcome = await act().then(
      () => 'done',
      (error) => error.code,
    )
    expect([what, outcome]).toEqual([what, code])
  }
  let isSent = false
  const sending = tickets.send(customer('ann'), { ticketId: '42', body: 'Again' }).then(() => {
    isSent = true
  })
  // Whoever may, waits in line: what was asked after it is answered first.
  await expect(tickets.send(backend, { ticketId: 'none', body: 'Hi' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(isSent).toBe(false)
  await release()
  await sending
})
