import { expect, inject, test } from 'vitest'
import { resumeCursor } from '../../src/feed/cursor.ts'
import { DEFAULT_LIMITS, DEFAULT_RETENTION, DEFAULT_TYPING } from '../../src/lib/limits.ts'
import { createNotifications } from '../../src/notifications/notifications.ts'
import { createMemoryTicketRooms } from '../../src/tickets/memory-ticket-rooms.ts'
import { createTickets } from '../../src/tickets/tickets.ts'
import { openEmbedded } from '../support/embedded.ts'
import { fillDatabase } from '../support/many-rows.ts'
import { ann } from '../support/notifications.ts'
import { explainAll, noting } from '../support/query-plans.ts'
import { read } from '../support/reader.ts'
import { agent } from '../support/tickets.ts'

const BIG: ReadonlySet<string> = new Set([
  'inbox',
  'i',
  'notifications',
  'messages',
  'tickets',
  'participants',
  'lanes',
])
const sam = agent('sam')

test('every hot query goes by an index, however much there is', { timeout: 120_000 }, async () => {
  const { storage: plain, ...embedded } = await openEmbedded()
  await fillDatabase(plain)
  const { storage, take } = noting(plain)
  const notifications = createNotifications({ ...embedded, storage, limits: DEFAULT_LIMITS })
  const rooms = createMemoryTicketRooms({ clock: embedded.clock, max: 50, graceMs: 0 })
  const tickets = createTickets({
    ...embedded,
    storage,
    limits: DEFAULT_LIMITS,
    typing: DEFAULT_TYPING,
    retention: DEFAULT_RETENTION,
    rooms,
  })
  const ticket = { id: 't-0' }
  const late = resumeCursor('epoch', 2_900)
  const { pageInfo } = await notifications.list(ann, { first: 20 })
  const asStaff = await tickets.list(sam, { first: 20 })
  const asCustomer = await tickets.list(ann, { first: 20 })

  const hot: Readonly<Record<string, () => Promise<unknown>>> = {
    'the unread count': () => notifications.unreadCount(ann),
    'a page of the inbox': () => notifications.list(ann, { first: 20, after: pageInfo.endCursor }),
    'what arrived since': async () => read(await notifications.followAdded(ann, late)).next(),
    'what changed since': async () => read(await notifications.followEvents(ann, late)).next(),
    'the tickets of staff': () => tickets.list(sam, { first: 20, after: asStaff.pageInfo.endCursor }),
    'the tickets of a customer': () => tickets.list(ann, { first: 20, after: asCustomer.pageInfo.endCursor }),
    'a page of messages': () => tickets.messages(ann, ticket, { last: 20 }),
    'the messages since': async () => read(await tickets.followMessages(ann, 'c', 't-0', late)).next(),
    'the unread messages': () => tickets.unreadCount(ann, ticket),
    'the activity of all tickets': async () => read(await tickets.followActivity(sam, {})).next(),
    'the activity of a customer': async () => read(await tickets.followActivity(ann, {})).next(),
    'what has had its time': async () => expect(await notifications.prune()).toBeGreaterThan(10),
    announcements: () => notifications.notify({ userIds: ['newcomer'], notification: { type: 'x', title: 'Hello' } }),
  }
  take()
  const slow: string[] = []
  for (const [name, run] of Object.entries(hot)) {
    await run()
    const queries = take()
    expect(queries.length, name).toBeGreaterThan(0)
    const steps = await explainAll(plain, inject('setup').database, queries)
    expect(steps.length, name).toBeGreaterThan(0)
    for (const { table, index } of steps) if (BIG.has(table) && !index) slow.push(`${name}: ${table}`)
  }
  expect(slow).toEqual([])

  // A page that goes by another index reads all that follows it, too.
  await read(await notifications.followEvents(ann, late)).next()
  const steps = await explainAll(plain, inject('setup').database, take())
  const indexes = steps.filter(({ table }) => table === 'inbox' || table === 'bulk_marks').map(({ index }) => index)
  expect(new Set(indexes.filter((index) => index !== 'inbox_unread'))).toEqual(
    new Set([
      'inbox_position',
      'inbox_seen_changes',
      'inbox_read_changes',
      'inbox_archived_changes',
      'inbox_removals',
      inject('setup').database === 'sqlite' ? 'sqlite_autoindex_bulk_marks_1' : 'bulk_marks_pk',
    ]),
  )
})
