// Made by `npm run codegen` from schema/*.graphql. Do not edit.
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

/** What ADD_REACTION answers. */
export type AddReactionResult = {
/** Reacts to a message that I may see. Doing it again changes nothing. The message is delivered again; `updatedAt` of the ticket stays. `CONFLICT` when the message was deleted or the ticket is closed. */
readonly done: {
/** The message as it is now. */
readonly message: TicketMessage
}
}

/** The variables of ADD_REACTION. */
export type AddReactionVariables = {
readonly id: string
readonly emoji: string
}

/** One message of a conversation. After an edit or deletion it is delivered again with the same id. */
export type TicketMessage = {
/** A UUIDv7, so ids sort by creation. */
readonly id: string
/** The ticket it belongs to. */
readonly ticketId: string
/** Its place in what I may see of the conversation: 1, 2, 3 and so on without holes. */
readonly number: number
/** The revision of the conversation, as I see it, that last changed this message. Of two versions of it the larger is newer. */
readonly revision: number
/** Who may see it. */
readonly visibility: Visibility
/** Who wrote it. */
readonly author: Actor
/** The text; null once deleted. Empty when there are only attachments. */
readonly body: string | null
/** Whatever was attached for the client; null once deleted. */
readonly data: Readonly<Record<string, unknown>> | null
/** Files that the product keeps; none once deleted. */
readonly attachments: readonly ({
/** The product's own key of the file. */
readonly fileId: string | null
/** A name to show. */
readonly name: string
/** Such as `image/png`. */
readonly mediaType: string
/** Its size, as the sender said; null if unknown. */
readonly bytes: number | null
/** Where it is: an https or http address, or a path. */
readonly url: string
})[]
/** The message that it answers; null if none. A public message never answers a note. */
readonly replyTo: {
/** A UUIDv7, so ids sort by creation. */
readonly id: string
/** Its place in what I may see of the conversation: 1, 2, 3 and so on without holes. */
readonly number: number
/** Who wrote it. */
readonly author: Actor
/** The beginning of the text on one line, at most 140 characters; null once deleted. */
readonly excerpt: string | null
} | null
/** Reactions, those that came first in front; none once deleted. They are as visible as the message. */
readonly reactions: readonly ({
/** What they reacted with. */
readonly emoji: string
/** How many did. */
readonly count: number
/** Who did, in order, at most 100. I am among them if I did; so all who follow a ticket share one result. */
readonly userIds: readonly (string)[]
})[]
/** The id that the sending client gave it. */
readonly clientMessageId: string | null
/** When it was stored. */
readonly createdAt: string
/** When its text or its attachments last changed; null if never. */
readonly editedAt: string | null
/** When it was deleted; null while it stands. */
readonly deletedAt: string | null
}

/** What CLAIM_TICKET answers. */
export type ClaimTicketResult = {
/** Takes charge of a ticket, if it is still in the charge of whom I think. Otherwise `CONFLICT` with the reason `ASSIGNED_OTHERWISE`. Of several who claim it at the same moment, one gets it. Mine already: no error. Customers do not sense it. */
readonly done: {
/** The ticket as it is now. */
readonly ticket: ListedTicket
}
}

/** The variables of CLAIM_TICKET. */
export type ClaimTicketVariables = {
readonly ticketId: string
readonly expectedAssigneeId?: string | null | undefined
}

/** A support conversation. The product's backend keeps it with `upsertTicket`; Herald carries what is said in it. A ticket has two audiences: its participants see public messages, staff sees internal notes too. Each audience has its own numbering, counts and times, so that nothing about a note can be sensed by a customer. */
export type ListedTicket = {
/** The id that the backend gave it. */
readonly id: string
/** What it is about. */
readonly subject: string | null
/** Where it stands. */
readonly status: TicketStatus
/** The staff member in charge. For staff and backends: customers always get null, and do not sense that it changes. */
readonly assignee: Actor | null
/** When the backend made it known. */
readonly createdAt: string
/** When anything that I may see last changed. */
readonly updatedAt: string
/** Counts the changes of the ticket and of its messages that I may see. Of two versions of it the larger is newer, but for what is mine alone: `unread`, `lastReadNumber`, `isMuted` and `mutedUntil`. */
readonly revision: number
/** Messages by others after my read mark. */
readonly unread: {
/** The number, up to the cap. */
readonly count: number
/** There are more than `count`: show a plus sign. */
readonly isCapped: boolean
}
/** I have read up to this message, on any of my devices; null if nothing yet. It never goes back. */
readonly lastReadNumber: number | null
/** Nothing of it is handed off to me now. */
readonly isMuted: boolean
/** The newest message that I may see; null if there is none. */
readonly lastMessage: {
/** A UUIDv7, so ids sort by creation. */
readonly id: string
/** Its place in what I may see of the conversation: 1, 2, 3 and so on without holes. */
readonly number: number
/** Who may see it. */
readonly visibility: Visibility
/** Who wrote it. */
readonly author: Actor
/** The beginning of the text on one line, at most 140 characters; null once deleted. */
readonly excerpt: string | null
/** When it was stored. */
readonly createdAt: string
} | null
}

/** What DELETE_MESSAGE answers. */
export type DeleteMessageResult = {
/** Deletes a message of mine, or any message for admins and backends: its place stays, its text is gone. For customers `CONFLICT` when the ticket is closed. */
readonly message: TicketMessage
}

/** The variables of DELETE_MESSAGE. */
export type DeleteMessageVariables = {
readonly id: string
}

/** What EDIT_MESSAGE answers. */
export type EditMessageResult = {
/** Changes the text or the attachments of a message of mine. `CONFLICT` when it was deleted or the ticket is closed. */
readonly message: TicketMessage
}

/** The variables of EDIT_MESSAGE. */
export type EditMessageVariables = {
readonly id: string
readonly body: string
}

/** What MARK_TICKET_AS_READ answers. */
export type MarkTicketAsReadResult = {
/** Marks a conversation as read up to a message. The mark never goes back. */
readonly markTicketAsRead: {
/** I have read up to this message, on any of my devices; null if nothing yet. It never goes back. */
readonly lastReadNumber: number | null
}
}

/** The variables of MARK_TICKET_AS_READ. */
export type MarkTicketAsReadVariables = {
readonly ticketId: string
readonly upToNumber: number
}

/** What RELEASE_TICKET answers. */
export type ReleaseTicketResult = {
/** Gives up charge of a ticket of mine. `CONFLICT` with the reason `ASSIGNED_OTHERWISE` when somebody else has it; nobody already: no error. */
readonly done: {
/** The ticket as it is now. */
readonly ticket: ListedTicket
}
}

/** The variables of RELEASE_TICKET. */
export type ReleaseTicketVariables = {
readonly ticketId: string
}

/** What REMOVE_REACTION answers. */
export type RemoveReactionResult = {
/** Takes a reaction of mine back. Without one it changes nothing. `CONFLICT` when the ticket is closed. */
readonly done: {
/** The message as it is now. */
readonly message: TicketMessage
}
}

/** The variables of REMOVE_REACTION. */
export type RemoveReactionVariables = {
readonly id: string
readonly emoji: string
}

/** What SEND_MESSAGE answers. */
export type SendMessageResult = {
/** Says something in a ticket. Ends the writer's typing indicator. A public message of my own counts as having read up to it. */
readonly sendTicketMessage: {
/** The stored message. */
readonly message: TicketMessage
}
}

/** The variables of SEND_MESSAGE. */
export type SendMessageVariables = {
readonly input: SendTicketMessageInput
}

/** What SET_TYPING answers. */
export type SetTypingResult = {
/** Tells the others in a ticket that I am typing, or have stopped. At most one per second and device is passed on. Over HTTP, too, and it does not matter which node is told what. A device is the socket, or what `deviceId` names; over HTTP all devices of mine that name none count as one. An indicator ends with my message, when a socket closes on which it began, or after `TYPING_EXPIRY_MS`. */
readonly setTyping: {
/** While still typing, send it again after this many milliseconds. */
readonly resendAfterMs: number
}
}

/** The variables of SET_TYPING. */
export type SetTypingVariables = {
readonly ticketId: string
readonly isTyping: boolean
readonly visibility: Visibility
readonly deviceId?: string | null | undefined
}

/** What TICKET_CHANGED answers. */
export type TicketChangesResult = {
/** State: the ticket at once, and again when its subject, status or participants change; for staff also when its assignee does. Where `isMuted` or `mutedUntil` is selected, also when I mute it or end that. */
readonly ticketChanged: Ticket
}

/** The variables of TICKET_CHANGED. */
export type TicketChangesVariables = {
readonly ticketId: string
}

/** A support conversation. The product's backend keeps it with `upsertTicket`; Herald carries what is said in it. A ticket has two audiences: its participants see public messages, staff sees internal notes too. Each audience has its own numbering, counts and times, so that nothing about a note can be sensed by a customer. */
export type Ticket = {
/** The id that the backend gave it. */
readonly id: string
/** What it is about. */
readonly subject: string | null
/** Where it stands. */
readonly status: TicketStatus
/** The staff member in charge. For staff and backends: customers always get null, and do not sense that it changes. */
readonly assignee: Actor | null
/** Who takes part, in the order they were added. */
readonly participants: readonly ({
/** Who, as the backend described them. */
readonly user: Actor
})[]
/** When the backend made it known. */
readonly createdAt: string
/** When anything that I may see last changed. */
readonly updatedAt: string
/** Counts the changes of the ticket and of its messages that I may see. Of two versions of it the larger is newer, but for what is mine alone: `unread`, `lastReadNumber`, `isMuted` and `mutedUntil`. */
readonly revision: number
}

/** What TICKET_LIST answers. */
export type TicketListsResult = {
/** State: my list of tickets. First a snapshot that replaces everything, and so again after each break; then what enters, changes and leaves, on all pages of the list. A slow reader gets the newest of each ticket, with all reasons. Put a ticket in its place by (the time of `orderBy`, id); drop it when it sorts behind the last one that was loaded while there is a next page. From a page that arrives, leave out what left while it was under way. */
readonly ticketList: {
/** How many there are now; read only when selected. */
readonly counts?: TicketCounts
} & (({ readonly __typename: 'TicketListSnapshot' } & {
/** The first page; `tickets` with the same filter and order has the next ones. */
readonly tickets: {
/** The page without cursors. */
readonly nodes: readonly (ListedTicket)[]
/** Where the page stands. */
readonly pageInfo: {
/** There is more after the last edge. */
readonly hasNextPage: boolean
/** The cursor of the last edge; null on an empty page. */
readonly endCursor: string | null
}
}
}) | ({ readonly __typename: 'TicketListEntered' } & {
/** Why; several if it changed in several ways. */
readonly reasons: readonly (TicketListReason)[]
/** The ticket. */
readonly ticket: ListedTicket
}) | ({ readonly __typename: 'TicketListChanged' } & {
/** Why; several if it changed in several ways. */
readonly reasons: readonly (TicketListReason)[]
/** The ticket. */
readonly ticket: ListedTicket
}) | ({ readonly __typename: 'TicketListLeft' } & {
/** Why; several if it changed in several ways. */
readonly reasons: readonly (TicketListReason)[]
/** The ticket. */
readonly ticketId: string
}))
}

/** The variables of TICKET_LIST. */
export type TicketListsVariables = {
readonly filter?: TicketFilter | null | undefined
readonly orderBy?: TicketOrder | null | undefined
readonly first: number
readonly counts: boolean
}

/** How many tickets there are, as the filter says but for its `status`; so tabs can show all states. */
export type TicketCounts = {
/** Per state, each state once. With `OTHERS` or `unread` in the filter they are looked for among the 10,000 of each that changed last; if there are more, it is capped. */
readonly byStatus: readonly ({
/** The state. */
readonly status: TicketStatus
/** How many, up to `realtimeConfig.ticketCountCap`. */
readonly tickets: {
/** The number, up to the cap. */
readonly count: number
/** There are more than `count`: show a plus sign. */
readonly isCapped: boolean
}
})[]
/** With messages that I have not read, in the states of the filter. Looked for among the 10,000 tickets that changed last; if there are more, it is capped. */
readonly unread: {
/** The number, up to the cap. */
readonly count: number
/** There are more than `count`: show a plus sign. */
readonly isCapped: boolean
}
}

/** What TICKET_LIST_PAGE answers. */
export type TicketListPageResult = {
/** The tickets I take part in, or all of them for staff; the latest change first when not said otherwise. The list moves while it is walked: a ticket that changes moves up, past whoever is further down. Begin `ticketList` before the first page, and it tells of each ticket that moves, comes or goes. */
readonly tickets: {
/** The page without cursors. */
readonly nodes: readonly (ListedTicket)[]
/** Where the page stands. */
readonly pageInfo: {
/** There is more after the last edge. */
readonly hasNextPage: boolean
/** The cursor of the last edge; null on an empty page. */
readonly endCursor: string | null
}
}
}

/** The variables of TICKET_LIST_PAGE. */
export type TicketListPageVariables = {
readonly filter?: TicketFilter | null | undefined
readonly orderBy?: TicketOrder | null | undefined
readonly first: number
readonly after?: string | null | undefined
}

/** What TICKET_MESSAGES answers. */
export type TicketMessagesResult = {
/** Log: each message of a ticket, and again when it is edited or deleted. Subscribing is joining the ticket, ending is leaving it; whoever loses the connection has `TICKET_GRACE_MS` to come back. With `after`, first all that changed since then. */
readonly ticketMessage: TicketMessage
}

/** The variables of TICKET_MESSAGES. */
export type TicketMessagesVariables = {
readonly ticketId: string
readonly after?: string | null | undefined
}

/** What TICKET_PAGE answers. */
export type TicketPageResult = {
/** A ticket; null if it does not exist or is not mine to see. */
readonly ticket: Ticket & {
/** The conversation, oldest first: the first ones with `first`, the newest with `last`. Without either, the last 20. */
readonly messages: {
/** The page without cursors. */
readonly nodes: readonly (TicketMessage)[]
/** Where the page stands. */
readonly pageInfo: {
/** There is more before the first edge. */
readonly hasPreviousPage: boolean
/** The cursor of the first edge; null on an empty page. */
readonly startCursor: string | null
}
/** Pass it to `ticketMessage(after:)`, and nothing is missed in between. Of several pages, that of the first. */
readonly resumeCursor: string
}
} | null
/** The timings and bounds that clients should use. */
readonly realtimeConfig: {
/** Send `setTyping(isTyping: false)` when nothing was typed for this many milliseconds. */
readonly typingIdleStopMs: number
/** Herald ends a typing indicator by itself after this many milliseconds. */
readonly typingExpiryMs: number
}
}

/** The variables of TICKET_PAGE. */
export type TicketPageVariables = {
readonly ticketId: string
readonly last: number
readonly before?: string | null | undefined
}

/** What TICKET_PRESENCE answers. */
export type ViewersOfTicketResult = {
/** State: who is here at once, then everyone who joins or leaves. */
readonly ticketPresence: {
/** Who is here after the change, each once however many devices they use, in the order they came: of the customers and of the staff at most `MAX_TICKET_VIEWERS` (50) each, those who came first. Customers see customers only. */
readonly viewers: readonly (Actor)[]
/** More are here than `viewers` names. */
readonly isCapped: boolean
}
}

/** The variables of TICKET_PRESENCE. */
export type ViewersOfTicketVariables = {
readonly ticketId: string
}

/** What TICKET_READS answers. */
export type ReadsOfTicketResult = {
/** State: how far everybody has read, and how far messages have reached them, whole each time it has changed, at most about once a second. It does not join the ticket. */
readonly ticketReads: TicketReads
}

/** The variables of TICKET_READS. */
export type ReadsOfTicketVariables = {
readonly ticketId: string
}

/** How far everybody has read one ticket, and how far it has reached them, in my numbering. */
export type TicketReads = {
/** The participants in their order; for staff also each of the staff who has read something, at most 100, those who are furthest first. Customers find no staff here. */
readonly readers: readonly ({
/** Who: a participant as the backend described them, otherwise as they were when they read. */
readonly user: Actor
/** They have read up to this message; null if nothing yet. It never goes back. */
readonly lastReadNumber: number | null
/** A device of theirs has acknowledged up to this message; at least `lastReadNumber`, null if none. Clients of graphql-ws acknowledge by themselves what `ticketMessage` brings, about once a second; over HTTP nothing is acknowledged. Of staff who are no participants it is known from when they first read something. */
readonly lastDeliveredNumber: number | null
})[]
/** At least one of the staff has read up to this message; null if nothing yet. It never goes back. */
readonly staffReadNumber: number | null
}

/** What USER_TYPING answers. */
export type TypingInTicketResult = {
/** Signal: who else is typing. What ends while the connection is lost is not told: an indicator goes with its `expiresAt`. */
readonly userTyping: Typing
}

/** The variables of USER_TYPING. */
export type TypingInTicketVariables = {
readonly ticketId: string
}

/** Somebody else is typing, or has stopped. */
export type Typing = {
/** Who. Never the subscriber, on any device. */
readonly user: Actor
/** Show the indicator, or take it away. */
readonly isTyping: boolean
/** What they are writing: a message or an internal note. */
readonly visibility: Visibility
}

/** What somebody is, as the `role` claim of the token or the backend says. */
export type Role = 'ADMIN' | 'AGENT' | 'BACKEND' | 'CUSTOMER'

/** What can be said of notifications. */
export type Mark = 'ARCHIVED' | 'READ' | 'SEEN' | 'UNARCHIVED' | 'UNREAD'

/** Why notifications left the list. More can be added: take them off the list in any case. */
export type RemovalReason = 'DELETED' | 'EXPIRED' | 'RETRACTED' | 'SNOOZED'

/** How much a notification matters. Herald delivers all alike; clients decide what to do with it. */
export type Priority = 'HIGH' | 'LOW' | 'NORMAL' | 'URGENT'

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

/** Who may see something. */
export type Visibility = 'INTERNAL' | 'PUBLIC'

/** Where a ticket stands. */
export type TicketStatus = 'CLOSED' | 'OPEN' | 'PENDING' | 'RESOLVED'

/** A message to a ticket. */
export type SendTicketMessageInput = {
/** Files to refer to, at most 10. */
readonly attachments?: readonly (AttachmentInput)[] | null | undefined
/** For backends only: whose message it is, as when an e-mail is passed on. */
readonly author?: ActorInput | null | undefined
/** Running text of 1 byte to 64 KiB in which something is visible. With attachments it can be empty or left out. */
readonly body?: string | null | undefined
/** An id made by the client, such as a UUID. Sending again with it returns the stored message; with another text it is a `CONFLICT`. One line of 1 to 128 characters. */
readonly clientMessageId?: string | null | undefined
/** Whatever clients should get with it. At most 16 KiB. */
readonly data?: Readonly<Record<string, unknown>> | null | undefined
/** The number of the newest message on the writer's screen, 0 for none. If others wrote since then it is a `CONFLICT`, with `extensions.missed` telling how many messages, counted up to `realtimeConfig.unreadCap`, and nothing is sent. */
readonly expectedNumber?: number | null | undefined
/** The message that it answers, in the same ticket. A public message cannot answer a note. */
readonly replyToId?: string | null | undefined
/** The ticket. */
readonly ticketId?: string | undefined
/** Who may see it. `INTERNAL` is for staff only. */
readonly visibility?: Visibility | undefined
}

/** Why a ticket entered, changed or left a list. More can be added: the ticket says what it is now. */
export type TicketListReason = 'ASSIGNMENT' | 'DELETED' | 'DETAILS' | 'MESSAGE' | 'MUTE' | 'PARTICIPATION' | 'READ' | 'STATUS'

/** Which tickets to list. What is left out, or null, does not filter. Filters by state and by who is in charge find all at once, except that staff is given pages with fewer entries, as `unread` says, with `OTHERS`, and when tickets are sorted by `CREATED_AT` and filtered by more than their state. */
export type TicketFilter = {
/** For staff: only tickets in charge of one of these, or of one in `assigneeIds`. */
readonly assigned?: readonly (Assigned)[] | null | undefined
/** For staff: only tickets in charge of these users, or as `assigned` says. 1 to 100. */
readonly assigneeIds?: readonly (string)[] | null | undefined
/** Only these states. */
readonly status?: readonly (TicketStatus)[] | null | undefined
/** Only with (true) or without (false) messages that I have not read. They are looked for among 10,000 tickets at a time: when the page ends there, it has fewer entries than asked for, and `pageInfo` says that there is more. */
readonly unread?: boolean | null | undefined
/** Only tickets in which something that I may see changed at or after this moment. */
readonly updatedSince?: string | null | undefined
}

/** How to sort tickets. Those that are equal are sorted by id, in the same direction. */
export type TicketOrder = {
/** Which way. */
readonly direction?: OrderDirection | undefined
/** By what. */
readonly field?: TicketOrderField | undefined
}

/** A file to refer to. */
export type AttachmentInput = {
/** Its size: 0 to 2,147,483,647. */
readonly bytes?: number | null | undefined
/** The product's own key of the file. One line of 1 to 256 characters. */
readonly fileId?: string | null | undefined
/** Such as `image/png`. One line of 1 to 128 characters. */
readonly mediaType?: string | undefined
/** A name to show. One line of 1 to 256 characters. */
readonly name?: string | undefined
/** Where it is: an address that begins with `https:` or `http:`, or a path. At most 2,048 characters. */
readonly url?: string | undefined
}

/** Somebody, as a backend describes them. */
export type ActorInput = {
/** A picture to show: an https or http address, or a path from the root. At most 2,048 characters, no spaces. */
readonly avatarUrl?: string | null | undefined
/** The user id: the `sub` of that user's tokens. One line of 1 to 256 characters, not `erased`. Ids are compared character by character. */
readonly id?: string | undefined
/** A name to show. One line of at most 256 characters. */
readonly name?: string | null | undefined
/** What they are. */
readonly role?: Role | undefined
}

/** In whose charge a ticket is, as I see it. */
export type Assigned = 'ME' | 'NOBODY' | 'OTHERS'

/** Which way to sort. */
export type OrderDirection = 'ASC' | 'DESC'

/** What tickets can be sorted by. */
export type TicketOrderField = 'CREATED_AT' | 'UPDATED_AT'
