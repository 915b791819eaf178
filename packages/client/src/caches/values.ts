// What Herald's types are to a cache that keeps things by their ids. A test compares this with the schema.

/** Values: each is as it was where it stands, and is never joined with another one. Two messages of one user can have different names. */
export const VALUES = [
  'Actor',
  'Participant',
  'TicketReader',
  'UnreadCount',
  'CategoryCount',
  'CappedCount',
  'TicketCounts',
  'TicketStatusCount',
  'NotificationGroup',
  'Attachment',
  'Reaction',
  'TicketMessageEdit',
  'TicketSearchHit',
  'TicketActivitySnapshot',
  'Typing',
  'CategoryPreference',
  'NotificationStatus',
  'QuietHours',
  'CustomEvent',
] as const

/** What is kept under another field than `id`. */
export const KEYS = {
  Presence: 'userId',
  TicketPresence: 'ticketId',
  TicketActivity: 'ticketId',
  TicketReads: 'ticketId',
} as const

/** What there is one of. */
export const SINGLE = ['RealtimeConfig', 'Preferences', 'ConnectionStats'] as const

/** The interfaces, with what implements them. */
export const POSSIBLE_TYPES = {
  NotificationEvent: [
    'NotificationAdded',
    'NotificationUpdated',
    'NotificationsMarked',
    'NotificationsRemoved',
    'NotificationsReset',
  ],
  TicketListUpdate: ['TicketListSnapshot', 'TicketListEntered', 'TicketListChanged', 'TicketListLeft'],
}
