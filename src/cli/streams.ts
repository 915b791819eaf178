import type {
  CustomEvent,
  Notification,
  NotificationAdded,
  NotificationsMarked,
  NotificationsRemoved,
  NotificationsReset,
  NotificationUpdated,
  TicketActivity,
  UnreadCount,
} from '../graphql/generated.ts'

/** A subscription that `herald listen` follows. */
export interface Stream {
  /** The name of the subscription field. */
  readonly field: string
  readonly query: string
  /** Describes an item of the subscription in one line. */
  readonly describe: (item: never) => string
  /** Whether it is a log: its items have a `cursor`, and the query takes `$after`. */
  readonly isLog?: boolean
}

type NotificationEvent =
  | Required<Pick<NotificationAdded, '__typename' | 'notification'>>
  | Required<Pick<NotificationsMarked, '__typename' | 'mark' | 'ids' | 'upToRevision' | 'category'>>
  | Required<Pick<NotificationUpdated, '__typename' | 'notification'>>
  | Required<Pick<NotificationsRemoved, '__typename' | 'ids' | 'reason'>>
  | Required<Pick<NotificationsReset, '__typename'>>

// A terminal obeys control characters, and the texts shown here come from users.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g

function line(label: string, text: string): string {
  return `${label.padEnd(13)} ${text.replace(CONTROL, ' ')}`
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

function describeNotification({ title, body, type, id, group }: Notification): string {
  const more = group && group.count > 1 ? `, ${group.count} in ${group.key}` : ''
  return `${title}${body ? ` - ${body}` : ''} (${type}, ${id}${more})`
}

function describeNotificationEvent(event: NotificationEvent): string {
  switch (event.__typename) {
    case 'NotificationAdded':
      return line('notification', describeNotification(event.notification))
    case 'NotificationUpdated':
      return line('updated', describeNotification(event.notification))
    case 'NotificationsMarked': {
      const all = event.category === null ? 'all' : `all of ${event.category}`
      const which = event.upToRevision === null ? event.ids.join(', ') : `${all} up to revision ${event.upToRevision}`
      return line(event.mark.toLowerCase(), which)
    }
    case 'NotificationsRemoved':
      return line(event.reason.toLowerCase(), event.ids.join(', '))
    case 'NotificationsReset':
      return line('missed', 'something may have been missed: load the list again')
  }
}

function describeUnread({ count: total, isCapped, byCategory }: UnreadCount): string {
  const categories = byCategory.map((one) => `${one.category} ${one.count}${one.isCapped ? '+' : ''}`).join(', ')
  return line('unread', `${total}${isCapped ? '+' : ''}${categories && ` (${categories})`}`)
}

function describeActivity({ ticketId, change, number, authorRole, unread }: TicketActivity): string {
  const message = `message ${number} by ${authorRole.toLowerCase()}`
  const some = unread.isCapped ? `${unread.count}+ unread messages` : count(unread.count, 'unread message')
  const what = number === 0 ? 'nothing was said yet' : `${message}, ${some}`
  return line('support', `ticket ${ticketId}: ${change === 'LEFT' ? 'no longer here' : what}`)
}

function describeCustomEvent({ name, data, ticketId }: CustomEvent): string {
  return line(
    'event',
    [name, ticketId && `in ticket ${ticketId}`, data && JSON.stringify(data)].filter(Boolean).join(' '),
  )
}

/** The subscriptions that `herald listen` follows. */
export const STREAMS: readonly Stream[] = [
  {
    field: 'notificationEvents',
    query: /* GraphQL */ `
      subscription NotificationEvents($after: Cursor) {
        notificationEvents(after: $after) {
          __typename
          cursor
          ... on NotificationAdded {
            notification { id type category title body data actionUrl priority createdAt group { key count } }
          }
          ... on NotificationUpdated {
            notification { id type category title body data actionUrl priority createdAt editedAt group { key count } }
          }
          ... on NotificationsMarked { mark ids upToRevision category at }
          ... on NotificationsRemoved { ids reason }
        }
      }
    `,
    describe: describeNotificationEvent,
    isLog: true,
  },
  {
    field: 'supportMessage',
    query:
      'subscription SupportMessage { supportMessage { ticketId change number authorRole at unread { count isCapped } } }',
    describe: describeActivity,
  },
  {
    field: 'customEvent',
    query: 'subscription CustomEvent { customEvent { id name data ticketId at } }',
    describe: describeCustomEvent,
  },
  {
    field: 'unreadCount',
    query:
      'subscription UnreadCount { unreadCount { count isCapped byCategory { category count isCapped } revision } }',
    describe: describeUnread,
  },
]
