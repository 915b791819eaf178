// The documents of the kit. `npm run codegen` makes their types.

const UNREAD = `fragment UnreadCount on UnreadCount {
  count isCapped revision
  byCategory { category count isCapped }
  unseen @include(if: $unseen) { count isCapped }
}`

export const ACTOR = 'fragment Actor on Actor { userId role name avatarUrl }'

const NOTIFICATION = `fragment Notification on Notification {
  id type category title body data actor { ...Actor } actionUrl imageUrl priority
  createdAt seenAt readAt archivedAt expiresAt editedAt snoozedUntil isMuted
  group { key count actors { ...Actor } latestAt }
  revision arrivedRevision
}
${ACTOR}`

/** A page of the inbox. */
export const INBOX_PAGE = `query InboxPage($first: Int!, $after: Cursor, $filter: NotificationFilter, $unseen: Boolean!) {
  notifications(first: $first, after: $after, filter: $filter) {
    nodes { ...Notification } pageInfo { hasNextPage endCursor } unread { ...UnreadCount } resumeCursor
  }
}
${NOTIFICATION}
${UNREAD}`

/** Each change of the inbox. */
export const INBOX_EVENTS = `subscription InboxEvents($after: Cursor, $unseen: Boolean!) {
  notificationEvents(after: $after) {
    __typename cursor unread { ...UnreadCount }
    ... on NotificationAdded { notification { ...Notification } }
    ... on NotificationUpdated { notification { ...Notification } }
    ... on NotificationsMarked { mark ids upToRevision category at notifications { ...Notification } }
    ... on NotificationsRemoved { ids reason }
  }
}
${NOTIFICATION}
${UNREAD}`

const MARKED = '{ unread { revision } }'

export const MARK_AS_READ = `mutation MarkAsRead($ids: [ID!]!) { done: markAsRead(ids: $ids) ${MARKED} }`
export const MARK_AS_UNREAD = `mutation MarkAsUnread($ids: [ID!]!) { done: markAsUnread(ids: $ids) ${MARKED} }`
export const MARK_AS_SEEN = `mutation MarkAsSeen($ids: [ID!]!) { done: markAsSeen(ids: $ids) ${MARKED} }`
export const ARCHIVE = `mutation Archive($ids: [ID!]!) { done: archiveNotifications(ids: $ids) ${MARKED} }`
export const UNARCHIVE = `mutation Unarchive($ids: [ID!]!) { done: unarchiveNotifications(ids: $ids) ${MARKED} }`
export const DELETE = `mutation Delete($ids: [ID!]!) { done: deleteNotifications(ids: $ids) ${MARKED} }`
export const UNSNOOZE = `mutation Unsnooze($ids: [ID!]!) { done: unsnoozeNotifications(ids: $ids) ${MARKED} }`
export const SNOOZE = `mutation Snooze($ids: [ID!]!, $until: DateTime!) {
  done: snoozeNotifications(ids: $ids, until: $until) ${MARKED}
}`
export const MARK_ALL_AS_READ = `mutation MarkAllAsRead($upToRevision: Int, $category: String) {
  done: markAllAsRead(upToRevision: $upToRevision, category: $category) ${MARKED}
}`
export const MARK_ALL_AS_SEEN = `mutation MarkAllAsSeen($upToRevision: Int, $category: String) {
  done: markAllAsSeen(upToRevision: $upToRevision, category: $category) ${MARKED}
}`
export const ARCHIVE_ALL = `mutation ArchiveAll($upToRevision: Int, $category: String, $onlyRead: Boolean!) {
  done: archiveAllNotifications(upToRevision: $upToRevision, category: $category, onlyRead: $onlyRead) ${MARKED}
}`

/** How much is unread, always. */
export const UNREAD_COUNT = `subscription UnreadCounts($unseen: Boolean!) { unreadCount { ...UnreadCount } }
${UNREAD}`

/** How far the inbox has come. */
export const INBOX_REVISION = 'query InboxRevision { unreadCount { revision } }'

/** Who is online. */
export const PRESENCE = `subscription PresenceOf($userIds: [ID!]!) {
  presenceChanged(userIds: $userIds) { ...Presence }
}
fragment Presence on Presence { userId isOnline connectionCount lastSeenAt }`
