import { expect, it } from 'vitest'
import { finishTasks } from '../../src/storage/tasks.ts'
import { read } from '../support/reader.ts'
import { agent, customer, openDesk } from '../support/tickets.ts'
import { abandonTasks, endingAfterTwoWrites, finishing } from '../support/unfinished.ts'

const ann = customer('ann')
const bob = customer('bob')
const kim = agent('kim')
const sam = agent('sam')
/** More than one step deletes. */
const MANY = 1_100

async function openBusyDesk() {
  const desk = await openDesk()
  const { tickets, open, say, note } = desk
  for (const id of ['t1', 't2']) {
    await open(id, 'ann', 'bob')
    await say(ann, id, 'Hello')
    await note(sam, id, 'Psst')
    const { id: messageId } = await say(sam, id, 'Good day')
    await tickets.edit(sam, messageId, 'Good evening')
    await tickets.react(ann, messageId, '👍', true)
    for (const who of [ann, kim]) await tickets.markRead(who, id, 2)
    await tickets.claim(sam, id)
  }
  return desk
}

it('takes a ticket from all who see it, with all that refers to it', async () => {
  const { tickets, storage } = await openBusyDesk()
  expect(await tickets.delete('t1')).toEqual({ deletedId: 't1', messages: 3 })
  for (const who of [ann, sam]) {
    expect(await tickets.find(who, 't1')).toBeNull()
    expect((await tickets.list(who, { first: 10 })).nodes.map(({ id }) => id)).toEqual(['t2'])
  }
  const left = await storage.read(async (tx) => {
    const rows = []
    for (const table of ['messages', 'participants', 'ticket_reads', 'search_texts'] as const) {
      rows.push(...(await tx.selectFrom(table).select('ticket_id').where('ticket_id', '=', 't1').execute()))
    }
    const edits = await tx.selectFrom('message_edits').select('message_id').execute()
    const reactions = await tx.selectFrom('reactions').select('ticket_id').where('ticket_id', '=', 't1').execute()
    // Those of the other ticket.
    expect(edits).toHaveLength(1)
    const streams = await tx.selectFrom('streams').select('stream').where('stream', 'like', 'ticket:t1:%').execute()
    const tasks = await tx.selectFrom('tasks').select('subject').execute()
    return [...rows, ...reactions, ...streams, ...tasks]
  })
  expect(left).toEqual([])
  expect((await tickets.messages(ann, { id: 't2' }, {})).nodes).toHaveLength(2)
  await expect(tickets.delete('t1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

it('ends what follows it, of customers and of staff, and tells lists', async () => {
  const { tickets } = await openBusyDesk()
  const ending = [
    read(await tickets.followMessages(ann, 'a', 't1', null)),
    read(await tickets.followMessages(sam, 's', 't1', null)),
    read(await tickets.followChanged(sam, 't1')),
    read(await tickets.followPresence(bob, 't1')),
  ]
  const lists = [ann, sam].map(async (who) => read(await tickets.followList(who, { first: 10 })))
  for (const list of lists) expect((await (await list).next()).__typename).toBe('TicketListSnapshot')
  const activity = read(await tickets.followActivity(ann, {}))
  await activity.take(2)
  await tickets.delete('t1')
  for (const reader of ending) await expect(reader.ended()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  for (const list of lists) {
    expect(await (await list).next()).toMatchObject({
      __typename: 'TicketListLeft',
      ticketId: 't1',
      reasons: ['DELETED'],
    })
  }
  expect(await activity.next()).toMatchObject({ ticketId: 't1', change: 'LEFT' })
})

it('lets a new ticket have its id, which begins anew', async () => {
  const { tickets, open } = await openBusyDesk()
  const { resumeCursor } = await tickets.messages(ann, { id: 't1' }, {})
  await tickets.delete('t1')
  await open('t1', 'ann')
  expect((await tickets.messages(sam, { id: 't1' }, {})).nodes).toEqual([])
  await expect(tickets.followMessages(ann, 'a', 't1', resumeCursor)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
})

it('goes in steps, and is finished by another process when its own has ended', async () => {
  const desk = await openDesk()
  const { tickets, open, storage, say } = desk
  await open('t1', 'ann')
  for (let n = 0; n < MANY; n++) await say(sam, 't1', `Message ${n}`)
  const broken = desk.node({ storage: endingAfterTwoWrites(storage, new Error('The process has ended')) })
  await expect(broken.delete('t1')).rejects.toThrow('ended')
  expect(await tickets.find(ann, 't1')).toBeNull()
  await expect(open('t1', 'ann')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  await abandonTasks(storage)
  const finish = finishing({ 'delete-ticket': tickets.finishDeleting })
  expect(await finishTasks(storage, finish)).toBe(1)
  await open('t1', 'ann')
  expect((await tickets.messages(sam, { id: 't1' }, {})).nodes).toEqual([])
})

it('leaves a new ticket of the same id alone when a process goes on too late', async () => {
  const { tickets, open, say } = await openBusyDesk()
  await tickets.delete('t1')
  await open('t1', 'ann')
  await say(ann, 't1', 'Once more')
  await tickets.markRead(sam, 't1', 1)
  // As by a process that was held up while another one took its task and ended it.
  await tickets.finishDeleting('t1')
  expect((await tickets.messages(sam, { id: 't1' }, {})).nodes).toMatchObject([{ body: 'Once more' }])
  expect(await tickets.unreadCount(sam, { id: 't1' })).toBe(0)
})

it('is NOT_FOUND for a query that found it before', async () => {
  const { tickets } = await openBusyDesk()
  const ticket = await tickets.find(ann, 't1')
  await tickets.delete('t1')
  await expect(tickets.messages(ann, ticket ?? { id: '' }, {})).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

it('leaves no read mark to a new ticket, also of who was just reading', async () => {
  const { tickets, storage, open, say } = await openBusyDesk()
  await tickets.delete('t1')
  // As on Postgres by a transaction that saw the ticket, and ends after the marks were deleted.
  const marks = [
    { ticket_id: 't1', user_id: 'ann', audience: 'public', number: 3, delivered: 3 },
    { ticket_id: 't1', user_id: '', audience: 'staff', number: 3, delivered: 0 },
  ]
  await storage.write((tx) => tx.insertInto('ticket_reads').values(marks).execute())
  await open('t1', 'ann', 'bob')
  await say(bob, 't1', 'Hello?')
  expect(await tickets.unreadCount(ann, { id: 't1' })).toBe(1)
  expect(await tickets.reads(ann, { id: 't1' })).toMatchObject({
    readers: [{ lastReadNumber: null, lastDeliveredNumber: null }, { lastReadNumber: 1 }],
    staffReadNumber: null,
  })
})

it('goes on when it is asked for again after a failure, and says the same', async () => {
  const desk = await openBusyDesk()
  const { tickets, storage, open } = desk
  let writes = 0
  const write: typeof storage.write = (work, stream) => {
    writes += 1
    return writes > 1 ? Promise.reject(new Error('The database is away')) : storage.write(work, stream)
  }
  await expect(desk.node({ storage: { ...storage, write } }).delete('t1')).rejects.toThrow('away')
  expect(await tickets.delete('t1')).toEqual({ deletedId: 't1', messages: 3 })
  await open('t1', 'ann')
  expect((await tickets.messages(sam, { id: 't1' }, {})).nodes).toEqual([])
})
