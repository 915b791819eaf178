// Made by `npm run codegen` from schema/*.graphql. Do not edit.
/** What ARCHIVE answers. */
export type ArchiveResult = {
/** Puts notifications of mine away. */
readonly done: {
/** The unread count after it. */
readonly unread: {
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
}
}
}

/** The variables of ARCHIVE. */
export type ArchiveVariables = {
readonly ids: readonly (string)[]
}

/** What ARCHIVE_ALL answers. */
export type ArchiveAllResult = {
/** Puts all away that arrived up to a bound, as `markAllAsRead` marks them. What was taken back into the list after it stays there. */
readonly done: {
/** The unread count after it. */
readonly unread: {
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
}
}
}

/** The variables of ARCHIVE_ALL. */
export type ArchiveAllVariables = {
readonly upToRevision?: number | null | undefined
readonly category?: string | null | undefined
readonly onlyRead: boolean
}

/** What DELETE answers. */
export type DeleteResult = {
/** Deletes notifications of mine, on all my devices. Others keep theirs. */
readonly done: {
/** The unread count after it. */
readonly unread: {
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
}
}
}

/** The variables of DELETE. */
export type DeleteVariables = {
readonly ids: readonly (string)[]
}

/** What INBOX_EVENTS answers. */
export type InboxEventsResult = {
/** Log: each change of my inbox, from whichever device. With `after`, first all that changed since then; what changed several times comes in its latest state. Whoever applies these to what it shows, however much more than the cursor says that is, shows what is stored: replace by id what is added or updated, set the marks, take off what is removed. `NotificationsReset` says that something may have been missed. */
readonly notificationEvents: {
/** Continue a subscription after this event. */
readonly cursor: string
/** The unread count after it. */
readonly unread: UnreadCount
} & (({ readonly __typename: 'NotificationAdded' } & {
/** The notification as it is now, its marks included. */
readonly notification: Notification
}) | ({ readonly __typename: 'NotificationUpdated' } & {
/** The notification as it is now, its marks included. */
readonly notification: Notification
}) | ({ readonly __typename: 'NotificationsMarked' } & {
/** What they are now. */
readonly mark: Mark
/** Which notifications. Look at `upToRevision` first: when it is set, it says which, and these are none. */
readonly ids: readonly (string)[]
/** All that arrived up to and including this revision and did not have the mark yet: their `arrivedRevision` says when that was. If the user took the mark from some of them after that bound, an event with `UNREAD` or `UNARCHIVED` and their ids follows at once. Null when `ids` says it. */
readonly upToRevision: number | null
/** Together with `upToRevision`: only this category; null for all. */
readonly category: string | null
/** When it was done. */
readonly at: string
/** The notifications as they are now, so that a normalised cache is right without code: those in `ids`, or the newest 100 of those that `upToRevision` changed. What was removed meanwhile is left out. Read only when selected. */
readonly notifications: readonly (Notification)[]
}) | ({ readonly __typename: 'NotificationsRemoved' } & {
/** Which notifications to take off the list. It can name some that this device never got, which changes nothing. */
readonly ids: readonly (string)[]
/** Why. One event tells one reason. */
readonly reason: RemovalReason
}) | { readonly __typename: 'NotificationsReset' })
}

/** The variables of INBOX_EVENTS. */
export type InboxEventsVariables = {
readonly after?: string | null | undefined
readonly unseen: boolean
}

/** A message to a user about something that happened. Its user marks it as seen, read or archived. */
export type Notification = {
/** A UUIDv7, so ids sort by creation. All recipients of one `notify` call share the id. */
readonly id: string
/** A machine name with dots, such as `billing.invoice.paid`. */
readonly type: string
/** The coarse group for tabs and counts, such as `billing`. */
readonly category: string
/** One line to show. */
readonly title: string
/** More text to show. */
readonly body: string | null
/** Whatever the backend attached for the client. */
readonly data: Readonly<Record<string, unknown>> | null
/** Who caused it. */
readonly actor: Actor | null
/** Where a click leads. */
readonly actionUrl: string | null
/** A picture to show. */
readonly imageUrl: string | null
/** How much it matters. */
readonly priority: Priority
/** When it was sent. */
readonly createdAt: string
/** When it was first shown in an opened inbox; null if never. */
readonly seenAt: string | null
/** When it was read; null while unread. */
readonly readAt: string | null
/** When it was archived; null while in the inbox. */
readonly archivedAt: string | null
/** When it disappears by itself; null if never. */
readonly expiresAt: string | null
/** When the backend last changed its content; null if never. */
readonly editedAt: string | null
/** When it comes back; null unless it is snoozed. */
readonly snoozedUntil: string | null
/** My preferences mute its category: it was stored without counting. Decided when it arrived; do not pop it up. An entry of a group is as its latest notification, and what comes back from snooze as it was. */
readonly isMuted: boolean
/** What this entry stands for; null without a `groupKey`. Content and actor are those of the latest, `createdAt` is that of the first. */
readonly group: {
/** The key that they share. */
readonly key: string
/** How many they are. Those that were retracted do not count. */
readonly count: number
/** The latest different actors, the latest first, at most 3. */
readonly actors: readonly (Actor)[]
/** When the latest was sent. */
readonly latestAt: string
} | null
/** The revision of the user's inbox at the latest change of this notification. Of two versions the larger is newer. */
readonly revision: number
/** The revision of the user's inbox at which it last arrived: sent, moved up in its group, or back from snooze. Lists go by it, and `upToRevision` means all up to it. */
readonly arrivedRevision: number
}

/** Somebody, as the token or the backend described them when it happened. Herald is not a user directory. It is a value, not an entity: two messages of one user can have different names, so a normalised cache must not merge them (`Actor: { keyFields: false }` with Apollo). */
export type Actor = {
/** The user id: the `sub` of the token. */
readonly userId: string
/** What they were at that moment, not what they are now. */
readonly role: Role
/** A name to show. */
readonly name: string | null
/** A picture to show. */
readonly avatarUrl: string | null
}

/** How much is unread: an absolute value, never a difference. Replace what you hold if `revision` is larger, else drop it. */
export type UnreadCount = {
/** Unread notifications that are neither archived, snoozed, muted nor expired, up to the cap. */
readonly count: number
/** There are more than `count`: show a plus sign. */
readonly isCapped: boolean
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
/** The same per category, largest first. Of so many categories that one in each exceeds the cap, not all are named. */
readonly byCategory: readonly ({
/** The category. */
readonly category: string
/** Unread notifications in it, up to the cap of `realtimeConfig.unreadCap`. */
readonly count: number
/** There are more than `count`: show a plus sign. */
readonly isCapped: boolean
})[]
/** Notifications that were not yet shown in an opened inbox, neither archived, snoozed, muted nor expired, up to the same cap: for a dot that goes when the inbox is opened. What is read is seen. It is only counted when selected; a subscription that selects it reads the database at each change. */
readonly unseen?: {
/** The number, up to the cap. */
readonly count: number
/** There are more than `count`: show a plus sign. */
readonly isCapped: boolean
}
}

/** What INBOX_PAGE answers. */
export type InboxPageResult = {
/** My inbox, newest first. */
readonly notifications: {
/** The page without cursors. */
readonly nodes: readonly (Notification)[]
/** Where the page stands. */
readonly pageInfo: {
/** There is more after the last edge. */
readonly hasNextPage: boolean
/** The cursor of the last edge; null on an empty page. */
readonly endCursor: string | null
}
/** The unread count of the same snapshot. */
readonly unread: UnreadCount
/** Pass it to `notificationAdded(after:)` or `notificationEvents(after:)`, and nothing is missed in between. Of several pages, that of the first: later ones say nothing of what happened to the pages before. Also with a filter, since a notification that comes under it or no longer does is named by an event. */
readonly resumeCursor: string
}
}

/** The variables of INBOX_PAGE. */
export type InboxPageVariables = {
readonly first: number
readonly after?: string | null | undefined
readonly filter?: NotificationFilter | null | undefined
readonly unseen: boolean
}

/** What INBOX_REVISION answers. */
export type InboxRevisionResult = {
/** How much I have not read. */
readonly unreadCount: {
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
}
}

/** What MARK_ALL_AS_READ answers. */
export type MarkAllAsReadResult = {
/** Marks all as read that arrived up to a bound, and nothing that arrived after it. What was marked as unread after it stays unread. A large inbox is marked in parts of 500, the oldest first, and devices get an event for each. When it answers, all are marked. If there is no answer, some parts can be marked and others not: calling it again marks the rest. */
readonly done: {
/** The unread count after it. */
readonly unread: {
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
}
}
}

/** The variables of MARK_ALL_AS_READ. */
export type MarkAllAsReadVariables = {
readonly upToRevision?: number | null | undefined
readonly category?: string | null | undefined
}

/** What MARK_ALL_AS_SEEN answers. */
export type MarkAllAsSeenResult = {
/** Marks all as seen that arrived up to a bound, as `markAllAsRead` does: what an opened inbox shows. */
readonly done: {
/** The unread count after it. */
readonly unread: {
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
}
}
}

/** The variables of MARK_ALL_AS_SEEN. */
export type MarkAllAsSeenVariables = {
readonly upToRevision?: number | null | undefined
readonly category?: string | null | undefined
}

/** What MARK_AS_READ answers. */
export type MarkAsReadResult = {
/** Marks notifications of mine as read. All my devices get an event. */
readonly done: {
/** The unread count after it. */
readonly unread: {
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
}
}
}

/** The variables of MARK_AS_READ. */
export type MarkAsReadVariables = {
readonly ids: readonly (string)[]
}

/** What MARK_AS_SEEN answers. */
export type MarkAsSeenResult = {
/** Marks notifications of mine as seen: they were shown in an opened inbox. */
readonly done: {
/** The unread count after it. */
readonly unread: {
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
}
}
}

/** The variables of MARK_AS_SEEN. */
export type MarkAsSeenVariables = {
readonly ids: readonly (string)[]
}

/** What MARK_AS_UNREAD answers. */
export type MarkAsUnreadResult = {
/** Marks notifications of mine as not read after all. */
readonly done: {
/** The unread count after it. */
readonly unread: {
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
}
}
}

/** The variables of MARK_AS_UNREAD. */
export type MarkAsUnreadVariables = {
readonly ids: readonly (string)[]
}

/** What PRESENCE answers. */
export type PresenceOfResult = {
/** State: the presence of each of these users at once, then whenever one comes online or goes offline. */
readonly presenceChanged: Presence
}

/** The variables of PRESENCE. */
export type PresenceOfVariables = {
readonly userIds: readonly (string)[]
}

/** Whether somebody is connected now. */
export type Presence = {
/** The user. */
readonly userId: string
/** On at least one connection, or gone for less than ten seconds. */
readonly isOnline: boolean
/** On how many connections; null unless it is about me or I am staff. */
readonly connectionCount: number | null
/** When they were last online; null while online, if never seen, or unless it is about me or I am staff. */
readonly lastSeenAt: string | null
}

/** What SNOOZE answers. */
export type SnoozeResult = {
/** Takes notifications of mine off the list and the counts until a moment. Then they arrive again on all devices, unread and at the top. Until then they are found by their id and by `filter: { snoozed: true }`, and marks leave them alone. What expires meanwhile does not come back. */
readonly done: {
/** The unread count after it. */
readonly unread: {
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
}
}
}

/** The variables of SNOOZE. */
export type SnoozeVariables = {
readonly ids: readonly (string)[]
readonly until: string
}

/** What UNARCHIVE answers. */
export type UnarchiveResult = {
/** Takes notifications of mine back into the list. */
readonly done: {
/** The unread count after it. */
readonly unread: {
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
}
}
}

/** The variables of UNARCHIVE. */
export type UnarchiveVariables = {
readonly ids: readonly (string)[]
}

/** What UNREAD_COUNT answers. */
export type UnreadCountsResult = {
/** State: how much I have not read, at once and after every change. */
readonly unreadCount: UnreadCount
}

/** The variables of UNREAD_COUNT. */
export type UnreadCountsVariables = {
readonly unseen: boolean
}

/** What UNSNOOZE answers. */
export type UnsnoozeResult = {
/** Lets snoozed notifications of mine arrive now. */
readonly done: {
/** The unread count after it. */
readonly unread: {
/** The revision of the inbox that was counted. Two counts of one revision are equal. */
readonly revision: number
}
}
}

/** The variables of UNSNOOZE. */
export type UnsnoozeVariables = {
readonly ids: readonly (string)[]
}

/** What can be said of notifications. */
export type Mark = 'ARCHIVED' | 'READ' | 'SEEN' | 'UNARCHIVED' | 'UNREAD'

/** Why notifications left the list. More can be added: take them off the list in any case. */
export type RemovalReason = 'DELETED' | 'EXPIRED' | 'RETRACTED' | 'SNOOZED'

/** How much a notification matters. Herald delivers all alike; clients decide what to do with it. */
export type Priority = 'HIGH' | 'LOW' | 'NORMAL' | 'URGENT'

/** What somebody is, as the `role` claim of the token or the backend says. */
export type Role = 'ADMIN' | 'AGENT' | 'BACKEND' | 'CUSTOMER'

/** Which notifications to list. What is left out does not filter. */
export type NotificationFilter = {
/** Only archived (true) or only unarchived (false) ones; null for both. */
readonly archived?: boolean | null | undefined
/** Only these categories. */
readonly categories?: readonly (string)[] | null | undefined
/** Only muted (true) or only other (false) ones. The badge counts what `read: false, muted: false` lists. */
readonly muted?: boolean | null | undefined
/** Only these priorities. */
readonly priorities?: readonly (Priority)[] | null | undefined
/** Only read (true) or only unread (false) ones. */
readonly read?: boolean | null | undefined
/** Only seen (true) or only unseen (false) ones. */
readonly seen?: boolean | null | undefined
/** Only snoozed (true) or only other (false) ones; null for both. */
readonly snoozed?: boolean | null | undefined
/** Only these types. */
readonly types?: readonly (string)[] | null | undefined
}
