import { gql } from '@urql/core'
import type { Cache, CacheExchangeOpts, FieldArgs, KeyGenerator, UpdateResolver } from '@urql/exchange-graphcache'
import { placeOfMessage } from '../caches/conversations.ts'
import {
  changeInboxList,
  eventOfAnswer,
  type ListedNotification,
  PLACING,
  type Selected,
} from '../caches/inbox-lists.ts'
import { changeTicketRows, isSameTicketList, TICKET_PLACING } from '../caches/ticket-lists.ts'
import { KEYS, POSSIBLE_TYPES, SINGLE, VALUES } from '../caches/values.ts'
import { hasPageBehind, joinPages, listsIn, setItems, takePage } from './pages.ts'

/** Marks are written one by one: a cache has those that a document has asked for. */
const MARKS = {
  seenAt: gql`fragment HeraldSeen on Notification { id seenAt }`,
  readAt: gql`fragment HeraldRead on Notification { id readAt }`,
  archivedAt: gql`fragment HeraldArchived on Notification { id archivedAt }`,
}

/** What an entry has of these fields. */
function readItem(cache: Cache, key: string, names: readonly string[]): ListedNotification {
  const known = names.map((name) => [name, cache.resolve(key, name)])
  return { ...Object.fromEntries(known), id: String(cache.resolve(key, 'id')) }
}

function mark(cache: Cache, id: string, marks: Selected): void {
  for (const [name, value] of Object.entries(marks)) {
    const known = cache.resolve({ __typename: 'Notification', id }, name)
    if (known !== undefined) cache.writeFragment(MARKS[name as keyof typeof MARKS], { id, [name]: value })
  }
}

/** Applies an event of the inbox to all lists of notifications. */
function changeInbox(cache: Cache, event: Selected): void {
  // They are written when all lists have seen what was marked before.
  const marks: Record<string, Selected> = {}
  for (const list of listsIn(cache, 'Query', 'notifications')) {
    const items = list.items.map((key) => readItem(cache, key, PLACING))
    const filter = (list.args['filter'] ?? {}) as Selected
    const change = changeInboxList({ items, hasMore: hasPageBehind(cache, list, 'hasNextPage'), filter }, event)
    if (change.ids)
      setItems(
        cache,
        list,
        change.ids.map((id) => `Notification:${id}`),
      )
    Object.assign(marks, change.marks)
    if (change.isUnknown) for (const { args } of list.pages) cache.invalidate('Query', 'notifications', args)
  }
  for (const [id, changed] of Object.entries(marks)) mark(cache, id, changed)
}

function addMessage(cache: Cache, message: Selected, args: FieldArgs): void {
  const { ticketId = (args?.['input'] as Selected | undefined)?.['ticketId'] ?? args?.['ticketId'] } = message
  for (const list of listsIn(cache, `Ticket:${ticketId}`, 'messages')) {
    const rows = {
      items: list.items.map((key) => ({ ...readItem(cache, key, []), number: cache.resolve(key, 'number') })),
      hasOlder: hasPageBehind(cache, list, 'hasPreviousPage'),
      hasNewer: hasPageBehind(cache, list, 'hasNextPage'),
    }
    const at = placeOfMessage(rows, message)
    if (at === undefined) continue
    setItems(cache, list, [...list.items.slice(0, at), `TicketMessage:${message['id']}`, ...list.items.slice(at)])
  }
}

/** Applies what `ticketList` has told to the lists with the same filter and order. */
function changeTickets(cache: Cache, event: Selected, args: FieldArgs): void {
  for (const list of listsIn(cache, 'Query', 'tickets')) {
    if (list.args['status'] || !isSameTicketList(list.args, args)) continue
    if (event['__typename'] === 'TicketListSnapshot') {
      // It replaces everything; pages that were loaded are asked for again.
      for (const page of list.pages.slice(1)) cache.invalidate('Query', 'tickets', page.args)
      if (isOfOneSize(list.args, args)) setItems(cache, { ...list, pages: list.pages.slice(0, 1) }, ticketsIn(event))
      else cache.invalidate('Query', 'tickets', list.args)
      continue
    }
    const items = list.items.map((key) => readItem(cache, key, TICKET_PLACING))
    const orderBy = list.args['orderBy'] as Selected | undefined
    const ids = changeTicketRows({ items, hasMore: hasPageBehind(cache, list, 'hasNextPage'), orderBy }, event)
    if (ids)
      setItems(
        cache,
        list,
        ids.map((id) => `Ticket:${id}`),
      )
  }
}

/** Whether a snapshot is what the first page of a list is: then the cursor at its end holds for both. */
function isOfOneSize(list: Selected, snapshot: FieldArgs): boolean {
  return list['first'] === snapshot?.['first']
}

function ticketsIn({ tickets }: Selected): readonly string[] {
  const { nodes, edges = [] } = tickets as { nodes?: readonly Selected[]; edges?: readonly { node: Selected }[] }
  return (nodes ?? edges.map(({ node }) => node)).map(({ id }) => `Ticket:${id}`)
}

/** Updates for these fields, each of which is given the object that came in the field. */
function updates(
  names: readonly string[],
  apply: (cache: Cache, value: Selected, args: FieldArgs) => void,
): Record<string, UpdateResolver> {
  const update: UpdateResolver = (parent, args, cache, { fieldName }) => {
    const value = parent[fieldName]
    if (value) apply(cache, value as unknown as Selected, args)
  }
  return Object.fromEntries(names.map((name) => [name, update]))
}

const MARKINGS = ['markAsRead', 'markAsUnread', 'markAsSeen', 'markAllAsRead', 'markAllAsSeen']
const MOVINGS = ['archiveNotifications', 'unarchiveNotifications', 'archiveAllNotifications', 'deleteNotifications']
const SNOOZINGS = ['snoozeNotifications', 'unsnoozeNotifications']

function createKeys(): Record<string, KeyGenerator> {
  const keys = new Map<string, KeyGenerator>()
  for (const name of VALUES) keys.set(name, () => null)
  for (const [name, key] of Object.entries(KEYS)) keys.set(name, (data) => data[key] as string | null)
  for (const name of [...SINGLE, 'UnreadCount']) keys.set(name, () => 'mine')
  return Object.fromEntries(keys)
}

/**
 * What graphcache has to be told of Herald's types: keys, how pages are joined, and what events and answers change. Use it as
 * `cacheExchange(heraldGraphcache)`, or put what is yours beside it.
 */
export const heraldGraphcache: Required<Pick<CacheExchangeOpts, 'keys' | 'possibleTypes' | 'resolvers' | 'updates'>> = {
  keys: createKeys(),
  possibleTypes: POSSIBLE_TYPES,
  resolvers: {
    Query: { notifications: joinPages, tickets: joinPages, searchTickets: joinPages },
    Ticket: { messages: joinPages },
  },
  updates: {
    Query: { notifications: takePage, tickets: takePage, searchTickets: takePage },
    Ticket: { messages: takePage },
    Subscription: {
      ...updates(['notificationEvents'], changeInbox),
      ...updates(['notificationAdded'], (cache, notification) =>
        changeInbox(cache, { __typename: 'NotificationAdded', notification }),
      ),
      ...updates(['ticketMessage'], addMessage),
      ...updates(['ticketList'], changeTickets),
    },
    Mutation: {
      ...updates([...MARKINGS, ...MOVINGS, ...SNOOZINGS], (cache, answer) => {
        const event = eventOfAnswer(answer)
        if (event) changeInbox(cache, event)
      }),
      ...updates(['sendTicketMessage'], (cache, { message }, args) => {
        if (message) addMessage(cache, message as Selected, args)
      }),
      // What they answer has changed by itself.
      ...updates(['editTicketMessage', 'deleteTicketMessage', 'markTicketAsRead'], () => {}),
    },
  },
}
