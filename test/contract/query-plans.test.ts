import { expect, inject, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { pageCursor, resumeCursor } from '../../src/delivery/cursor.ts'
import { DEFAULT_LIMITS, DEFAULT_RETENTION, DEFAULT_TYPING } from '../../src/lib/limits.ts'
import { openMemoryMemberships } from '../../src/membership/memory-memberships.ts'
import type { NotificationFilter } from '../../src/notifications/list.ts'
import type { TicketPaging } from '../../src/tickets/list-tickets.ts'
import type { TicketFilter } from '../../src/tickets/ticket-filter.ts'
import { acknowledge } from '../support/acknowledge.ts'
import { openEmbedded } from '../support/embedded.ts'
import { fillDatabase } from '../support/many-rows.ts'
import { ann } from '../support/notifications.ts'
import { explainAll, noting } from '../support/query-plans.ts'
import { read } from '../support/reader.ts'
import { prepareStorage } from '../support/storage.ts'
import { agent } from '../support/tickets.ts'
import { createNotifications, createTickets } from '../support/with-bus.ts'

const BIG: ReadonlySet<string> = new Set([
  'inbox',
  'bulk_marks',
  'notifications',
  'messages',
  'tickets',
  'participants',
  'ticket_reads',
  'ticket_mutes',
  'ticket_departures',
  'streams',
  // As statements call some of them, which is what SQLite tells.
  ...['i', 'm', 'u', 'x', 'r'],
])
/** Rows that a step of a statement looks at, so that it never holds up anybody. */
const MOST = 5_000
const sam = agent('sam')
const ticket = { id: 't-0' }
const late = resumeCursor('epoch', 2_900)

async function openFull() {
  const { storage: plain, ...embedded } = await openEmbedded(prepareStorage())
  await fillDatabase(plain)
  const { storage, take } = noting(plain)
  const deps = { ...embedded, storage, limits: DEFAULT_LIMITS, typing: DEFAULT_TYPING, retention: DEFAULT_RETENTION }
  const memberships = openMemoryMemberships(embedded)
  return {
    plain,
    take,
    notifications: createNotifications(deps),
    tickets: createTickets({ ...deps, memberships, graceMs: 0 }),
  }
}

type Full = Awaited<ReturnType<typeof openFull>>

/** What customers and staff can ask for, each with the index that alone has it in its order, if there is one. */
type Asked = Readonly<Record<string, readonly [index: string | undefined, run: () => Promise<unknown>]>>

const FILTERS: Readonly<Record<string, NotificationFilter>> = {
  none: {},
  unread: { read: false, muted: false },
  read: { read: true },
  unseen: { seen: false },
  'archived and muted': { archived: true, muted: true },
  'unread and archived': { read: false, archived: true },
  'a rare category': { categories: ['nothing'] },
  'unread of two categories': { read: false, categories: ['c-1', 'c-2'] },
  'a rare type': { types: ['nothing'] },
  'a rare priority': { priorities: ['LOW'] },
}

async function inboxes({ notifications }: Full): Promise<Asked> {
  const early = resumeCursor('epoch', 1)
  const newest = await notifications.list(ann, { first: 20 })
  const [oldest, middle] = [10, 1_500].map((place) => pageCursor('epoch', place))
  const ids = newest.nodes.map(({ id }) => id)
  const filtered = Object.entries(FILTERS).flatMap(([name, filter]) =>
    Object.entries({ newest: null, next: newest.pageInfo.endCursor, middle, oldest }).map(
      ([where, after]) =>
        [
          `notifications: ${name}, ${where}`,
          [undefined, () => notifications.list(ann, { first: 20, after, filter })],
        ] as const,
    ),
  )
  return {
    ...Object.fromEntries(filtered),
    'the unread count': ['inbox_unread', () => notifications.unreadCount(ann)],
    'the unseen count': ['inbox_unseen', () => notifications.unreadCount(ann, true)],
    'what is snoozed': [
      'inbox_snoozed_places',
      () => notifications.list(ann, { first: 20, filter: { snoozed: true } }),
    ],
    'what arrived since': ['inbox_position', async () => read(await notifications.followAdded(ann, late)).next()],
    'what arrived since long ago': [
      'inbox_position',
      async () => read(await notifications.followAdded(ann, early)).next(),
    ],
    'what changed since long ago': [
      'inbox_read_changes',
      async () => read(await notifications.followEvents(ann, early)).next(),
    ],
    'what was delivered': [
      'inbox_position',
      () => acknowledge(notifications.followAdded(ann, late), { after: 2_900 }, notifications),
    ],
    // Before something of it is marked again.
    'what has had its time': [undefined, async () => expect(await notifications.prune()).toBeGreaterThan(10)],
    'marking some': [undefined, () => notifications.mark(ann, 'UNREAD', ids)],
    'marking a category': [undefined, () => notifications.markAll(ann, 'READ', { category: 'c-1', upToRevision: 500 })],
    'marking all': ['inbox_position', () => notifications.markAll(ann, 'READ', {})],
    'archiving all': ['inbox_position', () => notifications.markAll(ann, 'ARCHIVED', {})],
    announcements: [
      undefined,
      () => notifications.notify({ userIds: ['newcomer'], notification: { type: 'x', title: 'Hello' } }),
    ],
  }
}

async function listsOf({ tickets }: Full, who: Viewer, [whole, some]: readonly [string, string]) {
  const { pageInfo } = await tickets.list(who, { first: 20 })
  const end = await tickets.list(who, { first: 20, status: ['CLOSED'] })
  const cursors = { newest: null, next: pageInfo.endCursor, oldest: end.pageInfo.endCursor }
  const lists = Object.entries(cursors).flatMap(([where, after]) => [
    [`tickets of ${who.userId}: ${where}`, [whole, () => tickets.list(who, { first: 20, after })]] as const,
    [
      `tickets of ${who.userId}: ${where}, rare`,
      [some, () => tickets.list(who, { first: 20, after, status: ['CLOSED', 'RESOLVED'] })],
    ] as const,
  ])
  return Object.fromEntries(lists)
}

/** What a desk shows: queues by who is in charge, tabs, and lists that are sorted otherwise. */
function queues({ tickets }: Full): Asked {
  const oldest = { field: 'CREATED_AT', direction: 'ASC' } as const
  const list = (who: Viewer, paging: Omit<TicketPaging, 'first'>) => () => tickets.list(who, { first: 20, ...paging })
  const count = (who: Viewer, filter: TicketFilter) => async () =>
    tickets.counts(await tickets.list(who, { first: 1, filter }), new Set(['byStatus']))
  return {
    'tickets in charge': [undefined, list(sam, { filter: { assigned: ['ME'] } })],
    'rare tickets in charge': ['tickets_queue', list(sam, { filter: { assigned: ['ME'], status: ['CLOSED'] } })],
    'tickets of nobody': ['tickets_charge', list(sam, { filter: { assigned: ['NOBODY'] } })],
    'open tickets of nobody': ['tickets_queue', list(sam, { filter: { assigned: ['NOBODY'], status: ['OPEN'] } })],
    'the oldest tickets': ['tickets_created', list(sam, { orderBy: oldest })],
    'the oldest open tickets': [undefined, list(sam, { orderBy: oldest, filter: { status: ['OPEN'] } })],
    'what changed lately': ['tickets_staff', list(sam, { filter: { updatedSince: 9_990 } })],
    'unread tickets': ['tickets_staff', list(sam, { filter: { unread: true } })],
    'own unread tickets': ['participants_list', list(ann, { filter: { unread: true, updatedSince: 100 } })],
    'own tickets, the oldest first': ['participants_list', list(ann, { orderBy: oldest })],
    'tickets by status': ['tickets_status', count(sam, {})],
    'tickets in charge by status': [undefined, count(sam, { assigned: ['ME', 'NOBODY'] })],
    'own tickets by status': ['participants_list', count(ann, {})],
    'the newest messages': [
      undefined,
      () =>
        tickets.list(
          ann,
          { first: 20 },
          { page: undefined, entries: new Set(['isMuted', 'lastMessage', 'lastReadNumber', 'unread']) },
        ),
    ],
  }
}

async function conversations(full: Full): Promise<Asked> {
  const { tickets } = full
  const snapshot = async (who: Viewer, assignedToMe: boolean) =>
    read(await tickets.followActivity(who, { assignedToMe })).next()
  const pages = Object.entries({ first: { first: 20 }, last: { last: 20 } })
  const sides = [
    [ann, 'messages_public_number', 'messages_public_changes'],
    [sam, 'messages_staff_number', 'messages_staff_changes'],
  ] as const
  const both = sides.flatMap(([who, number, changes]) => [
    ...pages.map(
      ([name, page]) =>
        [`the ${name} messages for ${who.userId}`, [number, () => tickets.messages(who, ticket, page)]] as const,
    ),
    [
      `the messages since for ${who.userId}`,
      [changes, async () => read(await tickets.followMessages(who, 'c', 't-0', late)).next()],
    ] as const,
    [`what ${who.userId} has not read`, [number, () => tickets.unread(who, ticket)]] as const,
    [`how far all have read, for ${who.userId}`, [undefined, () => tickets.participants(who, ticket)]] as const,
  ])
  return {
    ...(await listsOf(full, ann, ['participants_list', 'participants_list'])),
    ...(await listsOf(full, sam, ['tickets_staff', 'tickets_status'])),
    ...Object.fromEntries(both),
    'how far staff has read, for customers': ['messages_public_places', () => tickets.participants(ann, ticket)],
    'the activity of all tickets': ['tickets_staff', () => snapshot(sam, false)],
    'the activity of tickets in charge': ['tickets_charge', () => snapshot(sam, true)],
    'lost charges': ['ticket_departures_list', () => snapshot(sam, true)],
    'the activity of a customer': ['participants_list', () => snapshot(ann, false)],
    'lost tickets': ['ticket_departures_list', () => snapshot(ann, false)],
    'sending where others have written': [
      'messages_public_number',
      () =>
        expect(tickets.send(ann, { ticketId: 't-0', body: 'Hello', expectedNumber: 0 })).rejects.toMatchObject({
          details: { missed: 1 },
        }),
    ],
    editing: [undefined, () => tickets.edit(ann, 'm-t-0-1', 'Hello!')],
    'how far all have read and got': [undefined, () => tickets.reads(ann, ticket)],
    'what was delivered of a ticket': [
      'messages_public_number',
      () => acknowledge(tickets.followMessages(ann, 'c', 't-0', null), { after: 0, less: 50 }, tickets),
    ],
    'marking as read': [undefined, () => tickets.markRead(ann, 't-0', 2)],
  }
}

test('everything that a user can ask for goes by an index, however much there is', { timeout: 180_000 }, async () => {
  const full = await openFull()
  const { plain, take, notifications } = full
  const { database } = inject('setup')
  const asked = { ...queues(full), ...(await conversations(full)), ...(await inboxes(full)) }
  const slow: string[] = []
  for (const [name, [wanted, run]] of Object.entries(asked)) {
    take()
    await run()
    const queries = take()
    expect(queries.length, name).toBeGreaterThan(0)
    const steps = await explainAll(plain, database, queries)
    expect(steps.length, name).toBeGreaterThan(0)
    for (const { table, index, rows = 0 } of steps) {
      if (BIG.has(table) && !index) slow.push(`${name}: ${table}`)
      if (rows > MOST) slow.push(`${name}: ${rows} of ${table}`)
    }
    if (wanted && !steps.some(({ index }) => index === wanted)) slow.push(`${name}: not by ${wanted}`)
  }
  expect(slow).toEqual([])

  // A page that goes by another index reads all that follows it, too.
  take()
  await read(await notifications.followEvents(ann, late)).next()
  const steps = await explainAll(plain, database, take())
  const indexes = steps.filter(({ table }) => table === 'inbox' || table === 'bulk_marks').map(({ index }) => index)
  expect(new Set(indexes.filter((index) => index !== 'inbox_unread'))).toEqual(
    new Set([
      'inbox_position',
      'inbox_seen_changes',
      'inbox_content_changes',
      'inbox_read_changes',
      'inbox_archived_changes',
      'inbox_removals',
      database === 'sqlite' ? 'sqlite_autoindex_bulk_marks_1' : 'bulk_marks_pk',
    ]),
  )
})
