import { InMemoryCache, type TypePolicies } from '@apollo/client'
import { relayStylePagination } from '@apollo/client/utilities'

/** Of two counts the larger revision is newer. */
const newer = <Count extends { revision?: number }>(known: Count | undefined, came: Count): Count =>
  known && (known.revision ?? 0) > (came.revision ?? 0) ? known : came

const typePolicies: TypePolicies = {
  // An actor is as it was at that moment: two messages of one user can have different names.
  Actor: { keyFields: false },
  Participant: { keyFields: false },
  UnreadCount: { keyFields: false, merge: newer },
  Presence: { keyFields: ['userId'] },
  TicketPresence: { keyFields: ['ticketId'] },
  TicketActivity: { keyFields: ['ticketId'] },
  TicketReads: { keyFields: ['ticketId'] },
  RealtimeConfig: { keyFields: [] },
  Preferences: { keyFields: [] },
  ConnectionStats: { keyFields: [] },
  // Pages of `edges`.
  Query: {
    fields: {
      notifications: relayStylePagination(['filter']),
      tickets: relayStylePagination(['filter', 'orderBy', 'status']),
      searchTickets: relayStylePagination(['query']),
    },
  },
  Subscription: { fields: { notificationEvents: { merge: false }, ticketList: { merge: false } } },
}

const NotificationEvent = [
  'NotificationAdded',
  'NotificationUpdated',
  'NotificationsMarked',
  'NotificationsRemoved',
  'NotificationsReset',
]

const TicketListUpdate = ['TicketListSnapshot', 'TicketListEntered', 'TicketListChanged', 'TicketListLeft']

/** Apollo's cache with what it cannot know by itself. Ask for `revision` with each `UnreadCount`. */
export const createCache = (): InMemoryCache =>
  new InMemoryCache({ typePolicies, possibleTypes: { NotificationEvent, TicketListUpdate } })
