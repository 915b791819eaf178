import { cursorExpired, cursorOf, resumeCursor } from '../delivery/cursor.ts'
import type { Change, Entry, Page } from '../delivery/description.ts'
import type { Wanted } from '../lib/wanted.ts'
import { isLargeColumn, readTexts, smallBytes, smallTexts } from '../storage/page-bytes.ts'
import { prepareWanted } from '../storage/prepare.ts'
import type { Tx } from '../storage/storage.ts'
import { goesOnFrom, lastTerm } from '../storage/stream-terms.ts'
import { readStream, type StreamState } from '../storage/streams.ts'
import { type Facts, joinParts, type Reading, readChanges } from './changes.ts'
import { type InboxEvent, type InboxFact, inboxStream } from './inbox-events.ts'
import { findEnd, fromInbox, inboxColumns, type Range, toNotification } from './inbox-rows.ts'
import { readNewest } from './list.ts'
import type { Notification, NotificationEvent, UnreadCount } from './notification.ts'
import { countUnreadOf } from './unread.ts'

function toItem(fact: InboxFact, unread: UnreadCount, cursor: string): NotificationEvent {
  switch (fact.kind) {
    case 'added':
      return { __typename: 'NotificationAdded', notification: fact.notification, unread, cursor }
    case 'marked': {
      const { mark, ids, upToRevision, category, at } = fact
      return { __typename: 'NotificationsMarked', mark, ids, upToRevision, category, at, unread, cursor }
    }
    case 'removed':
      return { __typename: 'NotificationsRemoved', ids: fact.ids, unread, cursor }
  }
}

/**
 * The facts as a client gets them. Of several facts with one revision only the last carries its cursor, the others that of
 * the revision before: whoever stops in between gets them all again.
 */
function toEntries(
  facts: readonly InboxFact[],
  stream: { readonly epoch: string; readonly term: string; readonly before: number; readonly unread: UnreadCount },
): readonly Entry<NotificationEvent>[] {
  let passed = stream.before
  return facts.map((fact, index) => {
    if (facts[index + 1]?.revision !== fact.revision) passed = fact.revision
    return {
      revision: fact.revision,
      item: toItem(fact, stream.unread, resumeCursor(stream.epoch, passed, stream.term)),
    }
  })
}

/** The notifications that the facts added. */
function toAdditions(facts: readonly InboxFact[]): readonly Entry<Notification>[] {
  return facts.flatMap((fact) => (fact.kind === 'added' ? [{ revision: fact.revision, item: fact.notification }] : []))
}

/** A jump that no follower can bridge: it reads the store, and finds that the inbox it followed is no more. */
const ANOTHER_LIFE = { previous: Number.MAX_SAFE_INTEGER, revision: Number.MAX_SAFE_INTEGER, entries: [] } as const

/** What an event says to a follower of every change of the inbox with the epoch `followed`. */
export function takeEvent(
  { epoch, terms, previous, revision, facts, unread }: InboxEvent,
  followed: string,
): Change<NotificationEvent> {
  return epoch === followed
    ? {
        terms,
        previous,
        revision,
        entries: toEntries(facts, { epoch, term: lastTerm(terms), before: previous, unread }),
      }
    : ANOTHER_LIFE
}

/** What an event says to a follower of what arrives in the inbox with the epoch `followed`. */
export function takeAdditions(
  { epoch, terms, previous, revision, facts }: InboxEvent,
  followed: string,
): Change<Notification> {
  return epoch === followed ? { terms, previous, revision, entries: toAdditions(facts) } : ANOTHER_LIFE
}

/** How much is read from the store at a time. */
export interface PageSizes {
  /** Notifications, which can be large. */
  readonly additions: number
  /** Marks and removals, which are ids: at least as many as a revision has, which is two for each id of a command. */
  readonly changes: number
}

/** What a follower is sent at a time. */
export const PAGE_SIZES: PageSizes = { additions: 100, changes: 2_000 }

/** Notifications that a page looks at, expired or not. */
const LOOKED_AT = 1_000

/** An inbox that is followed. */
export interface Followed {
  readonly userId: string
  /** Of the stream that is followed. */
  readonly epoch: string
  readonly now: number
  /** Of notifications. */
  readonly wanted?: Wanted
}

/** Which inbox to read on, and from where. */
export interface PageStart extends Followed {
  readonly after: number
  /** The last term that the follower knows. */
  readonly term: string
}

interface Additions extends Pick<Followed, 'userId' | 'now'>, Range {
  readonly size: number
  readonly small: number
}

const selectAdditions = prepareWanted((db, { userId, now, after, upTo, size, small }: Additions, wanted) =>
  fromInbox(db, userId, now)
    .where('inbox.arrived_revision', '>', after)
    .where('inbox.arrived_revision', '<=', upTo)
    .orderBy('inbox.arrived_revision')
    .limit(size)
    .select(inboxColumns(wanted).filter((column) => !isLargeColumn(column)))
    .select(smallTexts({ table: 'notifications', wanted }, small))
    .compile(),
)

/**
 * What arrived after the revision, each in its present state at the place where it arrived, wherever it changed since.
 * What is gone again is left out; those who may show it get the removal. What has expired is passed over, as far as one
 * statement looks.
 */
async function readAdditions(reading: Reading, size: number, wanted: Wanted): Promise<Facts> {
  const { tx, userId, stream, after, now } = reading
  const upTo = (await findEnd(reading, { after, upTo: stream.revision }, LOOKED_AT)) ?? stream.revision
  const page = { table: 'notifications', size, wanted } as const
  const found = await selectAdditions(wanted)(tx, { userId, now, after, upTo, size, small: smallBytes(size) })
  const { rows, isCut } = await readTexts(tx, page, found)
  const facts = rows.map(
    (row) => ({ kind: 'added', revision: row.arrived_revision, notification: toNotification(row) }) as const,
  )
  return { facts, upTo: isCut ? (facts.at(-1)?.revision ?? upTo) : upTo }
}

/**
 * Begins to read on. Throws CURSOR_EXPIRED when the inbox is another one, when it does not go on from there, or when what
 * followed has been deleted for good.
 */
async function beginReading(tx: Tx, { userId, epoch, after, term, now }: PageStart): Promise<Reading> {
  const stream = await readStream(tx, inboxStream(userId))
  if (!stream || !goesOnFrom(stream, { epoch, term, revision: after })) throw cursorExpired()
  return { tx, userId, stream, after, now }
}

/** The notifications that arrived after a revision, each once and in order however they changed since. */
export async function readAddedPage(tx: Tx, start: PageStart, sizes: PageSizes): Promise<Page<Notification>> {
  const reading = await beginReading(tx, start)
  const { facts, upTo } = await readAdditions(reading, sizes.additions, start.wanted)
  const { revision, terms } = reading.stream
  return { entries: toAdditions(facts), revision: upTo, hasMore: upTo < revision, term: lastTerm(terms) }
}

/**
 * All that changed after a revision, for whoever has seen anything up to now. A notification that arrived after it comes as an
 * addition in its present state, at the place where it arrived: were it sorted by its latest change, whoever stops before that
 * would never get it.
 */
export async function readEventsPage(
  tx: Tx,
  start: PageStart,
  { sizes, cap }: { readonly sizes: PageSizes; readonly cap: number },
): Promise<Page<NotificationEvent>> {
  const reading = await beginReading(tx, start)
  const { userId, after, stream } = reading
  const additions = await readAdditions(reading, sizes.additions, start.wanted)
  const { facts: changes, upTo } = await readChanges(reading, additions.upTo, sizes.changes)
  const facts = joinParts(
    [...additions.facts.filter(({ revision }) => revision <= upTo), ...changes].sort((a, b) => a.revision - b.revision),
  )
  const unread = await countUnreadOf(tx, { userId, revision: stream.revision }, cap)
  const term = lastTerm(stream.terms)
  const entries = toEntries(facts, { epoch: stream.epoch, term, before: after, unread })
  return { entries, revision: upTo, hasMore: upTo < stream.revision, term }
}

async function readFollowed(tx: Tx, { userId, epoch }: Followed): Promise<StreamState> {
  const stream = await readStream(tx, inboxStream(userId))
  if (stream?.epoch !== epoch) throw cursorExpired()
  return stream
}

/** `LogDescription.readReset` of all changes: says that the list is to be loaded again. */
export async function readReset(tx: Tx, followed: Followed, cap: number): Promise<Page<NotificationEvent>> {
  const stream = await readFollowed(tx, followed)
  const { revision } = stream
  const unread = await countUnreadOf(tx, { userId: followed.userId, revision }, cap)
  const item = { __typename: 'NotificationsReset', unread, cursor: cursorOf(stream) } as const
  return { entries: [{ revision, item }], revision, hasMore: false, term: lastTerm(stream.terms) }
}

/** `LogDescription.readReset` of what arrives: the newest notification again. */
export async function readNewestAgain(tx: Tx, followed: Followed): Promise<Page<Notification>> {
  const stream = await readFollowed(tx, followed)
  const { revision, terms } = stream
  const newest = await readNewest(tx, { ...followed, stream, wanted: followed.wanted })
  return {
    entries: newest ? [{ revision, item: newest }] : [],
    revision,
    hasMore: false,
    term: lastTerm(terms),
  }
}
