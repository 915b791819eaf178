import { resumeCursor } from '../delivery/cursor.ts'
import type { Change, Entry } from '../delivery/description.ts'
import { lastTerm } from '../storage/stream-terms.ts'
import type { InboxEvent, InboxFact } from './inbox-events.ts'
import type { MarkedRows } from './marked-rows.ts'
import type { Notification, NotificationEvent, UnreadCount } from './notification.ts'

function toItem(
  fact: InboxFact,
  unread: UnreadCount,
  cursor: string,
  notifications: readonly Notification[] | undefined,
): NotificationEvent {
  switch (fact.kind) {
    case 'added':
      return { __typename: 'NotificationAdded', notification: fact.notification, unread, cursor }
    case 'marked': {
      const { mark, ids, upToRevision, category, at } = fact
      const marked = {
        __typename: 'NotificationsMarked',
        mark,
        ids,
        upToRevision,
        category,
        at,
        unread,
        cursor,
      } as const
      return notifications ? { ...marked, notifications } : marked
    }
    case 'updated':
      return { __typename: 'NotificationUpdated', notification: fact.notification, unread, cursor }
    case 'removed':
      return { __typename: 'NotificationsRemoved', ids: fact.ids, reason: fact.reason, unread, cursor }
  }
}

/**
 * Changes of an inbox as a client gets them, each with its cursor. Of several with the same revision only the last has the cursor of it;
 * the others have that of the revision before. So a client that stops in between gets all of them again.
 */
export function toEntries(
  facts: readonly InboxFact[],
  stream: { readonly epoch: string; readonly term: string; readonly before: number; readonly unread: UnreadCount },
  rows?: MarkedRows,
): readonly Entry<NotificationEvent>[] {
  let passed = stream.before
  return facts.map((fact, index) => {
    if (facts[index + 1]?.revision !== fact.revision) passed = fact.revision
    const cursor = resumeCursor(stream.epoch, passed, stream.term)
    return { revision: fact.revision, item: toItem(fact, stream.unread, cursor, rows?.get(fact)) }
  })
}

/** The notifications that were added by changes. */
export function toAdditions(facts: readonly InboxFact[]): readonly Entry<Notification>[] {
  return facts.flatMap((fact) => (fact.kind === 'added' ? [{ revision: fact.revision, item: fact.notification }] : []))
}

/** A jump in the revisions that no subscriber can bridge. So it reads the store, and finds that the inbox it followed is no more. */
const ANOTHER_LIFE = { previous: Number.MAX_SAFE_INTEGER, revision: Number.MAX_SAFE_INTEGER, entries: [] } as const

/** What an event says to a subscriber of all changes. `followed` is the epoch of the inbox that it follows. */
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

/**
 * What an event says to a subscriber of all changes who asks for what is not in it, such as the notifications of marks: that the store has
 * to be read. `followed` is the epoch of the inbox that it follows.
 */
export function takeInvalidation({ epoch, terms, revision }: InboxEvent, followed: string): Change<NotificationEvent> {
  return epoch === followed ? { terms, previous: revision, revision, entries: [] } : ANOTHER_LIFE
}

/** What an event says to a subscriber of new notifications. `followed` is the epoch of the inbox that it follows. */
export function takeAdditions(
  { epoch, terms, previous, revision, facts }: InboxEvent,
  followed: string,
): Change<Notification> {
  return epoch === followed ? { terms, previous, revision, entries: toAdditions(facts) } : ANOTHER_LIFE
}
