import { cursorExpired, cursorOf } from '../delivery/cursor.ts'
import type { Page } from '../delivery/description.ts'
import type { Wanted } from '../lib/wanted.ts'
import { readTexts, smallBytes, smallColumns, smallTexts } from '../storage/page-bytes.ts'
import { prepareWanted } from '../storage/prepare.ts'
import type { Tx } from '../storage/storage.ts'
import { goesOnFrom, lastTerm } from '../storage/stream-terms.ts'
import { readStream, type StreamState } from '../storage/streams.ts'
import type { Reading } from './change-rows.ts'
import { type Facts, type ReadUpdates, readChanges } from './changes.ts'
import { findEnd } from './find-end.ts'
import { inboxStream, joinParts } from './inbox-events.ts'
import { toAdditions, toEntries } from './inbox-items.ts'
import { fromInbox, inboxColumns, type Range, toNotifications } from './inbox-rows.ts'
import { readNewest } from './list.ts'
import { readMarked } from './marked-rows.ts'
import type { Notification, NotificationEvent } from './notification.ts'
import { countAskedOf } from './unread.ts'

/** How much is read from the store at a time. */
export interface PageSizes {
  /** How many notifications, which can be large. */
  readonly additions: number
  /** How many marks and removals, which are ids. At least as many as one revision can have: two for each id of a command. */
  readonly changes: number
}

/** How much a subscriber is sent at a time. */
export const PAGE_SIZES: PageSizes = { additions: 100, changes: 2_000 }

/** Notifications that a page looks at, expired or not. */
const LOOKED_AT = 1_000

/** An inbox that is followed. */
export interface Followed {
  readonly userId: string
  /** The epoch of the stream that is followed. */
  readonly epoch: string
  readonly now: number
  /** The wanted fields of notifications. */
  readonly wanted?: Wanted
}

/** An inbox that is followed, and the place after which it is read on. */
export interface PageStart extends Followed {
  readonly after: number
  /** The last term that the subscriber knows. */
  readonly term: string
}

interface Additions extends Pick<Followed, 'userId' | 'now'>, Range {
  readonly size: number
  readonly small: number
}

const selectAdditions = prepareWanted((db, { userId, now, after, upTo, size, small }: Additions, wanted) => {
  const columns = inboxColumns(wanted)
  return fromInbox(db, userId, now)
    .where('inbox.arrived_revision', '>', after)
    .where('inbox.arrived_revision', '<=', upTo)
    .orderBy('inbox.arrived_revision')
    .limit(size)
    .select(smallColumns('notifications', columns))
    .select(smallTexts({ table: 'notifications', columns }, small))
    .compile()
})

/**
 * Reads notifications that arrived after the revision, each in its present state, at the place where it arrived. Removed ones are left out;
 * a device that may show one gets its removal. Expired ones are passed over, as far as one statement looks.
 */
async function readAdditions(reading: Reading, size: number, wanted: Wanted): Promise<Facts> {
  const { tx, userId, stream, after, now } = reading
  const upTo = (await findEnd(reading, { after, upTo: stream.revision }, LOOKED_AT)) ?? stream.revision
  const page = { table: 'notifications', size, columns: inboxColumns(wanted) } as const
  const found = await selectAdditions(wanted)(tx, { userId, now, after, upTo, size, small: smallBytes(size) })
  const { rows, isCut } = await readTexts(tx, page, found)
  const facts = (await toNotifications(tx, rows)).map(
    (notification) => ({ kind: 'added', revision: notification.arrivedRevision, notification }) as const,
  )
  return { facts, upTo: isCut ? (facts.at(-1)?.revision ?? upTo) : upTo }
}

/**
 * Creates the function that reads changed content, as far as one page goes. What expired meanwhile is left out: its removal comes later.
 */
function createReadUpdates(size: number, wanted: Wanted): ReadUpdates {
  const page = { table: 'notifications', size, columns: inboxColumns(wanted) } as const
  return async ({ tx, userId, now }, updated, upTo) => {
    const some = updated.slice(0, size)
    const found = await fromInbox(tx, userId, now)
      .where(
        'inbox.notification_id',
        'in',
        some.map(({ id }) => id),
      )
      .orderBy('inbox.content_revision')
      .select(smallColumns(page.table, page.columns))
      .select(['inbox.notification_id as entry', 'inbox.content_revision as changed'])
      .select(smallTexts(page, smallBytes(size)))
      .execute()
    const { rows } = await readTexts(tx, page, found)
    const notifications = await toNotifications(tx, rows)
    const facts = rows.flatMap(({ entry, changed }, index) => {
      const notification = notifications[index]
      return notification ? [[entry, { kind: 'updated', revision: changed ?? 0, notification } as const] as const] : []
    })
    const isCut = rows.length < found.length
    const end = isCut ? facts.at(-1)?.[1].revision : updated.length > size ? some.at(-1)?.revision : undefined
    return { facts: new Map(facts), upTo: end ?? upTo }
  }
}

/**
 * Begins to read on in an inbox. Throws CURSOR_EXPIRED when the inbox is another one or does not go on from that place. Throws it also when
 * a change after that place was deleted for good.
 */
async function beginReading(tx: Tx, { userId, epoch, after, term, now }: PageStart): Promise<Reading> {
  const stream = await readStream(tx, inboxStream(userId))
  if (!stream || !goesOnFrom(stream, { epoch, term, revision: after })) throw cursorExpired()
  return { tx, userId, stream, after, now }
}

/** Reads a page of the notifications that arrived after a place, in order. Each comes once, however often it changed since. */
export async function readAddedPage(tx: Tx, start: PageStart, sizes: PageSizes): Promise<Page<Notification>> {
  const reading = await beginReading(tx, start)
  const { facts, upTo } = await readAdditions(reading, sizes.additions, start.wanted)
  const { revision, terms } = reading.stream
  return { entries: toAdditions(facts), revision: upTo, hasMore: upTo < revision, term: lastTerm(terms) }
}

/** What a subscriber asks of each change of an inbox. */
export interface WantedEvents {
  /** The fields of notifications. */
  readonly entries: Wanted
  /** The notifications of marks, too. */
  readonly marked: boolean
  /** How many are unseen, too. */
  readonly unseen: boolean
}

/** How a page of changes is read. */
interface EventsPage extends Partial<Pick<WantedEvents, 'marked' | 'unseen'>> {
  readonly sizes: PageSizes
  readonly cap: number
}

/**
 * Reads a page of all that changed after a place. A notification that arrived after it comes as an addition in its present state, at the
 * place where it arrived. Were it sorted by its latest change, a client that stops before that would never get it.
 */
export async function readEventsPage(
  tx: Tx,
  start: PageStart,
  { sizes, cap, marked = false, unseen = false }: EventsPage,
): Promise<Page<NotificationEvent>> {
  const reading = await beginReading(tx, start)
  const { userId, after, stream } = reading
  const additions = await readAdditions(reading, sizes.additions, start.wanted)
  const { facts: changes, upTo } = await readChanges(reading, additions.upTo, {
    // Notifications can be large, ids are not.
    size: marked ? sizes.additions : sizes.changes,
    readUpdates: createReadUpdates(sizes.additions, start.wanted),
  })
  const facts = joinParts(
    [...additions.facts.filter(({ revision }) => revision <= upTo), ...changes].sort((a, b) => a.revision - b.revision),
  )
  const unread = await countAskedOf(tx, { userId, revision: stream.revision }, { cap, unseen })
  const rows = marked ? await readMarked(reading, facts, start.wanted) : undefined
  const term = lastTerm(stream.terms)
  const entries = toEntries(facts, { epoch: stream.epoch, term, before: after, unread }, rows)
  return { entries, revision: upTo, hasMore: upTo < stream.revision, term }
}

async function readFollowed(tx: Tx, { userId, epoch }: Followed): Promise<StreamState> {
  const stream = await readStream(tx, inboxStream(userId))
  if (stream?.epoch !== epoch) throw cursorExpired()
  return stream
}

/** `LogDescription.readReset` for all changes: says that the list is to be loaded again. */
export async function readReset(
  tx: Tx,
  followed: Followed,
  { cap, unseen }: Pick<EventsPage, 'cap' | 'unseen'>,
): Promise<Page<NotificationEvent>> {
  const stream = await readFollowed(tx, followed)
  const { revision } = stream
  const unread = await countAskedOf(tx, { userId: followed.userId, revision }, { cap, unseen })
  const item = { __typename: 'NotificationsReset', unread, cursor: cursorOf(stream) } as const
  return { entries: [{ revision, item }], revision, hasMore: false, term: lastTerm(stream.terms) }
}

/** `LogDescription.readReset` for new notifications: the newest one again, or nothing when there is none. */
export async function readNewestAgain(tx: Tx, followed: Followed): Promise<Page<Notification>> {
  const stream = await readFollowed(tx, followed)
  const { revision, terms } = stream
  const [newest] = await readNewest(tx, { ...followed, stream, count: 1, wanted: followed.wanted })
  return {
    entries: newest ? [{ revision, item: newest }] : [],
    revision,
    hasMore: false,
    term: lastTerm(terms),
  }
}
