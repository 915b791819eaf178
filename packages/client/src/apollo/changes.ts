import type { Reference } from '@apollo/client/core'
import { placeOfMessage } from '../caches/conversations.ts'
import {
  changeInboxList,
  eventOfAnswer,
  type ListedNotification,
  newerSelectedCount,
  PLACING,
  type Selected,
} from '../caches/inbox-lists.ts'
import { changeTicketRows, isSameTicketList, TICKET_PLACING } from '../caches/ticket-lists.ts'
import type { StoredPages } from './policies.ts'

/** What a modifier of Apollo's cache is given. */
interface ModifierDetails {
  readonly storeFieldName: string
  readonly readField: (name: string, from: unknown) => unknown
  readonly toReference: (value: Selected) => Reference | undefined
}

/** Apollo's cache of either version, as far as it is used here. */
export interface ChangingCache {
  identify(object: Selected): string | undefined
  modify(options: {
    id?: string
    fields: Readonly<Record<string, (held: never, details: ModifierDetails) => unknown>>
  }): boolean
}

/** A field of a result, with the arguments that it was asked with. */
export interface RootField {
  readonly value: Selected
  readonly args: Selected
}

/** The arguments in the name under which the cache has a field, such as `notifications:{"filter":{}}`. */
function argsIn(storeFieldName: string): Selected {
  const at = storeFieldName.indexOf(':')
  return at === -1 ? {} : JSON.parse(storeFieldName.slice(at + 1))
}

function hasMore({ pageInfo }: StoredPages): boolean {
  return pageInfo?.['hasNextPage'] === true
}

/** The list with these entries. Those that are new to it are in the cache already. */
function withIds(held: StoredPages, typename: string, ids: readonly string[], details: ModifierDetails): StoredPages {
  const refs = ids.map((id) => details.toReference({ __typename: typename, id }))
  return { ...held, items: refs.filter((ref) => ref !== undefined) }
}

function mark(cache: ChangingCache, id: string, marks: Selected): void {
  const key = cache.identify({ __typename: 'Notification', id })
  const fields = Object.fromEntries(Object.entries(marks).map(([name, value]) => [name, () => value]))
  if (key) cache.modify({ id: key, fields })
}

/** Applies an event to all lists of notifications that the cache has. Returns whether one of them has to be loaded again. */
function changeInbox(cache: ChangingCache, event: Selected): boolean {
  const marks: Record<string, Selected> = {}
  let isUnknown = false
  cache.modify({
    fields: {
      notifications: (held: StoredPages, details) => {
        const read = (ref: Reference): ListedNotification => {
          const known = PLACING.map((name) => [name, details.readField(name, ref)])
          return { ...Object.fromEntries(known), id: String(details.readField('id', ref)) }
        }
        const { filter } = argsIn(details.storeFieldName)
        const list = { items: held.items.map(read), hasMore: hasMore(held), filter: filter ?? {} }
        const change = changeInboxList(list, event)
        Object.assign(marks, change.marks)
        isUnknown ||= change.isUnknown
        return change.ids ? withIds(held, 'Notification', change.ids, details) : held
      },
    },
  })
  for (const [id, changed] of Object.entries(marks)) mark(cache, id, changed)
  return isUnknown
}

function changeCounts(cache: ChangingCache, unread: Selected, join = newerSelectedCount): void {
  cache.modify({
    fields: {
      unreadCount: (held: Selected) => join(held, unread),
      notifications: (held: StoredPages) =>
        held['unread'] ? { ...held, unread: join(held['unread'] as Selected, unread) } : held,
    },
  })
}

/** Lets the next count win, whatever its revision: after a restored backup, revisions begin lower. */
export function forgetCounts(cache: ChangingCache): void {
  changeCounts(cache, { revision: 0 }, (held, came) => ({ ...held, ...came }))
}

function addMessage(cache: ChangingCache, message: Selected, args: Selected): void {
  const { ticketId = (args['input'] as Selected | undefined)?.['ticketId'] ?? args['ticketId'] } = message
  const id = cache.identify({ __typename: 'Ticket', id: ticketId })
  if (!id) return
  cache.modify({
    id,
    fields: {
      messages: (held: StoredPages, { readField, toReference }) => {
        const items = held.items.map((ref) => ({ id: String(readField('id', ref)), number: readField('number', ref) }))
        const { hasPreviousPage, hasNextPage } = held.pageInfo ?? {}
        const rows = { items, hasOlder: hasPreviousPage === true, hasNewer: hasNextPage === true }
        const at = placeOfMessage(rows, message)
        const added = at === undefined ? undefined : toReference({ __typename: 'TicketMessage', id: message['id'] })
        return added ? { ...held, items: [...held.items.slice(0, at), added, ...held.items.slice(at)] } : held
      },
    },
  })
}

function changeTickets(cache: ChangingCache, event: Selected, args: Selected): void {
  cache.modify({
    fields: {
      tickets: (held: StoredPages, details) => {
        const wanted = argsIn(details.storeFieldName)
        if (wanted['status'] || !isSameTicketList(wanted, args)) return held
        const counts = event['counts'] && held['counts'] ? { counts: event['counts'] } : {}
        if (event['__typename'] === 'TicketListSnapshot') {
          const { nodes, edges, pageInfo } = event['tickets'] as Record<string, readonly Selected[] & Selected>
          const tickets = nodes ?? edges?.map(({ node }) => node as Selected) ?? []
          const page = pageInfo ? { pageInfo: { ...held.pageInfo, ...pageInfo } } : {}
          const ids = tickets.map(({ id }) => String(id))
          return { ...withIds(held, 'Ticket', ids, details), ...page, ...counts }
        }
        const items = held.items.map((ref) =>
          Object.fromEntries(TICKET_PLACING.map((name) => [name, details.readField(name, ref)])),
        )
        const orderBy = wanted['orderBy'] as never
        const ids = changeTicketRows({ items, hasMore: hasMore(held), orderBy }, event)
        return { ...(ids ? withIds(held, 'Ticket', ids, details) : held), ...counts }
      },
    },
  })
}

/**
 * Applies what a result says to the lists and counts of the cache, once Apollo has written the result itself. Returns whether something has to be
 * loaded again, since the result does not say it.
 */
export function applyToCache(cache: ChangingCache, { value, args }: RootField, isSubscription: boolean): boolean {
  const { __typename, unread, message } = value
  if (__typename === 'UnreadCount') changeCounts(cache, value)
  else if (unread) changeCounts(cache, unread as Selected)
  switch (__typename) {
    case 'NotificationAdded':
    case 'NotificationUpdated':
    case 'NotificationsMarked':
    case 'NotificationsRemoved':
      return changeInbox(cache, value)
    case 'Notification':
      return isSubscription && changeInbox(cache, { __typename: 'NotificationAdded', notification: value })
    case 'MarkPayload':
    case 'DeleteNotificationsPayload': {
      const event = eventOfAnswer(value)
      return event !== undefined && changeInbox(cache, event)
    }
    case 'TicketMessage':
      addMessage(cache, value, args)
      return false
    case 'SendTicketMessagePayload':
      if (message) addMessage(cache, message as Selected, args)
      return false
    default:
      if (String(__typename).startsWith('TicketList')) changeTickets(cache, value, args)
      return false
  }
}
