import { resumeCursor } from '../feed/cursor.ts'
import type { Change, Entry } from '../feed/follow.ts'
import { lastTerm } from '../storage/lane-terms.ts'
import type { InboxEvent, InboxFact } from './inbox-event.ts'
import type { Notification, NotificationEvent, UnreadCount } from './notification.ts'

const toItem = (fact: InboxFact, unread: UnreadCount, cursor: string): NotificationEvent => {
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
export const toEntries = (
  facts: readonly InboxFact[],
  lane: { readonly epoch: string; readonly term: string; readonly before: number; readonly unread: UnreadCount },
): readonly Entry<NotificationEvent>[] => {
  let position = lane.before
  return facts.map((fact, index) => {
    if (facts[index + 1]?.revision !== fact.revision) position = fact.revision
    return { revision: fact.revision, item: toItem(fact, lane.unread, resumeCursor(lane.epoch, position, lane.term)) }
  })
}

/** The notifications that the facts added. */
export const toAdditions = (facts: readonly InboxFact[]): readonly Entry<Notification>[] =>
  facts.flatMap((fact) => (fact.kind === 'added' ? [{ revision: fact.revision, item: fact.notification }] : []))

/** A jump that no follower can bridge: it reads the store, and finds that the inbox it followed is no more. */
const ANOTHER_LIFE = { previous: Number.MAX_SAFE_INTEGER, revision: Number.MAX_SAFE_INTEGER, entries: [] } as const

/** What an event says to a follower of every change of the inbox with the epoch `followed`. */
export const takeEvent = (
  { epoch, terms, previous, revision, facts, unread }: InboxEvent,
  followed: string,
): Change<NotificationEvent> =>
  epoch === followed
    ? {
        terms,
        previous,
        revision,
        entries: toEntries(facts, { epoch, term: lastTerm(terms), before: previous, unread }),
      }
    : ANOTHER_LIFE

/** What an event says to a follower of what arrives in the inbox with the epoch `followed`. */
export const takeAdditions = (
  { epoch, terms, previous, revision, facts }: InboxEvent,
  followed: string,
): Change<Notification> =>
  epoch === followed ? { terms, previous, revision, entries: toAdditions(facts) } : ANOTHER_LIFE
