// Made by `npm run codegen` from schema/*.graphql. Do not edit.
import type { JsonObject } from '../lib/json.ts';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Actor as ActorModel } from '../auth/viewer.ts';
import type { Ticket as TicketModel } from '../tickets/ticket.ts';
import type { TicketMessage as TicketMessageModel } from '../tickets/ticket-message.ts';
import type { TicketListUpdate as TicketListUpdateModel } from '../tickets/follow-list.ts';
import type { TicketPage as TicketPageModel } from '../tickets/list-tickets.ts';
import type { CategoryPreferences as CategoryPreferencesModel } from '../preferences/category-rows.ts';
import type { Notification as NotificationModel, UnreadCount as UnreadCountModel, NotificationGroup as NotificationGroupModel, NotificationAdded as NotificationAddedModel, NotificationsMarked as NotificationsMarkedModel, NotificationUpdated as NotificationUpdatedModel, NotificationsRemoved as NotificationsRemovedModel, NotificationsReset as NotificationsResetModel } from '../notifications/notification.ts';
import type { Context } from './context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /**
   * An opaque position in a list or in a stream. Compare cursors for equality only, never parse them.
   *
   * There are two kinds: page cursors (`edges.cursor`, `pageInfo`) turn pages, resume cursors (`resumeCursor`, the
   * `cursor` of an event, `extensions.cursor` of a subscription result) continue a subscription without a gap.
   */
  Cursor: { input: string; output: string; }
  /**
   * A moment in time: RFC 3339, UTC, with milliseconds and a year of four digits, such as `2026-03-14T09:26:53.589Z`.
   *
   * Given to Herald it may have another offset (`+05:30`) and fewer digits. What would not be the same moment afterwards is refused: a day or
   * time that does not exist (`2027-02-30`, `24:00`, a leap second), a missing offset, more than milliseconds (digits behind them must be zeros),
   * a year beyond 0000 to 9999 in UTC. `T` and `Z` are capitals.
   */
  DateTime: { input: number; output: number; }
  /**
   * A JSON object. At most 16 KiB when written without spaces, and at most 32 levels deep.
   *
   * Numbers arrive as they were sent or are refused with `BAD_USER_INPUT`: integers beyond 2^53 - 1 (9007199254740991) either way, and
   * decimals with more digits than a double has, must be sent as strings. `1.0` is the number 1, and `-0` is 0. The same key twice in an
   * object is refused.
   */
  JSON: { input: JsonObject; output: JsonObject; }
};

/** The levels that `@auth` can ask for. */
export type Access =
  /** Backends only: tokens with the role `backend`. */
  | 'BACKEND'
  /** Anybody, even without a token. */
  | 'PUBLIC'
  /** Agents, admins and backends. */
  | 'STAFF'
  /** Anybody with a valid token. This is what a field without `@auth` asks for. */
  | 'USER';

/**
 * Somebody, as the token or the backend described them when it happened. Herald is not a user directory. It is a value, not an entity: two
 * messages of one user can have different names, so a normalised cache must not merge them (`Actor: { keyFields: false }` with Apollo).
 */
export type Actor = {
  readonly __typename?: 'Actor';
  /** A picture to show. */
  readonly avatarUrl: Maybe<Scalars['String']['output']>;
  /**
   * The same as `userId`.
   * @deprecated Use userId. An Actor is a snapshot, and caches merge what has an id.
   */
  readonly id: Scalars['ID']['output'];
  /** A name to show. */
  readonly name: Maybe<Scalars['String']['output']>;
  /** What they were at that moment, not what they are now. */
  readonly role: Role;
  /** The user id: the `sub` of the token. */
  readonly userId: Scalars['ID']['output'];
};

/** Somebody, as a backend describes them. */
export type ActorInput = {
  /** A picture to show: an https or http address, or a path from the root. At most 2,048 characters, no spaces. */
  readonly avatarUrl?: InputMaybe<Scalars['String']['input']>;
  /** The user id: the `sub` of that user's tokens. One line of 1 to 256 characters, not `erased`. Ids are compared character by character. */
  readonly id: Scalars['ID']['input'];
  /** A name to show. One line of at most 256 characters. */
  readonly name?: InputMaybe<Scalars['String']['input']>;
  /** What they are. */
  readonly role?: Role;
};

/** A notification to everyone. */
export type AnnounceInput = {
  /** Everyone but this user. */
  readonly excludeUserId?: InputMaybe<Scalars['ID']['input']>;
  /** As in `NotifyInput`. */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /**
   * Also for users whose inbox begins later: each finds it there, unread, unless it has expired or was retracted by then. When
   * false, a new inbox begins with the present.
   */
  readonly includeNewUsers?: Scalars['Boolean']['input'];
  /** Its content. */
  readonly notification: NotificationInput;
};

/** What became of `announce`. */
export type AnnouncePayload = {
  readonly __typename?: 'AnnouncePayload';
  /** This key was used before: nothing was sent now, and this is the first result. */
  readonly isDuplicate: Scalars['Boolean']['output'];
  /** The id of the notification, the same for everyone. */
  readonly notificationId: Scalars['ID']['output'];
};

/** In whose charge a ticket is, as I see it. */
export type Assigned =
  /** In mine. */
  | 'ME'
  /** In nobody's. */
  | 'NOBODY'
  /** In that of somebody else. */
  | 'OTHERS';

/** A file that the product keeps. Herald stores the reference only. */
export type Attachment = {
  readonly __typename?: 'Attachment';
  /** Its size, as the sender said; null if unknown. */
  readonly bytes: Maybe<Scalars['Int']['output']>;
  /** The product's own key of the file. */
  readonly fileId: Maybe<Scalars['ID']['output']>;
  /** Such as `image/png`. */
  readonly mediaType: Scalars['String']['output'];
  /** A name to show. */
  readonly name: Scalars['String']['output'];
  /** Where it is: an https or http address, or a path. */
  readonly url: Scalars['String']['output'];
};

/** A file to refer to. */
export type AttachmentInput = {
  /** Its size: 0 to 2,147,483,647. */
  readonly bytes?: InputMaybe<Scalars['Int']['input']>;
  /** The product's own key of the file. One line of 1 to 256 characters. */
  readonly fileId?: InputMaybe<Scalars['ID']['input']>;
  /** Such as `image/png`. One line of 1 to 128 characters. */
  readonly mediaType: Scalars['String']['input'];
  /** A name to show. One line of 1 to 256 characters. */
  readonly name: Scalars['String']['input'];
  /** Where it is: an address that begins with `https:` or `http:`, or a path. At most 2,048 characters. */
  readonly url: Scalars['String']['input'];
};

/** A number that is not counted beyond a cap: `realtimeConfig.unreadCap` for messages and notifications, `ticketCountCap` for tickets. */
export type CappedCount = {
  readonly __typename?: 'CappedCount';
  /** The number, up to the cap. */
  readonly count: Scalars['Int']['output'];
  /** There are more than `count`: show a plus sign. */
  readonly isCapped: Scalars['Boolean']['output'];
};

/** How much is unread in one category. */
export type CategoryCount = {
  readonly __typename?: 'CategoryCount';
  /** The category. */
  readonly category: Scalars['String']['output'];
  /** Unread notifications in it, up to the cap of `realtimeConfig.unreadCap`. */
  readonly count: Scalars['Int']['output'];
  /** There are more than `count`: show a plus sign. */
  readonly isCapped: Scalars['Boolean']['output'];
};

/** How I want to be told of one category. */
export type CategoryPreference = {
  readonly __typename?: 'CategoryPreference';
  /** The category; null for the default. */
  readonly category: Maybe<Scalars['String']['output']>;
  /** Hand it off when I do not see it. `URGENT` is handed off in any case. */
  readonly handOff: Scalars['Boolean']['output'];
  /** Count it and pop it up. It is stored in any case. */
  readonly inApp: Scalars['Boolean']['output'];
};

/** The values of `extensions.reason` on errors with the code `CONFLICT`. More can be added: treat an unknown one, and none, as a plain conflict. */
export type ConflictReason =
  /** The ticket is not in the charge of whom the caller thought; `extensions.assignee` has the `userId` and `name` of who is, or is null. */
  | 'ASSIGNED_OTHERWISE'
  /** Others wrote meanwhile; `extensions.missed` says how many messages, counted up to `realtimeConfig.unreadCap`. */
  | 'CONVERSATION_MOVED_ON'
  /** This idempotency key or `clientMessageId` was used for something else. */
  | 'KEY_REUSED'
  /** The ticket is closed. */
  | 'TICKET_CLOSED';

/** How many are connected to the whole service. */
export type ConnectionStats = {
  readonly __typename?: 'ConnectionStats';
  /** Open connections. */
  readonly connections: Scalars['Int']['output'];
  /** The same per node. */
  readonly nodes: ReadonlyArray<NodeStats>;
  /** Different users on them. */
  readonly users: Scalars['Int']['output'];
};

/** An event of the product's own, passed on as it is and never stored. */
export type CustomEvent = {
  readonly __typename?: 'CustomEvent';
  /** When it was sent. */
  readonly at: Scalars['DateTime']['output'];
  /** What the backend sent with it. */
  readonly data: Maybe<Scalars['JSON']['output']>;
  /** A UUIDv7. */
  readonly id: Scalars['ID']['output'];
  /** The name the backend gave it. */
  readonly name: Scalars['String']['output'];
  /** The ticket it was sent to; null if it was sent to me or to everyone. */
  readonly ticketId: Maybe<Scalars['ID']['output']>;
};

/** What became of a deletion. */
export type DeleteNotificationsPayload = {
  readonly __typename?: 'DeleteNotificationsPayload';
  /** Continue a subscription after it. */
  readonly cursor: Scalars['Cursor']['output'];
  /** Which ones are gone now: all that were named. Those that were gone before are no error. */
  readonly deletedIds: ReadonlyArray<Scalars['ID']['output']>;
  /** The unread count after it. */
  readonly unread: UnreadCount;
};

/** What became of `deleteTicket`. */
export type DeleteTicketPayload = {
  readonly __typename?: 'DeleteTicketPayload';
  /** The ticket. */
  readonly deletedId: Scalars['ID']['output'];
  /** How many messages went with it. */
  readonly messages: Scalars['Int']['output'];
};

/** The receipt of an erasure. */
export type ErasePayload = {
  readonly __typename?: 'ErasePayload';
  /** When it was done. */
  readonly at: Scalars['DateTime']['output'];
  /** How many messages of the user lost their text and author. */
  readonly messages: Scalars['Int']['output'];
  /** How many notifications left the user's inbox for good. */
  readonly notifications: Scalars['Int']['output'];
};

/** The values of `extensions.code` on errors. More can be added: treat an unknown one as an `INTERNAL_SERVER_ERROR`. */
export type ErrorCode =
  /** The document, an argument or a value is wrong; the message says which and why. */
  | 'BAD_USER_INPUT'
  /** It contradicts what is stored: a key used again with other input, a conversation that has moved on, a closed ticket. */
  | 'CONFLICT'
  /** The stream cannot be continued from this cursor. Load the list again and go on from its `resumeCursor`. */
  | 'CURSOR_EXPIRED'
  /** The token is valid but does not allow this. */
  | 'FORBIDDEN'
  /** Herald made a mistake. The log of its node has the error, at the time of the answer. */
  | 'INTERNAL_SERVER_ERROR'
  /** It does not exist, or the caller may not know that it does. */
  | 'NOT_FOUND'
  /**
   * There is no trusted document with this id. The message is `PersistedQueryNotFound`, which Apollo Client and urql understand: they send the
   * text.
   */
  | 'PERSISTED_QUERY_NOT_FOUND'
  /**
   * A document was named by its id, and this Herald has no trusted documents. The message is `PersistedQueryNotSupported`, which Apollo
   * Client and urql understand: they send the text, now and from then on.
   */
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  /**
   * Too much in too short a time, on this connection, by this user, or by those of this address who have no token. What one user may do counts
   * over all connections and transports together. `extensions.retryAfterMs` says after how many milliseconds the same succeeds, if nothing else
   * is done meanwhile; over HTTP the status is 429 with `Retry-After` where nothing was executed. Without it, something has to end first, such
   * as a subscription.
   */
  | 'RATE_LIMITED'
  /** A part that Herald needs is away or full. Nothing was stored; try again later. */
  | 'SERVICE_UNAVAILABLE'
  /**
   * There is no valid token, and this field needs one. Where a token was given, `extensions.reason` says what is wrong with it: `expired`,
   * `revoked` (the backend took it back) and `ended` (the backend ended the session): get a fresh one; `early`: it holds later, or its key is
   * not known yet, so try again after `extensions.retryAfterMs`; `invalid`: it will never be accepted.
   */
  | 'UNAUTHENTICATED';

/** When to hand something off to the backend, which can then send a mail or a push: as an event `inbox.unseen`, in the Redis stream or to the webhook. */
export type HandOffInput = {
  /** So long after it was sent. 0 to 2,592,000, which is 30 days, and before it expires. */
  readonly afterSeconds?: Scalars['Int']['input'];
  /** Not if one of these has happened by then. At least one. */
  readonly unless?: ReadonlyArray<HandOffUnless>;
};

/** What makes handing off superfluous. */
export type HandOffUnless =
  /** A device of the user acknowledged it, or what `SEEN` says. */
  | 'DELIVERED'
  /** The user is online when it is due. */
  | 'ONLINE'
  /** It was read or archived. */
  | 'READ'
  /** It was shown in an opened inbox, or read or archived. */
  | 'SEEN';

/** What can be said of notifications. */
export type Mark =
  /** Put away: no longer in the list, and not counted. */
  | 'ARCHIVED'
  /** Read. Reading implies having seen. */
  | 'READ'
  /** Shown in an opened inbox. */
  | 'SEEN'
  /** Back in the list. */
  | 'UNARCHIVED'
  /** Not read after all. What was seen stays seen. */
  | 'UNREAD';

/** What became of a mark. */
export type MarkPayload = {
  readonly __typename?: 'MarkPayload';
  /** How many notifications changed. Marking twice changes nothing. */
  readonly changed: Scalars['Int']['output'];
  /** Continue a subscription after it. */
  readonly cursor: Scalars['Cursor']['output'];
  /**
   * The notifications as they are now, so that a normalised cache is right at once: those that were named, or the newest 100 of all that
   * changed.
   */
  readonly notifications: ReadonlyArray<Notification>;
  /** The unread count after it. */
  readonly unread: UnreadCount;
  /** The bound that was used when all were marked; null when `ids` said which. */
  readonly upToRevision: Maybe<Scalars['Int']['output']>;
};

/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type Mutation = {
  readonly __typename?: 'Mutation';
  /**
   * Reacts to a message that I may see. Doing it again changes nothing. The message is delivered again; `updatedAt` of the ticket
   * stays. `CONFLICT` when the message was deleted or the ticket is closed.
   */
  readonly addReaction: TicketMessagePayload;
  /**
   * Stores a notification for everyone, once. It reaches every user who has an inbox by then: at once where the inbox is followed,
   * the others when they come back. Nobody gets less for having been away: all announcements of that time come, in order and however
   * many, unless they have expired or were retracted. An inbox begins when its user reads it, follows it or marks something in it for
   * the first time, or with the first notification; connecting alone does not begin it. After `eraseUser` the next one is a new inbox.
   */
  readonly announce: AnnouncePayload;
  /** Puts all away that arrived up to a bound, as `markAllAsRead` marks them. What was taken back into the list after it stays there. */
  readonly archiveAllNotifications: MarkPayload;
  /** Puts notifications of mine away. */
  readonly archiveNotifications: MarkPayload;
  /** Sends a custom event to everyone who is connected. To store something for everyone, use `announce`. */
  readonly broadcast: SendPayload;
  /**
   * Takes charge of a ticket, if it is still in the charge of whom I think. Otherwise `CONFLICT` with the reason `ASSIGNED_OTHERWISE`. Of several
   * who claim it at the same moment, one gets it. Mine already: no error. Customers do not sense it.
   */
  readonly claimTicket: TicketPayload;
  /** Deletes notifications of mine, on all my devices. Others keep theirs. */
  readonly deleteNotifications: DeleteNotificationsPayload;
  /**
   * Deletes a ticket with its messages and everything that refers to it. From then on nobody sees it, whoever follows it loses access, and lists
   * lose it. It goes in steps, so that nobody waits for it; while it is under way, `upsertTicket` with the same id is `SERVICE_UNAVAILABLE`. If there
   * is no answer, it goes on by itself within a minute, or when asked again. What stays, for `RETENTION_REMOVED_DAYS`, is a note of its id for those who lost it.
   */
  readonly deleteTicket: DeleteTicketPayload;
  /**
   * Deletes a message of mine, or any message for admins and backends: its place stays, its text is gone. For customers `CONFLICT`
   * when the ticket is closed.
   */
  readonly deleteTicketMessage: TicketMessage;
  /**
   * Closes all connections of a user, on all nodes. Returns how many there were. It ends connections, not access: the same token may connect
   * again at once, and most clients do. `revokeTokens` ends both.
   */
  readonly disconnectUser: Scalars['Int']['output'];
  /** Changes the text or the attachments of a message of mine. `CONFLICT` when it was deleted or the ticket is closed. */
  readonly editTicketMessage: TicketMessage;
  /**
   * Removes what Herald stores of a user: inbox, read marks, presence, and the text of their messages, whose author
   * becomes `erased`. Their sockets are closed at the end. When it answers, all that was stored of the user when it was called is gone, and
   * what came while it was under way, too; what the user does afterwards, with a token that is still valid, is stored anew. It goes in steps, the
   * conversations first, so that nobody waits for it, and devices are told with each step: 100,000 messages can take half a minute. If
   * there is no answer, because the node ended or the connection was cut, it goes on by itself within a minute; calling it again is safe,
   * too, and then the counts are of what was left. Doing it again finds nothing left and is no error.
   *
   * It does not end the user's tokens: whoever has one can come back, as a new user. `revokeTokens` first ends them; what it keeps, the user id
   * and a moment, stays until no such token could be good.
   */
  readonly eraseUser: ErasePayload;
  /**
   * Marks all as read that arrived up to a bound, and nothing that arrived after it. What was marked as unread after it stays unread. A large inbox
   * is marked in parts of 500, the oldest first, and devices get an event for each. When it answers, all are marked. If there is no answer, some
   * parts can be marked and others not: calling it again marks the rest.
   */
  readonly markAllAsRead: MarkPayload;
  /** Marks all as seen that arrived up to a bound, as `markAllAsRead` does: what an opened inbox shows. */
  readonly markAllAsSeen: MarkPayload;
  /** Marks notifications of mine as read. All my devices get an event. */
  readonly markAsRead: MarkPayload;
  /** Marks notifications of mine as seen: they were shown in an opened inbox. */
  readonly markAsSeen: MarkPayload;
  /** Marks notifications of mine as not read after all. */
  readonly markAsUnread: MarkPayload;
  /** Marks a conversation as read up to a message. The mark never goes back. */
  readonly markTicketAsRead: Ticket;
  /**
   * Hands off nothing of a ticket to me, until a moment: what is unread then is told with the next message. Others do not sense it. `ticket.assigned`
   * goes on, since it tells the backend of the ticket and not me. Muting it again replaces the moment.
   */
  readonly muteTicket: TicketPayload;
  /** Stores a notification for users and sends it to their devices. */
  readonly notify: NotifyPayload;
  /** Gives up charge of a ticket of mine. `CONFLICT` with the reason `ASSIGNED_OTHERWISE` when somebody else has it; nobody already: no error. */
  readonly releaseTicket: TicketPayload;
  /** Takes a reaction of mine back. Without one it changes nothing. `CONFLICT` when the ticket is closed. */
  readonly removeReaction: TicketMessagePayload;
  /**
   * Takes notifications back from everyone who got them. Of a group they are taken out: it shows what is left, and is gone when nothing is. Returns how
   * many inboxes lost one. Unknown ids are `NOT_FOUND`. From the
   * beginning on they reach no further inbox. Where more than 200 inboxes have them, these lose them some at a time, each together with its
   * count. When it answers, they are gone everywhere; if there is no answer, it goes on by itself within a minute, and calling it again is safe.
   */
  readonly retractNotifications: Scalars['Int']['output'];
  /** Refuses one token, and ends what was opened with it, as `revokeTokens` does. */
  readonly revokeToken: RevokePayload;
  /**
   * Refuses the tokens of a user that were issued before a moment, and ends what was opened with them: sockets are closed with 4403, streams end
   * with `UNAUTHENTICATED`, and such a token can neither connect nor continue a subscription any more. Fresh tokens are accepted.
   *
   * It is stored, and in force on all nodes within a second, also while Redis is away. Of several moments the latest holds; none can be taken back.
   */
  readonly revokeTokens: RevokePayload;
  /** Says something in a ticket. Ends the writer's typing indicator. A public message of my own counts as having read up to it. */
  readonly sendTicketMessage: SendTicketMessagePayload;
  /** Sends a custom event to all devices of several users. */
  readonly sendToMultipleUsers: SendPayload;
  /** Sends a custom event to everyone who listens to a ticket, customers included. */
  readonly sendToTicket: SendPayload;
  /** Sends a custom event to all devices of a user. */
  readonly sendToUser: SendPayload;
  /**
   * Sets how I am told of a category, from what arrives next. A category that had none of its own gets one: what is left out is as the default says now.
   * With neither `inApp` nor `handOff` it has none any more, and the default applies again. Both are true as long as I have said nothing.
   */
  readonly setPreference: PreferencesPayload;
  /** Sets my quiet hours; null ends them. It counts at once, also for what waits for the end of the hours before. */
  readonly setQuietHours: PreferencesPayload;
  /**
   * Tells the others in a ticket that I am typing, or have stopped. At most one per second and device is passed on. Over HTTP, too, and
   * it does not matter which node is told what. A device is the socket, or what `deviceId` names; over HTTP all devices of mine that name
   * none count as one. An indicator ends with my message, when a socket closes on which it began, or after `TYPING_EXPIRY_MS`.
   */
  readonly setTyping: SetTypingPayload;
  /**
   * Takes notifications of mine off the list and the counts until a moment. Then they arrive again on all devices, unread and at the top. Until
   * then they are found by their id and by `filter: { snoozed: true }`, and marks leave them alone. What expires meanwhile does not come back.
   */
  readonly snoozeNotifications: MarkPayload;
  /** Takes notifications of mine back into the list. */
  readonly unarchiveNotifications: MarkPayload;
  /** Hands off what happens in a ticket to me again. Not muted: no error. */
  readonly unmuteTicket: TicketPayload;
  /** Lets snoozed notifications of mine arrive now. */
  readonly unsnoozeNotifications: MarkPayload;
  /**
   * Changes the content of a notification for everyone who has it. Marks and place stay, and devices get `NotificationUpdated`. Whoever gets it
   * later, such as an announcement, gets the new content. What was retracted or has expired is `NOT_FOUND`. Where more than 200 inboxes have it,
   * these are told some at a time. When it answers, all are told; if there is no answer, it goes on by itself within a minute. Calling it again
   * is safe: a change that is there already tells nobody again.
   */
  readonly updateNotification: UpdateNotificationPayload;
  /** Makes a ticket known, or changes it. */
  readonly upsertTicket: Ticket;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationAddReactionArgs = {
  emoji: Scalars['String']['input'];
  messageId: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationAnnounceArgs = {
  input: AnnounceInput;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationArchiveAllNotificationsArgs = {
  category?: InputMaybe<Scalars['String']['input']>;
  onlyRead?: Scalars['Boolean']['input'];
  upToRevision?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationArchiveNotificationsArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationBroadcastArgs = {
  data?: InputMaybe<Scalars['JSON']['input']>;
  event: Scalars['String']['input'];
  excludeUserId?: InputMaybe<Scalars['ID']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationClaimTicketArgs = {
  expectedAssigneeId?: InputMaybe<Scalars['ID']['input']>;
  ticketId: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationDeleteNotificationsArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationDeleteTicketArgs = {
  id: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationDeleteTicketMessageArgs = {
  id: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationDisconnectUserArgs = {
  reason?: InputMaybe<Scalars['String']['input']>;
  userId: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationEditTicketMessageArgs = {
  attachments?: InputMaybe<ReadonlyArray<AttachmentInput>>;
  body?: InputMaybe<Scalars['String']['input']>;
  id: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationEraseUserArgs = {
  userId: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationMarkAllAsReadArgs = {
  category?: InputMaybe<Scalars['String']['input']>;
  upToRevision?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationMarkAllAsSeenArgs = {
  category?: InputMaybe<Scalars['String']['input']>;
  upToRevision?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationMarkAsReadArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationMarkAsSeenArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationMarkAsUnreadArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationMarkTicketAsReadArgs = {
  ticketId: Scalars['ID']['input'];
  upToNumber: Scalars['Int']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationMuteTicketArgs = {
  ticketId: Scalars['ID']['input'];
  until?: InputMaybe<Scalars['DateTime']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationNotifyArgs = {
  input: NotifyInput;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationReleaseTicketArgs = {
  ticketId: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationRemoveReactionArgs = {
  emoji: Scalars['String']['input'];
  messageId: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationRetractNotificationsArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationRevokeTokenArgs = {
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  jti: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationRevokeTokensArgs = {
  issuedBefore?: InputMaybe<Scalars['DateTime']['input']>;
  userId: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationSendTicketMessageArgs = {
  input: SendTicketMessageInput;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationSendToMultipleUsersArgs = {
  data?: InputMaybe<Scalars['JSON']['input']>;
  event: Scalars['String']['input'];
  userIds: ReadonlyArray<Scalars['ID']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationSendToTicketArgs = {
  data?: InputMaybe<Scalars['JSON']['input']>;
  event: Scalars['String']['input'];
  excludeUserId?: InputMaybe<Scalars['ID']['input']>;
  ticketId: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationSendToUserArgs = {
  data?: InputMaybe<Scalars['JSON']['input']>;
  event: Scalars['String']['input'];
  userId: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationSetPreferenceArgs = {
  category?: InputMaybe<Scalars['String']['input']>;
  handOff?: InputMaybe<Scalars['Boolean']['input']>;
  inApp?: InputMaybe<Scalars['Boolean']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationSetQuietHoursArgs = {
  input?: InputMaybe<QuietHoursInput>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationSetTypingArgs = {
  deviceId?: InputMaybe<Scalars['ID']['input']>;
  isTyping: Scalars['Boolean']['input'];
  ticketId: Scalars['ID']['input'];
  visibility?: Visibility;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationSnoozeNotificationsArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
  until: Scalars['DateTime']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationUnarchiveNotificationsArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationUnmuteTicketArgs = {
  ticketId: Scalars['ID']['input'];
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationUnsnoozeNotificationsArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationUpdateNotificationArgs = {
  id: Scalars['ID']['input'];
  input: UpdateNotificationInput;
};


/**
 * What can be done. Each mutation is one transaction: all of it happened, or nothing.
 *
 * What comes in is what is stored, or it is refused with `BAD_USER_INPUT`; the same holds for tokens and for commands from Redis. An `ID` is a
 * text, or an integer up to 2^53 - 1. Lengths are in Unicode code points. A text of *one line* has no control characters and no line breaks
 * (U+0085, U+2028 and U+2029 are some); *running text* may have tabs and line breaks, and no other control characters. Something in a text must
 * be visible: spaces, zero-width, bidi and other format characters, fillers (such as U+2800 and U+3164), variation selectors and combining
 * marks are not by themselves. Half of a surrogate pair is refused, and the same key twice in an object, and more than 64 levels.
 */
export type MutationUpsertTicketArgs = {
  input: UpsertTicketInput;
};

/** How many are connected to one node. */
export type NodeStats = {
  readonly __typename?: 'NodeStats';
  /** Open connections. */
  readonly connections: Scalars['Int']['output'];
  /** The node: another id after each start. */
  readonly id: Scalars['ID']['output'];
  /** When the node started. */
  readonly startedAt: Scalars['DateTime']['output'];
  /** Different users on them. */
  readonly users: Scalars['Int']['output'];
};

/** A message to a user about something that happened. Its user marks it as seen, read or archived. */
export type Notification = {
  readonly __typename?: 'Notification';
  /** Where a click leads. */
  readonly actionUrl: Maybe<Scalars['String']['output']>;
  /** Who caused it. */
  readonly actor: Maybe<Actor>;
  /** When it was archived; null while in the inbox. */
  readonly archivedAt: Maybe<Scalars['DateTime']['output']>;
  /**
   * The revision of the user's inbox at which it last arrived: sent, moved up in its group, or back from snooze. Lists go by it, and `upToRevision`
   * means all up to it.
   */
  readonly arrivedRevision: Scalars['Int']['output'];
  /** More text to show. */
  readonly body: Maybe<Scalars['String']['output']>;
  /** The coarse group for tabs and counts, such as `billing`. */
  readonly category: Scalars['String']['output'];
  /** When it was sent. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Whatever the backend attached for the client. */
  readonly data: Maybe<Scalars['JSON']['output']>;
  /** When the backend last changed its content; null if never. */
  readonly editedAt: Maybe<Scalars['DateTime']['output']>;
  /** When it disappears by itself; null if never. */
  readonly expiresAt: Maybe<Scalars['DateTime']['output']>;
  /** What this entry stands for; null without a `groupKey`. Content and actor are those of the latest, `createdAt` is that of the first. */
  readonly group: Maybe<NotificationGroup>;
  /** A UUIDv7, so ids sort by creation. All recipients of one `notify` call share the id. */
  readonly id: Scalars['ID']['output'];
  /** A picture to show. */
  readonly imageUrl: Maybe<Scalars['String']['output']>;
  /**
   * My preferences mute its category: it was stored without counting. Decided when it arrived; do not pop it up. An entry of a group is as its
   * latest notification, and what comes back from snooze as it was.
   */
  readonly isMuted: Scalars['Boolean']['output'];
  /**
   * The same as `arrivedRevision`.
   * @deprecated Use arrivedRevision, the same number.
   */
  readonly position: Scalars['Int']['output'];
  /** How much it matters. */
  readonly priority: Priority;
  /** When it was read; null while unread. */
  readonly readAt: Maybe<Scalars['DateTime']['output']>;
  /** The revision of the user's inbox at the latest change of this notification. Of two versions the larger is newer. */
  readonly revision: Scalars['Int']['output'];
  /** When it was first shown in an opened inbox; null if never. */
  readonly seenAt: Maybe<Scalars['DateTime']['output']>;
  /** When it comes back; null unless it is snoozed. */
  readonly snoozedUntil: Maybe<Scalars['DateTime']['output']>;
  /** One line to show. */
  readonly title: Scalars['String']['output'];
  /** A machine name with dots, such as `billing.invoice.paid`. */
  readonly type: Scalars['String']['output'];
};

/**
 * A notification arrived, or its group grew. After a reconnect one that the device shows already can come again, too: put it in the place of
 * that one.
 */
export type NotificationAdded = NotificationEvent & {
  readonly __typename?: 'NotificationAdded';
  /** Continue a subscription after this event. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The notification as it is now, its marks included. */
  readonly notification: Notification;
  /** The unread count with it. */
  readonly unread: UnreadCount;
};

/** A page of the inbox, newest first, with the badge and the cursor of the same moment. */
export type NotificationConnection = {
  readonly __typename?: 'NotificationConnection';
  /** The page with cursors. */
  readonly edges: ReadonlyArray<NotificationEdge>;
  /** The page without cursors. */
  readonly nodes: ReadonlyArray<Notification>;
  /** Where the page stands. */
  readonly pageInfo: PageInfo;
  /**
   * Pass it to `notificationAdded(after:)` or `notificationEvents(after:)`, and nothing is missed in between. Of several pages, that
   * of the first: later ones say nothing of what happened to the pages before. Also with a filter, since a notification that comes under it
   * or no longer does is named by an event.
   */
  readonly resumeCursor: Scalars['Cursor']['output'];
  /** The unread count of the same snapshot. */
  readonly unread: UnreadCount;
};

/** A notification and its place in the list. */
export type NotificationEdge = {
  readonly __typename?: 'NotificationEdge';
  /** Pass it to `notifications(after:)` for the page behind it. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The notification. */
  readonly node: Notification;
};

/**
 * One change of the inbox: all that a second device needs to stay the same. More kinds can be added: take the count and the cursor of
 * one that you do not know, and load the list again.
 */
export type NotificationEvent = {
  /** Continue a subscription after this event. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The unread count after it. */
  readonly unread: UnreadCount;
};

/** Which notifications to list. What is left out does not filter. */
export type NotificationFilter = {
  /** Only archived (true) or only unarchived (false) ones; null for both. */
  readonly archived?: InputMaybe<Scalars['Boolean']['input']>;
  /** Only these categories. */
  readonly categories?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Only muted (true) or only other (false) ones. The badge counts what `read: false, muted: false` lists. */
  readonly muted?: InputMaybe<Scalars['Boolean']['input']>;
  /** Only these priorities. */
  readonly priorities?: InputMaybe<ReadonlyArray<Priority>>;
  /** Only read (true) or only unread (false) ones. */
  readonly read?: InputMaybe<Scalars['Boolean']['input']>;
  /** Only seen (true) or only unseen (false) ones. */
  readonly seen?: InputMaybe<Scalars['Boolean']['input']>;
  /** Only snoozed (true) or only other (false) ones; null for both. */
  readonly snoozed?: InputMaybe<Scalars['Boolean']['input']>;
  /** Only these types. */
  readonly types?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

/**
 * Several notifications that are one entry of the inbox, which counts once. The entry has the id of the first one, and keeps it. While it is
 * unread, each further one with the same key joins it: the entry arrives again, at a larger `arrivedRevision`, as unseen. Once it is read, archived or
 * snoozed, the next one begins a new entry. The ids of those that joined later are accepted wherever ids are, and mean the entry.
 */
export type NotificationGroup = {
  readonly __typename?: 'NotificationGroup';
  /** The latest different actors, the latest first, at most 3. */
  readonly actors: ReadonlyArray<Actor>;
  /** How many they are. Those that were retracted do not count. */
  readonly count: Scalars['Int']['output'];
  /** The key that they share. */
  readonly key: Scalars['String']['output'];
  /** When the latest was sent. */
  readonly latestAt: Scalars['DateTime']['output'];
};

/** The content of a notification. */
export type NotificationInput = {
  /** Where a click leads: an https, http or mailto address, or a path from the root. At most 2,048 characters, no spaces. */
  readonly actionUrl?: InputMaybe<Scalars['String']['input']>;
  /** Who caused it. */
  readonly actor?: InputMaybe<ActorInput>;
  /** More text to show: running text of at most 64 KiB. One of nothing but spaces is none. */
  readonly body?: InputMaybe<Scalars['String']['input']>;
  /** The coarse group; the part of `type` before the first dot when left out, which must fit then. One line of 1 to 64 characters. */
  readonly category?: InputMaybe<Scalars['String']['input']>;
  /** Whatever the client should get with it. At most 16 KiB. */
  readonly data?: InputMaybe<Scalars['JSON']['input']>;
  /** When it disappears by itself. Must be in the future. */
  readonly expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /**
   * While a notification of the same user with this key is unread, they are one entry that moves up and counts once. It disappears with the latest
   * one. One line of 1 to 128 characters. Not for announcements.
   */
  readonly groupKey?: InputMaybe<Scalars['String']['input']>;
  /**
   * When to hand it off to the backend because its user did not see it. As its category is configured when left out; never when null.
   * Announcements take none.
   */
  readonly handOff?: InputMaybe<HandOffInput>;
  /** A picture to show: an https or http address, or a path from the root. At most 2,048 characters, no spaces. */
  readonly imageUrl?: InputMaybe<Scalars['String']['input']>;
  /** How much it matters. */
  readonly priority?: Priority;
  /** One line to show. 1 to 512 characters. */
  readonly title: Scalars['String']['input'];
  /** A machine name with dots, such as `billing.invoice.paid`. One line of 1 to 128 characters. */
  readonly type: Scalars['String']['input'];
};

/**
 * How far a notification got with one user. Each time is null if it has not happened, or is not known any more. Of one in a group
 * it is said of the entry that stands for it, since that arrived last.
 */
export type NotificationStatus = {
  readonly __typename?: 'NotificationStatus';
  /**
   * When it had first reached a device: one acknowledged it, or it was seen or read before that. Clients of graphql-ws acknowledge by
   * themselves what `notificationAdded` and `notificationEvents` bring, and it is known two seconds later. What a query loads, or comes over
   * HTTP, is not acknowledged.
   */
  readonly deliveredAt: Maybe<Scalars['DateTime']['output']>;
  /**
   * When the backend was told that nobody saw it (`inbox.unseen`); of one in a group, since it joined it. Null while that is not due, in quiet hours, and
   * when it was seen in time.
   */
  readonly handedOffAt: Maybe<Scalars['DateTime']['output']>;
  /** When it was read; null again when it was marked as unread. */
  readonly readAt: Maybe<Scalars['DateTime']['output']>;
  /** When it left the inbox for good, for whichever reason. Some time after that nothing is known any more (`RETENTION_REMOVED_DAYS`). */
  readonly removedAt: Maybe<Scalars['DateTime']['output']>;
  /** When it was first shown in an opened inbox. */
  readonly seenAt: Maybe<Scalars['DateTime']['output']>;
  /** When it was stored for the user. That of an announcement is when it was announced; null until it has reached the inbox. */
  readonly storedAt: Maybe<Scalars['DateTime']['output']>;
  /** The user. */
  readonly userId: Scalars['ID']['output'];
};

/** The content or the group of a notification changed, in its place: put it in the place of the one that the device shows. Its marks stay. */
export type NotificationUpdated = NotificationEvent & {
  readonly __typename?: 'NotificationUpdated';
  /** Continue a subscription after this event. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The notification as it is now, its marks included. */
  readonly notification: Notification;
  /** The unread count after it. */
  readonly unread: UnreadCount;
};

/** Notifications changed their marks, on whichever device it was done. */
export type NotificationsMarked = NotificationEvent & {
  readonly __typename?: 'NotificationsMarked';
  /** When it was done. */
  readonly at: Scalars['DateTime']['output'];
  /** Together with `upToRevision`: only this category; null for all. */
  readonly category: Maybe<Scalars['String']['output']>;
  /** Continue a subscription after this event. */
  readonly cursor: Scalars['Cursor']['output'];
  /** Which notifications. Look at `upToRevision` first: when it is set, it says which, and these are none. */
  readonly ids: ReadonlyArray<Scalars['ID']['output']>;
  /** What they are now. */
  readonly mark: Mark;
  /**
   * The notifications as they are now, so that a normalised cache is right without code: those in `ids`, or the newest 100 of those that
   * `upToRevision` changed. What was removed meanwhile is left out. Read only when selected.
   */
  readonly notifications: ReadonlyArray<Notification>;
  /** The unread count after it. */
  readonly unread: UnreadCount;
  /**
   * All that arrived up to and including this revision and did not have the mark yet: their `arrivedRevision` says when that was. If the user
   * took the mark from some of them after that bound, an event with `UNREAD` or `UNARCHIVED` and their ids follows at once. Null when `ids` says it.
   */
  readonly upToRevision: Maybe<Scalars['Int']['output']>;
};

/** Notifications left the inbox, for whatever reason. */
export type NotificationsRemoved = NotificationEvent & {
  readonly __typename?: 'NotificationsRemoved';
  /** Continue a subscription after this event. */
  readonly cursor: Scalars['Cursor']['output'];
  /** Which notifications to take off the list. It can name some that this device never got, which changes nothing. */
  readonly ids: ReadonlyArray<Scalars['ID']['output']>;
  /** Why. One event tells one reason. */
  readonly reason: RemovalReason;
  /** The unread count without them. */
  readonly unread: UnreadCount;
};

/**
 * Something may have been missed, or is too much for single events: load the list again. It comes at once when a subscription cannot
 * be continued, and says the same as `extensions.resume: "expired"`, where every client sees it.
 */
export type NotificationsReset = NotificationEvent & {
  readonly __typename?: 'NotificationsReset';
  /** Continue a subscription after this event. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The unread count now. */
  readonly unread: UnreadCount;
};

/** A notification to named users. */
export type NotifyInput = {
  /**
   * Makes sending again safe: within 24 hours the same key with the same input returns the first result, and with other
   * input it is a `CONFLICT`. One line of 1 to 255 characters.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Its content. */
  readonly notification: NotificationInput;
  /** Who gets it: 1 to 10,000 user ids. An id given twice counts once. */
  readonly userIds: ReadonlyArray<Scalars['ID']['input']>;
};

/** What became of `notify`. */
export type NotifyPayload = {
  readonly __typename?: 'NotifyPayload';
  /** This key was used before: nothing was sent now, and this is the first result. */
  readonly isDuplicate: Scalars['Boolean']['output'];
  /** The id of the notification, the same for all its recipients. */
  readonly notificationId: Scalars['ID']['output'];
  /** How many different users got it. */
  readonly recipients: Scalars['Int']['output'];
};

/** Which way to sort. */
export type OrderDirection =
  /** Oldest first. */
  | 'ASC'
  /** Newest first. */
  | 'DESC';

/** Where a page stands in its list, as the Relay connection specification has it. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** The cursor of the last edge; null on an empty page. */
  readonly endCursor: Maybe<Scalars['Cursor']['output']>;
  /** There is more after the last edge. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** There is more before the first edge. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the first edge; null on an empty page. */
  readonly startCursor: Maybe<Scalars['Cursor']['output']>;
};

/** Somebody who takes part in a ticket. */
export type Participant = {
  readonly __typename?: 'Participant';
  /**
   * A device of theirs has acknowledged up to this message, in my numbering; at least `lastReadNumber`, null if none. Of staff, customers
   * always get null.
   */
  readonly lastDeliveredNumber: Maybe<Scalars['Int']['output']>;
  /** They have read up to this message, in my numbering; null if nothing yet. Of staff, customers always get null. */
  readonly lastReadNumber: Maybe<Scalars['Int']['output']>;
  /** Who, as the backend described them. */
  readonly user: Actor;
};

/** How I want to be told. */
export type Preferences = {
  readonly __typename?: 'Preferences';
  /** For single categories, sorted by name. */
  readonly categories: ReadonlyArray<CategoryPreference>;
  /** For every category without one of its own. */
  readonly default: CategoryPreference;
  /** When not to hand anything off; null for none. */
  readonly quietHours: Maybe<QuietHours>;
};

/** What became of a preference. */
export type PreferencesPayload = {
  readonly __typename?: 'PreferencesPayload';
  /** All of them as they are now. */
  readonly preferences: Preferences;
};

/** Whether somebody is connected now. */
export type Presence = {
  readonly __typename?: 'Presence';
  /** On how many connections; null unless it is about me or I am staff. */
  readonly connectionCount: Maybe<Scalars['Int']['output']>;
  /** On at least one connection, or gone for less than ten seconds. */
  readonly isOnline: Scalars['Boolean']['output'];
  /** When they were last online; null while online, if never seen, or unless it is about me or I am staff. */
  readonly lastSeenAt: Maybe<Scalars['DateTime']['output']>;
  /** The user. */
  readonly userId: Scalars['ID']['output'];
};

/** How somebody's presence in a ticket changed. */
export type PresenceChange =
  /** Somebody came, on their first device. */
  | 'JOINED'
  /**
   * Somebody left, on their last device: at once when they ended their subscription or lost access, and `TICKET_GRACE_MS` after
   * their connection was lost. Until then they count as here.
   */
  | 'LEFT'
  /** Nothing changed: this is who is here at the beginning. */
  | 'PRESENT';

/** How much a notification matters. Herald delivers all alike; clients decide what to do with it. */
export type Priority =
  /** Deserves attention soon. */
  | 'HIGH'
  /** Can wait; a client may not want to pop it up. */
  | 'LOW'
  /** The usual. */
  | 'NORMAL'
  /** Deserves attention now. */
  | 'URGENT';

/** What can be asked. */
export type Query = {
  readonly __typename?: 'Query';
  /** On how many connections a user is: for the user itself, staff and backends. */
  readonly connectionCount: Maybe<Scalars['Int']['output']>;
  /** How many connections and users there are, in all and per node. */
  readonly connectionStats: Maybe<ConnectionStats>;
  /** Whether a user is connected now. Null with an error when that cannot be known at the moment, as all of these. */
  readonly isUserOnline: Maybe<Scalars['Boolean']['output']>;
  /** Who the token says that I am. */
  readonly me: Actor;
  /** A notification of mine, archived, snoozed or neither; null if it is not in my inbox. */
  readonly notification: Maybe<Notification>;
  /** How far a notification got with each of these users, in their order. */
  readonly notificationStatus: ReadonlyArray<NotificationStatus>;
  /** My inbox, newest first. */
  readonly notifications: NotificationConnection;
  /** Notifications of mine, archived, snoozed or neither, in the order of the ids; null for what is not in my inbox. */
  readonly notificationsByIds: ReadonlyArray<Maybe<Notification>>;
  /** How I want to be told. Changes on other devices are not told: ask again. */
  readonly preferences: Preferences;
  /** Whether users are connected now, in the order of the ids. */
  readonly presence: Maybe<ReadonlyArray<Presence>>;
  /** The timings and bounds that clients should use. */
  readonly realtimeConfig: RealtimeConfig;
  /** Searches subjects and messages that I may see, the latest first. Words are compared without case and accents. */
  readonly searchTickets: TicketSearchConnection;
  /** A ticket; null if it does not exist or is not mine to see. */
  readonly ticket: Maybe<Ticket>;
  /**
   * The tickets I take part in, or all of them for staff; the latest change first when not said otherwise. The list moves while it is walked: a
   * ticket that changes moves up, past whoever is further down. Begin `ticketList` before the first page, and it tells of each ticket that moves, comes or goes.
   */
  readonly tickets: TicketConnection;
  /** How many connections there are in all. */
  readonly totalConnections: Maybe<Scalars['Int']['output']>;
  /** How much I have not read. */
  readonly unreadCount: UnreadCount;
};


/** What can be asked. */
export type QueryConnectionCountArgs = {
  userId: Scalars['ID']['input'];
};


/** What can be asked. */
export type QueryIsUserOnlineArgs = {
  userId: Scalars['ID']['input'];
};


/** What can be asked. */
export type QueryNotificationArgs = {
  id: Scalars['ID']['input'];
};


/** What can be asked. */
export type QueryNotificationStatusArgs = {
  id: Scalars['ID']['input'];
  userIds: ReadonlyArray<Scalars['ID']['input']>;
};


/** What can be asked. */
export type QueryNotificationsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<NotificationFilter>;
  first?: Scalars['Int']['input'];
};


/** What can be asked. */
export type QueryNotificationsByIdsArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/** What can be asked. */
export type QueryPresenceArgs = {
  userIds: ReadonlyArray<Scalars['ID']['input']>;
};


/** What can be asked. */
export type QuerySearchTicketsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  first?: Scalars['Int']['input'];
  query: Scalars['String']['input'];
};


/** What can be asked. */
export type QueryTicketArgs = {
  id: Scalars['ID']['input'];
};


/** What can be asked. */
export type QueryTicketsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  filter?: InputMaybe<TicketFilter>;
  first?: Scalars['Int']['input'];
  orderBy?: InputMaybe<TicketOrder>;
  status?: InputMaybe<ReadonlyArray<TicketStatus>>;
};

/** Hours in which nothing is handed off, except notifications that are `URGENT`; it is done when they end. The inbox goes on. */
export type QuietHours = {
  readonly __typename?: 'QuietHours';
  /** The days on which they begin, Monday first. */
  readonly days: ReadonlyArray<Weekday>;
  /** When they begin: local time, `HH:MM`. */
  readonly from: Scalars['String']['output'];
  /** An IANA name such as `Europe/Berlin`, as it was given. The hours follow its clocks, also where they change. */
  readonly timeZone: Scalars['String']['output'];
  /** When they end: local time, `HH:MM`; on the next day if not later than `from`. */
  readonly to: Scalars['String']['output'];
};

/** Hours in which nothing is handed off. */
export type QuietHoursInput = {
  /** The days on which they begin, at least one; every day when left out or null. */
  readonly days?: InputMaybe<ReadonlyArray<Weekday>>;
  /** When they begin: local time from `00:00` to `23:59`. */
  readonly from: Scalars['String']['input'];
  /** An IANA name such as `Europe/Berlin`; no offset. */
  readonly timeZone: Scalars['String']['input'];
  /** When they end, on the next day if not later than `from`; not the same as `from`. */
  readonly to: Scalars['String']['input'];
};

/** One kind of reaction to a message. */
export type Reaction = {
  readonly __typename?: 'Reaction';
  /** How many did. */
  readonly count: Scalars['Int']['output'];
  /** What they reacted with. */
  readonly emoji: Scalars['String']['output'];
  /** Who did, in order, at most 100. I am among them if I did; so all who follow a ticket share one result. */
  readonly userIds: ReadonlyArray<Scalars['ID']['output']>;
};

/** The timings and bounds that clients should use. They can change without shipping clients. */
export type RealtimeConfig = {
  readonly __typename?: 'RealtimeConfig';
  /** The largest `first` or `last` that a list accepts. */
  readonly maxPageSize: Scalars['Int']['output'];
  /** The most user ids that `presence` and `presenceChanged` accept. */
  readonly maxPresenceIds: Scalars['Int']['output'];
  /** Counts of tickets stop here. */
  readonly ticketCountCap: Scalars['Int']['output'];
  /** Herald ends a typing indicator by itself after this many milliseconds. */
  readonly typingExpiryMs: Scalars['Int']['output'];
  /** Send `setTyping(isTyping: false)` when nothing was typed for this many milliseconds. */
  readonly typingIdleStopMs: Scalars['Int']['output'];
  /** While somebody types, send `setTyping(isTyping: true)` again after this many milliseconds. */
  readonly typingResendMs: Scalars['Int']['output'];
  /** Unread counts stop here: show `99+` for `count: 99, isCapped: true`. */
  readonly unreadCap: Scalars['Int']['output'];
};

/** Why notifications left the list. More can be added: take them off the list in any case. */
export type RemovalReason =
  /** Their user deleted them. */
  | 'DELETED'
  /** Their time was over: `expiresAt`, or how long Herald keeps what was read or archived. */
  | 'EXPIRED'
  /** The backend took them back. */
  | 'RETRACTED'
  /** They come back later, as `NotificationAdded` with the same id. */
  | 'SNOOZED';

/** What became of a revocation. */
export type RevokePayload = {
  readonly __typename?: 'RevokePayload';
  /** How many connections it closed, as far as their nodes said so within a second. */
  readonly closedConnections: Scalars['Int']['output'];
  /**
   * Tokens of the user that were issued before this moment are refused; later than what was asked for, if a later moment was in force already. Null
   * when one token was named.
   */
  readonly issuedBefore: Maybe<Scalars['DateTime']['output']>;
};

/** What somebody is, as the `role` claim of the token or the backend says. */
export type Role =
  /** Staff that may also delete what others wrote. */
  | 'ADMIN'
  /** A member of the support staff. Sees every ticket with its internal notes. */
  | 'AGENT'
  /** The product's own server. Sends notifications, keeps tickets, and may do all that staff may. */
  | 'BACKEND'
  /** A user of the product. Sees its own inbox and the tickets it takes part in, never internal notes. */
  | 'CUSTOMER';

/** What became of a custom event. It was passed on to whoever listens; nobody listening is no error. */
export type SendPayload = {
  readonly __typename?: 'SendPayload';
  /** When it was sent. */
  readonly at: Scalars['DateTime']['output'];
  /** The id of the event. */
  readonly id: Scalars['ID']['output'];
};

/** A message to a ticket. */
export type SendTicketMessageInput = {
  /** Files to refer to, at most 10. */
  readonly attachments?: InputMaybe<ReadonlyArray<AttachmentInput>>;
  /** For backends only: whose message it is, as when an e-mail is passed on. */
  readonly author?: InputMaybe<ActorInput>;
  /** Running text of 1 byte to 64 KiB in which something is visible. With attachments it can be empty or left out. */
  readonly body?: InputMaybe<Scalars['String']['input']>;
  /**
   * An id made by the client, such as a UUID. Sending again with it returns the stored message; with another text it is a
   * `CONFLICT`. One line of 1 to 128 characters.
   */
  readonly clientMessageId?: InputMaybe<Scalars['ID']['input']>;
  /** Whatever clients should get with it. At most 16 KiB. */
  readonly data?: InputMaybe<Scalars['JSON']['input']>;
  /**
   * The number of the newest message on the writer's screen, 0 for none. If others wrote since then it is a `CONFLICT`,
   * with `extensions.missed` telling how many messages, counted up to `realtimeConfig.unreadCap`, and nothing is sent.
   */
  readonly expectedNumber?: InputMaybe<Scalars['Int']['input']>;
  /** The message that it answers, in the same ticket. A public message cannot answer a note. */
  readonly replyToId?: InputMaybe<Scalars['ID']['input']>;
  /** The ticket. */
  readonly ticketId: Scalars['ID']['input'];
  /** Who may see it. `INTERNAL` is for staff only. */
  readonly visibility?: Visibility;
};

/** What became of a message. */
export type SendTicketMessagePayload = {
  readonly __typename?: 'SendTicketMessagePayload';
  /** This `clientMessageId` was used before: nothing was sent now, and this is that message. */
  readonly isDuplicate: Scalars['Boolean']['output'];
  /** The stored message. */
  readonly message: TicketMessage;
};

/** What became of `setTyping`. */
export type SetTypingPayload = {
  readonly __typename?: 'SetTypingPayload';
  /** The others were told, or knew already. False when it came too soon after the last one; that is no error. */
  readonly accepted: Scalars['Boolean']['output'];
  /** While still typing, send it again after this many milliseconds. */
  readonly resendAfterMs: Scalars['Int']['output'];
};

/**
 * What can be followed. One field per operation. Log subscriptions deliver everything after a cursor, in order; state
 * subscriptions give the current value first and then the latest; signals are best effort and never stored.
 */
export type Subscription = {
  readonly __typename?: 'Subscription';
  /** Signal: the custom events sent to me and to everyone, and with `ticketId` those sent to that ticket too. */
  readonly customEvent: CustomEvent;
  /** Log: each notification that I am sent; one that joins a group comes as its entry, with the same id as before. With `after`, first all that arrived since then. */
  readonly notificationAdded: Notification;
  /**
   * Log: each change of my inbox, from whichever device. With `after`, first all that changed since then; what changed
   * several times comes in its latest state. Whoever applies these to what it shows, however much more than the cursor says that
   * is, shows what is stored: replace by id what is added or updated, set the marks, take off what is removed.
   * `NotificationsReset` says that something may have been missed.
   */
  readonly notificationEvents: NotificationEvent;
  /** State: the presence of each of these users at once, then whenever one comes online or goes offline. */
  readonly presenceChanged: Presence;
  /**
   * State: the activity of my tickets, or of all tickets for staff. First a snapshot that replaces all that was told before, and so
   * again whenever something may have been missed: the 100 tickets that changed last, further ones with something unread until 100
   * have, and as `LEFT` up to 100 that I lost in the last `RETENTION_REMOVED_DAYS`; the latest change comes last. Nothing comes
   * while I have no ticket and lost none. Then each ticket that enters, changes or leaves.
   * @deprecated Use ticketList, which also tells what comes and goes.
   */
  readonly supportMessage: TicketActivity;
  /**
   * State: the ticket at once, and again when its subject, status or participants change; for staff also when its assignee does. Where `isMuted` or
   * `mutedUntil` is selected, also when I mute it or end that.
   */
  readonly ticketChanged: Ticket;
  /**
   * State: my list of tickets. First a snapshot that replaces everything, and so again after each break; then what enters, changes and leaves, on
   * all pages of the list. A slow reader gets the newest of each ticket, with all reasons. Put a ticket in its place by (the time of `orderBy`, id);
   * drop it when it sorts behind the last one that was loaded while there is a next page. From a page that arrives, leave out what left while it
   * was under way.
   */
  readonly ticketList: TicketListUpdate;
  /**
   * Log: each message of a ticket, and again when it is edited or deleted. Subscribing is joining the ticket, ending is
   * leaving it; whoever loses the connection has `TICKET_GRACE_MS` to come back. With `after`, first all that changed since then.
   */
  readonly ticketMessage: TicketMessage;
  /** State: who is here at once, then everyone who joins or leaves. */
  readonly ticketPresence: TicketPresence;
  /** State: how far everybody has read, and how far messages have reached them, whole each time it has changed, at most about once a second. It does not join the ticket. */
  readonly ticketReads: TicketReads;
  /** State: how much I have not read, at once and after every change. */
  readonly unreadCount: UnreadCount;
  /** Signal: who else is typing. What ends while the connection is lost is not told: an indicator goes with its `expiresAt`. */
  readonly userTyping: Typing;
};


/**
 * What can be followed. One field per operation. Log subscriptions deliver everything after a cursor, in order; state
 * subscriptions give the current value first and then the latest; signals are best effort and never stored.
 */
export type SubscriptionCustomEventArgs = {
  names?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  ticketId?: InputMaybe<Scalars['ID']['input']>;
};


/**
 * What can be followed. One field per operation. Log subscriptions deliver everything after a cursor, in order; state
 * subscriptions give the current value first and then the latest; signals are best effort and never stored.
 */
export type SubscriptionNotificationAddedArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
};


/**
 * What can be followed. One field per operation. Log subscriptions deliver everything after a cursor, in order; state
 * subscriptions give the current value first and then the latest; signals are best effort and never stored.
 */
export type SubscriptionNotificationEventsArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
};


/**
 * What can be followed. One field per operation. Log subscriptions deliver everything after a cursor, in order; state
 * subscriptions give the current value first and then the latest; signals are best effort and never stored.
 */
export type SubscriptionPresenceChangedArgs = {
  userIds: ReadonlyArray<Scalars['ID']['input']>;
};


/**
 * What can be followed. One field per operation. Log subscriptions deliver everything after a cursor, in order; state
 * subscriptions give the current value first and then the latest; signals are best effort and never stored.
 */
export type SubscriptionSupportMessageArgs = {
  assignedToMe?: Scalars['Boolean']['input'];
};


/**
 * What can be followed. One field per operation. Log subscriptions deliver everything after a cursor, in order; state
 * subscriptions give the current value first and then the latest; signals are best effort and never stored.
 */
export type SubscriptionTicketChangedArgs = {
  ticketId: Scalars['ID']['input'];
};


/**
 * What can be followed. One field per operation. Log subscriptions deliver everything after a cursor, in order; state
 * subscriptions give the current value first and then the latest; signals are best effort and never stored.
 */
export type SubscriptionTicketListArgs = {
  filter?: InputMaybe<TicketFilter>;
  first?: Scalars['Int']['input'];
  orderBy?: InputMaybe<TicketOrder>;
};


/**
 * What can be followed. One field per operation. Log subscriptions deliver everything after a cursor, in order; state
 * subscriptions give the current value first and then the latest; signals are best effort and never stored.
 */
export type SubscriptionTicketMessageArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  ticketId: Scalars['ID']['input'];
};


/**
 * What can be followed. One field per operation. Log subscriptions deliver everything after a cursor, in order; state
 * subscriptions give the current value first and then the latest; signals are best effort and never stored.
 */
export type SubscriptionTicketPresenceArgs = {
  ticketId: Scalars['ID']['input'];
};


/**
 * What can be followed. One field per operation. Log subscriptions deliver everything after a cursor, in order; state
 * subscriptions give the current value first and then the latest; signals are best effort and never stored.
 */
export type SubscriptionTicketReadsArgs = {
  ticketId: Scalars['ID']['input'];
};


/**
 * What can be followed. One field per operation. Log subscriptions deliver everything after a cursor, in order; state
 * subscriptions give the current value first and then the latest; signals are best effort and never stored.
 */
export type SubscriptionUserTypingArgs = {
  ticketId: Scalars['ID']['input'];
};

/**
 * A support conversation. The product's backend keeps it with `upsertTicket`; Herald carries what is said in it.
 *
 * A ticket has two audiences: its participants see public messages, staff sees internal notes too. Each audience has its
 * own numbering, counts and times, so that nothing about a note can be sensed by a customer.
 */
export type Ticket = {
  readonly __typename?: 'Ticket';
  /** The staff member in charge. For staff and backends: customers always get null, and do not sense that it changes. */
  readonly assignee: Maybe<Actor>;
  /** When the backend made it known. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** The id that the backend gave it. */
  readonly id: Scalars['ID']['output'];
  /** Nothing of it is handed off to me now. */
  readonly isMuted: Scalars['Boolean']['output'];
  /** The newest message that I may see; null if there is none. */
  readonly lastMessage: Maybe<TicketMessage>;
  /** I have read up to this message, on any of my devices; null if nothing yet. It never goes back. */
  readonly lastReadNumber: Maybe<Scalars['Int']['output']>;
  /** The conversation, oldest first: the first ones with `first`, the newest with `last`. Without either, the last 20. */
  readonly messages: TicketMessageConnection;
  /** Until when it is muted; null if it is not, or for good. It ends by itself, and no event tells that. */
  readonly mutedUntil: Maybe<Scalars['DateTime']['output']>;
  /** Who takes part, in the order they were added. */
  readonly participants: ReadonlyArray<Participant>;
  /** How far everybody has read. Followed live: `ticketReads`. */
  readonly reads: TicketReads;
  /**
   * Counts the changes of the ticket and of its messages that I may see. Of two versions of it the larger is newer, but for what is mine alone:
   * `unread`, `lastReadNumber`, `isMuted` and `mutedUntil`.
   */
  readonly revision: Scalars['Int']['output'];
  /** Where it stands. */
  readonly status: TicketStatus;
  /** What it is about. */
  readonly subject: Maybe<Scalars['String']['output']>;
  /** Messages by others after my read mark. */
  readonly unread: CappedCount;
  /**
   * Messages by others after my read mark, up to the cap of `realtimeConfig.unreadCap`.
   * @deprecated Use unread, which says when it is capped.
   */
  readonly unreadCount: Scalars['Int']['output'];
  /** When anything that I may see last changed. */
  readonly updatedAt: Scalars['DateTime']['output'];
};


/**
 * A support conversation. The product's backend keeps it with `upsertTicket`; Herald carries what is said in it.
 *
 * A ticket has two audiences: its participants see public messages, staff sees internal notes too. Each audience has its
 * own numbering, counts and times, so that nothing about a note can be sensed by a customer.
 */
export type TicketMessagesArgs = {
  after?: InputMaybe<Scalars['Cursor']['input']>;
  before?: InputMaybe<Scalars['Cursor']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};

/** The activity of a ticket: light enough for a list of tickets, without the text. */
export type TicketActivity = {
  readonly __typename?: 'TicketActivity';
  /** When that message was stored; when `number` is 0, when the ticket was made known or left. */
  readonly at: Scalars['DateTime']['output'];
  /** What the author of that message was; `BACKEND`, who made the ticket known, when `number` is 0. */
  readonly authorRole: Role;
  /** What this says of it. */
  readonly change: TicketActivityChange;
  /** The number of its newest message that I may see; 0 if there is none, and for `LEFT`. */
  readonly number: Scalars['Int']['output'];
  /** Which part of a snapshot this is; null for what happens after it. */
  readonly snapshot: Maybe<TicketActivitySnapshot>;
  /** The ticket as it is now; null for `LEFT`. */
  readonly ticket: Maybe<Ticket>;
  /** The ticket. */
  readonly ticketId: Scalars['ID']['output'];
  /** Messages of others that I have not read; none for `LEFT`. */
  readonly unread: CappedCount;
  /**
   * How many messages of others I have not read, up to the cap; 0 for `LEFT`.
   * @deprecated Use unread, which says when it is capped.
   */
  readonly unreadCount: Scalars['Int']['output'];
};

/** What a `TicketActivity` says. */
export type TicketActivityChange =
  /**
   * One of my tickets changed: a message was written, edited or deleted, I read, or its subject, status, assignee or participants
   * are others.
   */
  | 'CHANGED'
  /** It has just become one of my tickets: it is new, or I take part now, or it was assigned to me where only that counts. */
  | 'ENTERED'
  /** It is no longer one of my tickets. For one that is not known this means nothing. */
  | 'LEFT'
  /** It is one of my tickets, and a line of a snapshot. */
  | 'SNAPSHOT';

/** Where a line stands in a snapshot. A snapshot replaces all that was told before, and its lines may be in between others. */
export type TicketActivitySnapshot = {
  readonly __typename?: 'TicketActivitySnapshot';
  /** It does not reach down to my oldest ticket. Unless it is capped, a ticket that is not in it has nothing unread. */
  readonly isCapped: Scalars['Boolean']['output'];
  /** How many lines the snapshot has. It is complete when `place` is the same. */
  readonly lines: Scalars['Int']['output'];
  /** 1, 2, 3 and so on. With 1 forget all that was told before. */
  readonly place: Scalars['Int']['output'];
};

/** A page of tickets, the latest change first if not said otherwise. */
export type TicketConnection = {
  readonly __typename?: 'TicketConnection';
  /** How many there are; read only when selected. */
  readonly counts: TicketCounts;
  /** The page with cursors. */
  readonly edges: ReadonlyArray<TicketEdge>;
  /** The page without cursors. */
  readonly nodes: ReadonlyArray<Ticket>;
  /** Where the page stands. */
  readonly pageInfo: PageInfo;
};

/** How many tickets there are, as the filter says but for its `status`; so tabs can show all states. */
export type TicketCounts = {
  readonly __typename?: 'TicketCounts';
  /**
   * Per state, each state once. With `OTHERS` or `unread` in the filter they are looked for among the 10,000 of each that changed last; if there are more,
   * it is capped.
   */
  readonly byStatus: ReadonlyArray<TicketStatusCount>;
  /**
   * With messages that I have not read, in the states of the filter. Looked for among the 10,000 tickets that changed last; if there are
   * more, it is capped.
   */
  readonly unread: CappedCount;
};

/** A ticket and its place in the list. */
export type TicketEdge = {
  readonly __typename?: 'TicketEdge';
  /** Pass it to `tickets(after:)` for the page behind it. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The ticket. */
  readonly node: Ticket;
};

/**
 * Which tickets to list. What is left out, or null, does not filter. Filters by state and by who is in charge find all at once, except that
 * staff is given pages with fewer entries, as `unread` says, with `OTHERS`, and when tickets are sorted by `CREATED_AT` and filtered by more
 * than their state.
 */
export type TicketFilter = {
  /** For staff: only tickets in charge of one of these, or of one in `assigneeIds`. */
  readonly assigned?: InputMaybe<ReadonlyArray<Assigned>>;
  /** For staff: only tickets in charge of these users, or as `assigned` says. 1 to 100. */
  readonly assigneeIds?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  /** Only these states. */
  readonly status?: InputMaybe<ReadonlyArray<TicketStatus>>;
  /**
   * Only with (true) or without (false) messages that I have not read. They are looked for among 10,000 tickets at a time: when the page ends
   * there, it has fewer entries than asked for, and `pageInfo` says that there is more.
   */
  readonly unread?: InputMaybe<Scalars['Boolean']['input']>;
  /** Only tickets in which something that I may see changed at or after this moment. */
  readonly updatedSince?: InputMaybe<Scalars['DateTime']['input']>;
};

/** A ticket of the list changed and stays in it; perhaps in another place, and perhaps on a page that was not loaded yet. */
export type TicketListChanged = TicketListUpdate & {
  readonly __typename?: 'TicketListChanged';
  /** How many there are now; read only when selected. */
  readonly counts: TicketCounts;
  /** Why; several if it changed in several ways. */
  readonly reasons: ReadonlyArray<TicketListReason>;
  /** The ticket. */
  readonly ticket: Ticket;
};

/** A ticket came into the list. Of a ticket that is known it says the same as `TicketListChanged`. */
export type TicketListEntered = TicketListUpdate & {
  readonly __typename?: 'TicketListEntered';
  /** How many there are now; read only when selected. */
  readonly counts: TicketCounts;
  /** Why; several if it changed in several ways. */
  readonly reasons: ReadonlyArray<TicketListReason>;
  /** The ticket. */
  readonly ticket: Ticket;
};

/**
 * A ticket is no longer in the list. Only its id is told: it may no longer be mine to see. Of a ticket that is not known it means nothing, but for
 * `counts`.
 */
export type TicketListLeft = TicketListUpdate & {
  readonly __typename?: 'TicketListLeft';
  /** How many there are now; read only when selected. */
  readonly counts: TicketCounts;
  /** Why; several if it changed in several ways. */
  readonly reasons: ReadonlyArray<TicketListReason>;
  /** The ticket. */
  readonly ticketId: Scalars['ID']['output'];
};

/** Why a ticket entered, changed or left a list. More can be added: the ticket says what it is now. */
export type TicketListReason =
  /** Its assignee changed. Customers do not learn of it. */
  | 'ASSIGNMENT'
  /** It was deleted. */
  | 'DELETED'
  /** Its subject changed, or the ticket is new. */
  | 'DETAILS'
  /** A message that I may see was written, edited or deleted. */
  | 'MESSAGE'
  /** I muted it, or ended that, on any device. */
  | 'MUTE'
  /** Its participants changed; perhaps I became one, or am none any more. */
  | 'PARTICIPATION'
  /** I read, on any device. */
  | 'READ'
  /** Its status changed. */
  | 'STATUS';

/** All that the list shows at first. Replace everything that was told before, and pages that were loaded. */
export type TicketListSnapshot = TicketListUpdate & {
  readonly __typename?: 'TicketListSnapshot';
  /** How many there are now; read only when selected. */
  readonly counts: TicketCounts;
  /** The first page; `tickets` with the same filter and order has the next ones. */
  readonly tickets: TicketConnection;
};

/** What a list of tickets shows, or how it changed. `__typename` tells a snapshot from a change. */
export type TicketListUpdate = {
  /** How many there are now; read only when selected. */
  readonly counts: TicketCounts;
};

/** One message of a conversation. After an edit or deletion it is delivered again with the same id. */
export type TicketMessage = {
  readonly __typename?: 'TicketMessage';
  /** Files that the product keeps; none once deleted. */
  readonly attachments: ReadonlyArray<Attachment>;
  /** Who wrote it. */
  readonly author: Actor;
  /** The text; null once deleted. Empty when there are only attachments. */
  readonly body: Maybe<Scalars['String']['output']>;
  /** The id that the sending client gave it. */
  readonly clientMessageId: Maybe<Scalars['ID']['output']>;
  /** When it was stored. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Whatever was attached for the client; null once deleted. */
  readonly data: Maybe<Scalars['JSON']['output']>;
  /** When it was deleted; null while it stands. */
  readonly deletedAt: Maybe<Scalars['DateTime']['output']>;
  /** When its text or its attachments last changed; null if never. */
  readonly editedAt: Maybe<Scalars['DateTime']['output']>;
  /** Earlier texts, the latest first, at most 20; none once deleted. For staff: customers always get none. */
  readonly edits: ReadonlyArray<TicketMessageEdit>;
  /** The beginning of the text on one line, at most 140 characters; null once deleted. */
  readonly excerpt: Maybe<Scalars['String']['output']>;
  /** A UUIDv7, so ids sort by creation. */
  readonly id: Scalars['ID']['output'];
  /** Its place in what I may see of the conversation: 1, 2, 3 and so on without holes. */
  readonly number: Scalars['Int']['output'];
  /** Reactions, those that came first in front; none once deleted. They are as visible as the message. */
  readonly reactions: ReadonlyArray<Reaction>;
  /** The message that it answers; null if none. A public message never answers a note. */
  readonly replyTo: Maybe<TicketMessage>;
  /** The revision of the conversation, as I see it, that last changed this message. Of two versions of it the larger is newer. */
  readonly revision: Scalars['Int']['output'];
  /** The ticket it belongs to. */
  readonly ticketId: Scalars['ID']['output'];
  /** Who may see it. */
  readonly visibility: Visibility;
};

/** A page of a conversation, oldest first. */
export type TicketMessageConnection = {
  readonly __typename?: 'TicketMessageConnection';
  /** The page with cursors. */
  readonly edges: ReadonlyArray<TicketMessageEdge>;
  /** The page without cursors. */
  readonly nodes: ReadonlyArray<TicketMessage>;
  /** Where the page stands. */
  readonly pageInfo: PageInfo;
  /** Pass it to `ticketMessage(after:)`, and nothing is missed in between. Of several pages, that of the first. */
  readonly resumeCursor: Scalars['Cursor']['output'];
};

/** A message and its place in the conversation. */
export type TicketMessageEdge = {
  readonly __typename?: 'TicketMessageEdge';
  /** Pass it to `messages(after:)` or `messages(before:)`. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The message. */
  readonly node: TicketMessage;
};

/** An earlier text of a message. */
export type TicketMessageEdit = {
  readonly __typename?: 'TicketMessageEdit';
  /** When it was replaced. */
  readonly at: Scalars['DateTime']['output'];
  /** The text before the change. */
  readonly body: Scalars['String']['output'];
};

/** What became of a reaction. */
export type TicketMessagePayload = {
  readonly __typename?: 'TicketMessagePayload';
  /** The message as it is now. */
  readonly message: TicketMessage;
};

/** How to sort tickets. Those that are equal are sorted by id, in the same direction. */
export type TicketOrder = {
  /** Which way. */
  readonly direction?: OrderDirection;
  /** By what. */
  readonly field?: TicketOrderField;
};

/** What tickets can be sorted by. */
export type TicketOrderField =
  /** `Ticket.createdAt`. */
  | 'CREATED_AT'
  /** `Ticket.updatedAt`: the latest change that I may see. */
  | 'UPDATED_AT';

/** What became of a command to a ticket. */
export type TicketPayload = {
  readonly __typename?: 'TicketPayload';
  /** The ticket as it is now. */
  readonly ticket: Ticket;
};

/** Who is looking at a ticket now. Participants see participants; staff sees staff too. */
export type TicketPresence = {
  readonly __typename?: 'TicketPresence';
  /** What this says: `PRESENT` is the state at the beginning. */
  readonly change: PresenceChange;
  /** More are here than `viewers` names. */
  readonly isCapped: Scalars['Boolean']['output'];
  /** The ticket. */
  readonly ticketId: Scalars['ID']['output'];
  /** Who joined or left; null for `PRESENT`. */
  readonly user: Maybe<Actor>;
  /**
   * Who is here after the change, each once however many devices they use, in the order they came: of the customers and of the staff at
   * most `MAX_TICKET_VIEWERS` (50) each, those who came first. Customers see customers only.
   */
  readonly viewers: ReadonlyArray<Actor>;
};

/** How far one user has read. Who replies has read what was there; who writes a note only says nothing of it. */
export type TicketReader = {
  readonly __typename?: 'TicketReader';
  /**
   * A device of theirs has acknowledged up to this message; at least `lastReadNumber`, null if none. Clients of graphql-ws acknowledge by
   * themselves what `ticketMessage` brings, about once a second; over HTTP nothing is acknowledged. Of staff who are no participants it is
   * known from when they first read something.
   */
  readonly lastDeliveredNumber: Maybe<Scalars['Int']['output']>;
  /** They have read up to this message; null if nothing yet. It never goes back. */
  readonly lastReadNumber: Maybe<Scalars['Int']['output']>;
  /** Who: a participant as the backend described them, otherwise as they were when they read. */
  readonly user: Actor;
};

/** How far everybody has read one ticket, and how far it has reached them, in my numbering. */
export type TicketReads = {
  readonly __typename?: 'TicketReads';
  /**
   * The participants in their order; for staff also each of the staff who has read something, at most 100, those who are furthest first.
   * Customers find no staff here.
   */
  readonly readers: ReadonlyArray<TicketReader>;
  /** At least one of the staff has read up to this message; null if nothing yet. It never goes back. */
  readonly staffReadNumber: Maybe<Scalars['Int']['output']>;
  /** The ticket. */
  readonly ticketId: Scalars['ID']['output'];
};

/** Tickets and messages that match a search, the latest first. There is no total: it would say something of what others wrote. */
export type TicketSearchConnection = {
  readonly __typename?: 'TicketSearchConnection';
  /** The page with cursors. */
  readonly edges: ReadonlyArray<TicketSearchEdge>;
  /** The page without cursors. */
  readonly nodes: ReadonlyArray<TicketSearchHit>;
  /** Where the page stands. */
  readonly pageInfo: PageInfo;
};

/** A hit and its place in the list. */
export type TicketSearchEdge = {
  readonly __typename?: 'TicketSearchEdge';
  /** Pass it to `searchTickets(after:)` for the page behind it. */
  readonly cursor: Scalars['Cursor']['output'];
  /** The hit. */
  readonly node: TicketSearchHit;
};

/** Something that matches a search. */
export type TicketSearchHit = {
  readonly __typename?: 'TicketSearchHit';
  /** The matching text with what is around it, on one line of at most 200 characters. */
  readonly excerpt: Scalars['String']['output'];
  /** The message that matches; null if it is the subject. */
  readonly message: Maybe<TicketMessage>;
  /** The ticket. */
  readonly ticket: Ticket;
};

/** Where a ticket stands. */
export type TicketStatus =
  /**
   * Over: what participants see stays as it is. Sending, editing, reacting and typing are `CONFLICT` with the reason `TICKET_CLOSED`, over GraphQL and
   * Redis alike and for everybody, and so is deleting for customers. Staff and backends can still delete, since what must not be
   * there has to be taken out. Internal notes, reading, `markTicketAsRead`, `sendToTicket`, `upsertTicket`, with which the backend
   * opens it again, and `eraseUser` go on.
   */
  | 'CLOSED'
  /** Waits for staff. */
  | 'OPEN'
  /** Waits for the customer. */
  | 'PENDING'
  /** Answered; a message may still follow. One of a customer opens the ticket again, unless `REOPEN_RESOLVED` is `false`. */
  | 'RESOLVED';

/** How many tickets are in one state. */
export type TicketStatusCount = {
  readonly __typename?: 'TicketStatusCount';
  /** The state. */
  readonly status: TicketStatus;
  /** How many, up to `realtimeConfig.ticketCountCap`. */
  readonly tickets: CappedCount;
};

/** Somebody else is typing, or has stopped. */
export type Typing = {
  readonly __typename?: 'Typing';
  /** Take the indicator away by then, even if nothing more comes. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** Show the indicator, or take it away. */
  readonly isTyping: Scalars['Boolean']['output'];
  /** The ticket. */
  readonly ticketId: Scalars['ID']['output'];
  /** Who. Never the subscriber, on any device. */
  readonly user: Actor;
  /** What they are writing: a message or an internal note. */
  readonly visibility: Visibility;
};

/** How much is unread: an absolute value, never a difference. Replace what you hold if `revision` is larger, else drop it. */
export type UnreadCount = {
  readonly __typename?: 'UnreadCount';
  /** The same per category, largest first. Of so many categories that one in each exceeds the cap, not all are named. */
  readonly byCategory: ReadonlyArray<CategoryCount>;
  /** Unread notifications that are neither archived, snoozed, muted nor expired, up to the cap. */
  readonly count: Scalars['Int']['output'];
  /** There are more than `count`: show a plus sign. */
  readonly isCapped: Scalars['Boolean']['output'];
  /** The revision of the inbox that was counted. Two counts of one revision are equal. */
  readonly revision: Scalars['Int']['output'];
  /**
   * Notifications that were not yet shown in an opened inbox, neither archived, snoozed, muted nor expired, up to the same cap: for a dot that goes
   * when the inbox is opened. What is read is seen. It is only counted when selected; a subscription that selects it reads the database at each change.
   */
  readonly unseen: CappedCount;
};

/**
 * Changes of the content of a notification. What is left out stays; null clears what may be null. At least one change. Its type and its
 * category cannot change.
 */
export type UpdateNotificationInput = {
  /** Where a click leads, as in `NotificationInput`. */
  readonly actionUrl?: InputMaybe<Scalars['String']['input']>;
  /** Who caused it, replaced as a whole. */
  readonly actor?: InputMaybe<ActorInput>;
  /** More text to show, as in `NotificationInput`. */
  readonly body?: InputMaybe<Scalars['String']['input']>;
  /** Whatever the client should get with it, replaced as a whole. At most 16 KiB. */
  readonly data?: InputMaybe<Scalars['JSON']['input']>;
  /** When it disappears by itself: a moment in the future, or null for never. */
  readonly expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** A picture to show, as in `NotificationInput`. */
  readonly imageUrl?: InputMaybe<Scalars['String']['input']>;
  /** How much it matters; never null. */
  readonly priority?: InputMaybe<Priority>;
  /** One line to show. 1 to 512 characters, never null. */
  readonly title?: InputMaybe<Scalars['String']['input']>;
};

/** What became of `updateNotification`. */
export type UpdateNotificationPayload = {
  readonly __typename?: 'UpdateNotificationPayload';
  /** The notification. */
  readonly notificationId: Scalars['ID']['output'];
  /** How many inboxes have it now; null for an announcement, which comes into each inbox when that is read. */
  readonly recipients: Maybe<Scalars['Int']['output']>;
};

/** A ticket as the backend knows it. What is left out stays as it is. */
export type UpsertTicketInput = {
  /** The staff member in charge; null for nobody. */
  readonly assignee?: InputMaybe<ActorInput>;
  /** The backend's own id of the ticket. One line of 1 to 128 characters. */
  readonly id: Scalars['ID']['input'];
  /** Everybody who takes part, at most 100. Who is no longer on the list loses access at once. */
  readonly participants?: InputMaybe<ReadonlyArray<ActorInput>>;
  /** Where it stands. A new ticket is `OPEN`. */
  readonly status?: InputMaybe<TicketStatus>;
  /** What it is about. One line of 1 to 512 characters; null for none. */
  readonly subject?: InputMaybe<Scalars['String']['input']>;
};

/** Who may see something. */
export type Visibility =
  /** Staff only. Customers never sense that it exists. */
  | 'INTERNAL'
  /** Participants and staff. */
  | 'PUBLIC';

/** A day of the week. */
export type Weekday =
  /** Friday. */
  | 'FRIDAY'
  /** Monday. */
  | 'MONDAY'
  /** Saturday. */
  | 'SATURDAY'
  /** Sunday. */
  | 'SUNDAY'
  /** Thursday. */
  | 'THURSDAY'
  /** Tuesday. */
  | 'TUESDAY'
  /** Wednesday. */
  | 'WEDNESDAY';



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;




/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  NotificationEvent:
    | ( NotificationAddedModel )
    | ( NotificationUpdatedModel )
    | ( NotificationsMarkedModel )
    | ( NotificationsRemovedModel )
    | ( NotificationsResetModel )
  ;
  TicketListUpdate:
    | ( Omit<TicketListChanged, 'ticket'> & { ticket: _RefType['Ticket'] } )
    | ( Omit<TicketListEntered, 'ticket'> & { ticket: _RefType['Ticket'] } )
    | ( TicketListLeft )
    | ( Omit<TicketListSnapshot, 'tickets'> & { tickets: _RefType['TicketConnection'] } )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Access: Access;
  Actor: ResolverTypeWrapper<ActorModel>;
  ActorInput: ActorInput;
  AnnounceInput: AnnounceInput;
  AnnouncePayload: ResolverTypeWrapper<AnnouncePayload>;
  Assigned: Assigned;
  Attachment: ResolverTypeWrapper<Attachment>;
  AttachmentInput: AttachmentInput;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CappedCount: ResolverTypeWrapper<CappedCount>;
  CategoryCount: ResolverTypeWrapper<CategoryCount>;
  CategoryPreference: ResolverTypeWrapper<CategoryPreference>;
  ConflictReason: ConflictReason;
  ConnectionStats: ResolverTypeWrapper<ConnectionStats>;
  Cursor: ResolverTypeWrapper<Scalars['Cursor']['output']>;
  CustomEvent: ResolverTypeWrapper<CustomEvent>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DeleteNotificationsPayload: ResolverTypeWrapper<Omit<DeleteNotificationsPayload, 'unread'> & { unread: ResolversTypes['UnreadCount'] }>;
  DeleteTicketPayload: ResolverTypeWrapper<DeleteTicketPayload>;
  ErasePayload: ResolverTypeWrapper<ErasePayload>;
  ErrorCode: ErrorCode;
  HandOffInput: HandOffInput;
  HandOffUnless: HandOffUnless;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  Mark: Mark;
  MarkPayload: ResolverTypeWrapper<Omit<MarkPayload, 'notifications' | 'unread'> & { notifications: ReadonlyArray<ResolversTypes['Notification']>, unread: ResolversTypes['UnreadCount'] }>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  NodeStats: ResolverTypeWrapper<NodeStats>;
  Notification: ResolverTypeWrapper<NotificationModel>;
  NotificationAdded: ResolverTypeWrapper<NotificationAddedModel>;
  NotificationConnection: ResolverTypeWrapper<Omit<NotificationConnection, 'edges' | 'nodes' | 'unread'> & { edges: ReadonlyArray<ResolversTypes['NotificationEdge']>, nodes: ReadonlyArray<ResolversTypes['Notification']>, unread: ResolversTypes['UnreadCount'] }>;
  NotificationEdge: ResolverTypeWrapper<Omit<NotificationEdge, 'node'> & { node: ResolversTypes['Notification'] }>;
  NotificationEvent: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['NotificationEvent']>;
  NotificationFilter: NotificationFilter;
  NotificationGroup: ResolverTypeWrapper<NotificationGroupModel>;
  NotificationInput: NotificationInput;
  NotificationStatus: ResolverTypeWrapper<NotificationStatus>;
  NotificationUpdated: ResolverTypeWrapper<NotificationUpdatedModel>;
  NotificationsMarked: ResolverTypeWrapper<NotificationsMarkedModel>;
  NotificationsRemoved: ResolverTypeWrapper<NotificationsRemovedModel>;
  NotificationsReset: ResolverTypeWrapper<NotificationsResetModel>;
  NotifyInput: NotifyInput;
  NotifyPayload: ResolverTypeWrapper<NotifyPayload>;
  OrderDirection: OrderDirection;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Participant: ResolverTypeWrapper<Omit<Participant, 'user'> & { user: ResolversTypes['Actor'] }>;
  Preferences: ResolverTypeWrapper<CategoryPreferencesModel>;
  PreferencesPayload: ResolverTypeWrapper<Omit<PreferencesPayload, 'preferences'> & { preferences: ResolversTypes['Preferences'] }>;
  Presence: ResolverTypeWrapper<Presence>;
  PresenceChange: PresenceChange;
  Priority: Priority;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  QuietHours: ResolverTypeWrapper<QuietHours>;
  QuietHoursInput: QuietHoursInput;
  Reaction: ResolverTypeWrapper<Reaction>;
  RealtimeConfig: ResolverTypeWrapper<RealtimeConfig>;
  RemovalReason: RemovalReason;
  RevokePayload: ResolverTypeWrapper<RevokePayload>;
  Role: Role;
  SendPayload: ResolverTypeWrapper<SendPayload>;
  SendTicketMessageInput: SendTicketMessageInput;
  SendTicketMessagePayload: ResolverTypeWrapper<Omit<SendTicketMessagePayload, 'message'> & { message: ResolversTypes['TicketMessage'] }>;
  SetTypingPayload: ResolverTypeWrapper<SetTypingPayload>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Ticket: ResolverTypeWrapper<TicketModel>;
  TicketActivity: ResolverTypeWrapper<Omit<TicketActivity, 'ticket'> & { ticket?: Maybe<ResolversTypes['Ticket']> }>;
  TicketActivityChange: TicketActivityChange;
  TicketActivitySnapshot: ResolverTypeWrapper<TicketActivitySnapshot>;
  TicketConnection: ResolverTypeWrapper<TicketPageModel>;
  TicketCounts: ResolverTypeWrapper<TicketCounts>;
  TicketEdge: ResolverTypeWrapper<Omit<TicketEdge, 'node'> & { node: ResolversTypes['Ticket'] }>;
  TicketFilter: TicketFilter;
  TicketListChanged: ResolverTypeWrapper<Omit<TicketListChanged, 'ticket'> & { ticket: ResolversTypes['Ticket'] }>;
  TicketListEntered: ResolverTypeWrapper<Omit<TicketListEntered, 'ticket'> & { ticket: ResolversTypes['Ticket'] }>;
  TicketListLeft: ResolverTypeWrapper<TicketListLeft>;
  TicketListReason: TicketListReason;
  TicketListSnapshot: ResolverTypeWrapper<Omit<TicketListSnapshot, 'tickets'> & { tickets: ResolversTypes['TicketConnection'] }>;
  TicketListUpdate: ResolverTypeWrapper<TicketListUpdateModel>;
  TicketMessage: ResolverTypeWrapper<TicketMessageModel>;
  TicketMessageConnection: ResolverTypeWrapper<Omit<TicketMessageConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['TicketMessageEdge']>, nodes: ReadonlyArray<ResolversTypes['TicketMessage']> }>;
  TicketMessageEdge: ResolverTypeWrapper<Omit<TicketMessageEdge, 'node'> & { node: ResolversTypes['TicketMessage'] }>;
  TicketMessageEdit: ResolverTypeWrapper<TicketMessageEdit>;
  TicketMessagePayload: ResolverTypeWrapper<Omit<TicketMessagePayload, 'message'> & { message: ResolversTypes['TicketMessage'] }>;
  TicketOrder: TicketOrder;
  TicketOrderField: TicketOrderField;
  TicketPayload: ResolverTypeWrapper<Omit<TicketPayload, 'ticket'> & { ticket: ResolversTypes['Ticket'] }>;
  TicketPresence: ResolverTypeWrapper<Omit<TicketPresence, 'user' | 'viewers'> & { user?: Maybe<ResolversTypes['Actor']>, viewers: ReadonlyArray<ResolversTypes['Actor']> }>;
  TicketReader: ResolverTypeWrapper<Omit<TicketReader, 'user'> & { user: ResolversTypes['Actor'] }>;
  TicketReads: ResolverTypeWrapper<Omit<TicketReads, 'readers'> & { readers: ReadonlyArray<ResolversTypes['TicketReader']> }>;
  TicketSearchConnection: ResolverTypeWrapper<Omit<TicketSearchConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['TicketSearchEdge']>, nodes: ReadonlyArray<ResolversTypes['TicketSearchHit']> }>;
  TicketSearchEdge: ResolverTypeWrapper<Omit<TicketSearchEdge, 'node'> & { node: ResolversTypes['TicketSearchHit'] }>;
  TicketSearchHit: ResolverTypeWrapper<Omit<TicketSearchHit, 'message' | 'ticket'> & { message?: Maybe<ResolversTypes['TicketMessage']>, ticket: ResolversTypes['Ticket'] }>;
  TicketStatus: TicketStatus;
  TicketStatusCount: ResolverTypeWrapper<TicketStatusCount>;
  Typing: ResolverTypeWrapper<Omit<Typing, 'user'> & { user: ResolversTypes['Actor'] }>;
  UnreadCount: ResolverTypeWrapper<UnreadCountModel>;
  UpdateNotificationInput: UpdateNotificationInput;
  UpdateNotificationPayload: ResolverTypeWrapper<UpdateNotificationPayload>;
  UpsertTicketInput: UpsertTicketInput;
  Visibility: Visibility;
  Weekday: Weekday;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Actor: ActorModel;
  ActorInput: ActorInput;
  AnnounceInput: AnnounceInput;
  AnnouncePayload: AnnouncePayload;
  Attachment: Attachment;
  AttachmentInput: AttachmentInput;
  Boolean: Scalars['Boolean']['output'];
  CappedCount: CappedCount;
  CategoryCount: CategoryCount;
  CategoryPreference: CategoryPreference;
  ConnectionStats: ConnectionStats;
  Cursor: Scalars['Cursor']['output'];
  CustomEvent: CustomEvent;
  DateTime: Scalars['DateTime']['output'];
  DeleteNotificationsPayload: Omit<DeleteNotificationsPayload, 'unread'> & { unread: ResolversParentTypes['UnreadCount'] };
  DeleteTicketPayload: DeleteTicketPayload;
  ErasePayload: ErasePayload;
  HandOffInput: HandOffInput;
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  JSON: Scalars['JSON']['output'];
  MarkPayload: Omit<MarkPayload, 'notifications' | 'unread'> & { notifications: ReadonlyArray<ResolversParentTypes['Notification']>, unread: ResolversParentTypes['UnreadCount'] };
  Mutation: Record<PropertyKey, never>;
  NodeStats: NodeStats;
  Notification: NotificationModel;
  NotificationAdded: NotificationAddedModel;
  NotificationConnection: Omit<NotificationConnection, 'edges' | 'nodes' | 'unread'> & { edges: ReadonlyArray<ResolversParentTypes['NotificationEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Notification']>, unread: ResolversParentTypes['UnreadCount'] };
  NotificationEdge: Omit<NotificationEdge, 'node'> & { node: ResolversParentTypes['Notification'] };
  NotificationEvent: ResolversInterfaceTypes<ResolversParentTypes>['NotificationEvent'];
  NotificationFilter: NotificationFilter;
  NotificationGroup: NotificationGroupModel;
  NotificationInput: NotificationInput;
  NotificationStatus: NotificationStatus;
  NotificationUpdated: NotificationUpdatedModel;
  NotificationsMarked: NotificationsMarkedModel;
  NotificationsRemoved: NotificationsRemovedModel;
  NotificationsReset: NotificationsResetModel;
  NotifyInput: NotifyInput;
  NotifyPayload: NotifyPayload;
  PageInfo: PageInfo;
  Participant: Omit<Participant, 'user'> & { user: ResolversParentTypes['Actor'] };
  Preferences: CategoryPreferencesModel;
  PreferencesPayload: Omit<PreferencesPayload, 'preferences'> & { preferences: ResolversParentTypes['Preferences'] };
  Presence: Presence;
  Query: Record<PropertyKey, never>;
  QuietHours: QuietHours;
  QuietHoursInput: QuietHoursInput;
  Reaction: Reaction;
  RealtimeConfig: RealtimeConfig;
  RevokePayload: RevokePayload;
  SendPayload: SendPayload;
  SendTicketMessageInput: SendTicketMessageInput;
  SendTicketMessagePayload: Omit<SendTicketMessagePayload, 'message'> & { message: ResolversParentTypes['TicketMessage'] };
  SetTypingPayload: SetTypingPayload;
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
  Ticket: TicketModel;
  TicketActivity: Omit<TicketActivity, 'ticket'> & { ticket?: Maybe<ResolversParentTypes['Ticket']> };
  TicketActivitySnapshot: TicketActivitySnapshot;
  TicketConnection: TicketPageModel;
  TicketCounts: TicketCounts;
  TicketEdge: Omit<TicketEdge, 'node'> & { node: ResolversParentTypes['Ticket'] };
  TicketFilter: TicketFilter;
  TicketListChanged: Omit<TicketListChanged, 'ticket'> & { ticket: ResolversParentTypes['Ticket'] };
  TicketListEntered: Omit<TicketListEntered, 'ticket'> & { ticket: ResolversParentTypes['Ticket'] };
  TicketListLeft: TicketListLeft;
  TicketListSnapshot: Omit<TicketListSnapshot, 'tickets'> & { tickets: ResolversParentTypes['TicketConnection'] };
  TicketListUpdate: TicketListUpdateModel;
  TicketMessage: TicketMessageModel;
  TicketMessageConnection: Omit<TicketMessageConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['TicketMessageEdge']>, nodes: ReadonlyArray<ResolversParentTypes['TicketMessage']> };
  TicketMessageEdge: Omit<TicketMessageEdge, 'node'> & { node: ResolversParentTypes['TicketMessage'] };
  TicketMessageEdit: TicketMessageEdit;
  TicketMessagePayload: Omit<TicketMessagePayload, 'message'> & { message: ResolversParentTypes['TicketMessage'] };
  TicketOrder: TicketOrder;
  TicketPayload: Omit<TicketPayload, 'ticket'> & { ticket: ResolversParentTypes['Ticket'] };
  TicketPresence: Omit<TicketPresence, 'user' | 'viewers'> & { user?: Maybe<ResolversParentTypes['Actor']>, viewers: ReadonlyArray<ResolversParentTypes['Actor']> };
  TicketReader: Omit<TicketReader, 'user'> & { user: ResolversParentTypes['Actor'] };
  TicketReads: Omit<TicketReads, 'readers'> & { readers: ReadonlyArray<ResolversParentTypes['TicketReader']> };
  TicketSearchConnection: Omit<TicketSearchConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['TicketSearchEdge']>, nodes: ReadonlyArray<ResolversParentTypes['TicketSearchHit']> };
  TicketSearchEdge: Omit<TicketSearchEdge, 'node'> & { node: ResolversParentTypes['TicketSearchHit'] };
  TicketSearchHit: Omit<TicketSearchHit, 'message' | 'ticket'> & { message?: Maybe<ResolversParentTypes['TicketMessage']>, ticket: ResolversParentTypes['Ticket'] };
  TicketStatusCount: TicketStatusCount;
  Typing: Omit<Typing, 'user'> & { user: ResolversParentTypes['Actor'] };
  UnreadCount: UnreadCountModel;
  UpdateNotificationInput: UpdateNotificationInput;
  UpdateNotificationPayload: UpdateNotificationPayload;
  UpsertTicketInput: UpsertTicketInput;
};

export type AuthDirectiveArgs = {
  requires?: Access;
};

export type AuthDirectiveResolver<Result, Parent, ContextType = Context, Args = AuthDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type CostDirectiveArgs = {
  weight: Scalars['String']['input'];
};

export type CostDirectiveResolver<Result, Parent, ContextType = Context, Args = CostDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type ListSizeDirectiveArgs = {
  assumedSize?: Maybe<Scalars['Int']['input']>;
  sizedFields?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
  slicingArguments?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type ListSizeDirectiveResolver<Result, Parent, ContextType = Context, Args = ListSizeDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type ActorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Actor'] = ResolversParentTypes['Actor']> = {
  avatarUrl?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  role?: Resolver<ResolversTypes['Role'], ParentType, ContextType>;
  userId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type AnnouncePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AnnouncePayload'] = ResolversParentTypes['AnnouncePayload']> = {
  isDuplicate?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  notificationId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type AttachmentResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Attachment'] = ResolversParentTypes['Attachment']> = {
  bytes?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  fileId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  mediaType?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type CappedCountResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CappedCount'] = ResolversParentTypes['CappedCount']> = {
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  isCapped?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type CategoryCountResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CategoryCount'] = ResolversParentTypes['CategoryCount']> = {
  category?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  isCapped?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type CategoryPreferenceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CategoryPreference'] = ResolversParentTypes['CategoryPreference']> = {
  category?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  handOff?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  inApp?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ConnectionStatsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConnectionStats'] = ResolversParentTypes['ConnectionStats']> = {
  connections?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['NodeStats']>, ParentType, ContextType>;
  users?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export interface CursorScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Cursor'], any> {
  name: 'Cursor';
}

export type CustomEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CustomEvent'] = ResolversParentTypes['CustomEvent']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  data?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  ticketId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DeleteNotificationsPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DeleteNotificationsPayload'] = ResolversParentTypes['DeleteNotificationsPayload']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  deletedIds?: Resolver<ReadonlyArray<ResolversTypes['ID']>, ParentType, ContextType>;
  unread?: Resolver<ResolversTypes['UnreadCount'], ParentType, ContextType>;
};

export type DeleteTicketPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DeleteTicketPayload'] = ResolversParentTypes['DeleteTicketPayload']> = {
  deletedId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  messages?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ErasePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ErasePayload'] = ResolversParentTypes['ErasePayload']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  messages?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  notifications?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export type MarkPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MarkPayload'] = ResolversParentTypes['MarkPayload']> = {
  changed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  notifications?: Resolver<ReadonlyArray<ResolversTypes['Notification']>, ParentType, ContextType>;
  unread?: Resolver<ResolversTypes['UnreadCount'], ParentType, ContextType>;
  upToRevision?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  addReaction?: Resolver<ResolversTypes['TicketMessagePayload'], ParentType, ContextType, RequireFields<MutationAddReactionArgs, 'emoji' | 'messageId'>>;
  announce?: Resolver<ResolversTypes['AnnouncePayload'], ParentType, ContextType, RequireFields<MutationAnnounceArgs, 'input'>>;
  archiveAllNotifications?: Resolver<ResolversTypes['MarkPayload'], ParentType, ContextType, RequireFields<MutationArchiveAllNotificationsArgs, 'onlyRead'>>;
  archiveNotifications?: Resolver<ResolversTypes['MarkPayload'], ParentType, ContextType, RequireFields<MutationArchiveNotificationsArgs, 'ids'>>;
  broadcast?: Resolver<ResolversTypes['SendPayload'], ParentType, ContextType, RequireFields<MutationBroadcastArgs, 'event'>>;
  claimTicket?: Resolver<ResolversTypes['TicketPayload'], ParentType, ContextType, RequireFields<MutationClaimTicketArgs, 'ticketId'>>;
  deleteNotifications?: Resolver<ResolversTypes['DeleteNotificationsPayload'], ParentType, ContextType, RequireFields<MutationDeleteNotificationsArgs, 'ids'>>;
  deleteTicket?: Resolver<ResolversTypes['DeleteTicketPayload'], ParentType, ContextType, RequireFields<MutationDeleteTicketArgs, 'id'>>;
  deleteTicketMessage?: Resolver<ResolversTypes['TicketMessage'], ParentType, ContextType, RequireFields<MutationDeleteTicketMessageArgs, 'id'>>;
  disconnectUser?: Resolver<ResolversTypes['Int'], ParentType, ContextType, RequireFields<MutationDisconnectUserArgs, 'userId'>>;
  editTicketMessage?: Resolver<ResolversTypes['TicketMessage'], ParentType, ContextType, RequireFields<MutationEditTicketMessageArgs, 'id'>>;
  eraseUser?: Resolver<ResolversTypes['ErasePayload'], ParentType, ContextType, RequireFields<MutationEraseUserArgs, 'userId'>>;
  markAllAsRead?: Resolver<ResolversTypes['MarkPayload'], ParentType, ContextType, Partial<MutationMarkAllAsReadArgs>>;
  markAllAsSeen?: Resolver<ResolversTypes['MarkPayload'], ParentType, ContextType, Partial<MutationMarkAllAsSeenArgs>>;
  markAsRead?: Resolver<ResolversTypes['MarkPayload'], ParentType, ContextType, RequireFields<MutationMarkAsReadArgs, 'ids'>>;
  markAsSeen?: Resolver<ResolversTypes['MarkPayload'], ParentType, ContextType, RequireFields<MutationMarkAsSeenArgs, 'ids'>>;
  markAsUnread?: Resolver<ResolversTypes['MarkPayload'], ParentType, ContextType, RequireFields<MutationMarkAsUnreadArgs, 'ids'>>;
  markTicketAsRead?: Resolver<ResolversTypes['Ticket'], ParentType, ContextType, RequireFields<MutationMarkTicketAsReadArgs, 'ticketId' | 'upToNumber'>>;
  muteTicket?: Resolver<ResolversTypes['TicketPayload'], ParentType, ContextType, RequireFields<MutationMuteTicketArgs, 'ticketId'>>;
  notify?: Resolver<ResolversTypes['NotifyPayload'], ParentType, ContextType, RequireFields<MutationNotifyArgs, 'input'>>;
  releaseTicket?: Resolver<ResolversTypes['TicketPayload'], ParentType, ContextType, RequireFields<MutationReleaseTicketArgs, 'ticketId'>>;
  removeReaction?: Resolver<ResolversTypes['TicketMessagePayload'], ParentType, ContextType, RequireFields<MutationRemoveReactionArgs, 'emoji' | 'messageId'>>;
  retractNotifications?: Resolver<ResolversTypes['Int'], ParentType, ContextType, RequireFields<MutationRetractNotificationsArgs, 'ids'>>;
  revokeToken?: Resolver<ResolversTypes['RevokePayload'], ParentType, ContextType, RequireFields<MutationRevokeTokenArgs, 'jti'>>;
  revokeTokens?: Resolver<ResolversTypes['RevokePayload'], ParentType, ContextType, RequireFields<MutationRevokeTokensArgs, 'userId'>>;
  sendTicketMessage?: Resolver<ResolversTypes['SendTicketMessagePayload'], ParentType, ContextType, RequireFields<MutationSendTicketMessageArgs, 'input'>>;
  sendToMultipleUsers?: Resolver<ResolversTypes['SendPayload'], ParentType, ContextType, RequireFields<MutationSendToMultipleUsersArgs, 'event' | 'userIds'>>;
  sendToTicket?: Resolver<ResolversTypes['SendPayload'], ParentType, ContextType, RequireFields<MutationSendToTicketArgs, 'event' | 'ticketId'>>;
  sendToUser?: Resolver<ResolversTypes['SendPayload'], ParentType, ContextType, RequireFields<MutationSendToUserArgs, 'event' | 'userId'>>;
  setPreference?: Resolver<ResolversTypes['PreferencesPayload'], ParentType, ContextType, Partial<MutationSetPreferenceArgs>>;
  setQuietHours?: Resolver<ResolversTypes['PreferencesPayload'], ParentType, ContextType, Partial<MutationSetQuietHoursArgs>>;
  setTyping?: Resolver<ResolversTypes['SetTypingPayload'], ParentType, ContextType, RequireFields<MutationSetTypingArgs, 'isTyping' | 'ticketId' | 'visibility'>>;
  snoozeNotifications?: Resolver<ResolversTypes['MarkPayload'], ParentType, ContextType, RequireFields<MutationSnoozeNotificationsArgs, 'ids' | 'until'>>;
  unarchiveNotifications?: Resolver<ResolversTypes['MarkPayload'], ParentType, ContextType, RequireFields<MutationUnarchiveNotificationsArgs, 'ids'>>;
  unmuteTicket?: Resolver<ResolversTypes['TicketPayload'], ParentType, ContextType, RequireFields<MutationUnmuteTicketArgs, 'ticketId'>>;
  unsnoozeNotifications?: Resolver<ResolversTypes['MarkPayload'], ParentType, ContextType, RequireFields<MutationUnsnoozeNotificationsArgs, 'ids'>>;
  updateNotification?: Resolver<ResolversTypes['UpdateNotificationPayload'], ParentType, ContextType, RequireFields<MutationUpdateNotificationArgs, 'id' | 'input'>>;
  upsertTicket?: Resolver<ResolversTypes['Ticket'], ParentType, ContextType, RequireFields<MutationUpsertTicketArgs, 'input'>>;
};

export type NodeStatsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NodeStats'] = ResolversParentTypes['NodeStats']> = {
  connections?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  startedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  users?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type NotificationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Notification'] = ResolversParentTypes['Notification']> = {
  actionUrl?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  actor?: Resolver<Maybe<ResolversTypes['Actor']>, ParentType, ContextType>;
  archivedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  arrivedRevision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  body?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  category?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  data?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  editedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  group?: Resolver<Maybe<ResolversTypes['NotificationGroup']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  imageUrl?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  isMuted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  position?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  priority?: Resolver<ResolversTypes['Priority'], ParentType, ContextType>;
  readAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  seenAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  snoozedUntil?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type NotificationAddedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NotificationAdded'] = ResolversParentTypes['NotificationAdded']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  notification?: Resolver<ResolversTypes['Notification'], ParentType, ContextType>;
  unread?: Resolver<ResolversTypes['UnreadCount'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type NotificationConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NotificationConnection'] = ResolversParentTypes['NotificationConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['NotificationEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Notification']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  resumeCursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  unread?: Resolver<ResolversTypes['UnreadCount'], ParentType, ContextType>;
};

export type NotificationEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NotificationEdge'] = ResolversParentTypes['NotificationEdge']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Notification'], ParentType, ContextType>;
};

export type NotificationEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NotificationEvent'] = ResolversParentTypes['NotificationEvent']> = {
  __resolveType: TypeResolveFn<'NotificationAdded' | 'NotificationUpdated' | 'NotificationsMarked' | 'NotificationsRemoved' | 'NotificationsReset', ParentType, ContextType>;
};

export type NotificationGroupResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NotificationGroup'] = ResolversParentTypes['NotificationGroup']> = {
  actors?: Resolver<ReadonlyArray<ResolversTypes['Actor']>, ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  key?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  latestAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type NotificationStatusResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NotificationStatus'] = ResolversParentTypes['NotificationStatus']> = {
  deliveredAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  handedOffAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  readAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  removedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  seenAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  storedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  userId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type NotificationUpdatedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NotificationUpdated'] = ResolversParentTypes['NotificationUpdated']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  notification?: Resolver<ResolversTypes['Notification'], ParentType, ContextType>;
  unread?: Resolver<ResolversTypes['UnreadCount'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type NotificationsMarkedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NotificationsMarked'] = ResolversParentTypes['NotificationsMarked']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  category?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  ids?: Resolver<ReadonlyArray<ResolversTypes['ID']>, ParentType, ContextType>;
  mark?: Resolver<ResolversTypes['Mark'], ParentType, ContextType>;
  notifications?: Resolver<ReadonlyArray<ResolversTypes['Notification']>, ParentType, ContextType>;
  unread?: Resolver<ResolversTypes['UnreadCount'], ParentType, ContextType>;
  upToRevision?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type NotificationsRemovedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NotificationsRemoved'] = ResolversParentTypes['NotificationsRemoved']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  ids?: Resolver<ReadonlyArray<ResolversTypes['ID']>, ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['RemovalReason'], ParentType, ContextType>;
  unread?: Resolver<ResolversTypes['UnreadCount'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type NotificationsResetResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NotificationsReset'] = ResolversParentTypes['NotificationsReset']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  unread?: Resolver<ResolversTypes['UnreadCount'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type NotifyPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['NotifyPayload'] = ResolversParentTypes['NotifyPayload']> = {
  isDuplicate?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  notificationId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  recipients?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['Cursor']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['Cursor']>, ParentType, ContextType>;
};

export type ParticipantResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Participant'] = ResolversParentTypes['Participant']> = {
  lastDeliveredNumber?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  lastReadNumber?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  user?: Resolver<ResolversTypes['Actor'], ParentType, ContextType>;
};

export type PreferencesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Preferences'] = ResolversParentTypes['Preferences']> = {
  categories?: Resolver<ReadonlyArray<ResolversTypes['CategoryPreference']>, ParentType, ContextType>;
  default?: Resolver<ResolversTypes['CategoryPreference'], ParentType, ContextType>;
  quietHours?: Resolver<Maybe<ResolversTypes['QuietHours']>, ParentType, ContextType>;
};

export type PreferencesPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PreferencesPayload'] = ResolversParentTypes['PreferencesPayload']> = {
  preferences?: Resolver<ResolversTypes['Preferences'], ParentType, ContextType>;
};

export type PresenceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Presence'] = ResolversParentTypes['Presence']> = {
  connectionCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  isOnline?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  lastSeenAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  userId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  connectionCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType, RequireFields<QueryConnectionCountArgs, 'userId'>>;
  connectionStats?: Resolver<Maybe<ResolversTypes['ConnectionStats']>, ParentType, ContextType>;
  isUserOnline?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType, RequireFields<QueryIsUserOnlineArgs, 'userId'>>;
  me?: Resolver<ResolversTypes['Actor'], ParentType, ContextType>;
  notification?: Resolver<Maybe<ResolversTypes['Notification']>, ParentType, ContextType, RequireFields<QueryNotificationArgs, 'id'>>;
  notificationStatus?: Resolver<ReadonlyArray<ResolversTypes['NotificationStatus']>, ParentType, ContextType, RequireFields<QueryNotificationStatusArgs, 'id' | 'userIds'>>;
  notifications?: Resolver<ResolversTypes['NotificationConnection'], ParentType, ContextType, RequireFields<QueryNotificationsArgs, 'first'>>;
  notificationsByIds?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Notification']>>, ParentType, ContextType, RequireFields<QueryNotificationsByIdsArgs, 'ids'>>;
  preferences?: Resolver<ResolversTypes['Preferences'], ParentType, ContextType>;
  presence?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Presence']>>, ParentType, ContextType, RequireFields<QueryPresenceArgs, 'userIds'>>;
  realtimeConfig?: Resolver<ResolversTypes['RealtimeConfig'], ParentType, ContextType>;
  searchTickets?: Resolver<ResolversTypes['TicketSearchConnection'], ParentType, ContextType, RequireFields<QuerySearchTicketsArgs, 'first' | 'query'>>;
  ticket?: Resolver<Maybe<ResolversTypes['Ticket']>, ParentType, ContextType, RequireFields<QueryTicketArgs, 'id'>>;
  tickets?: Resolver<ResolversTypes['TicketConnection'], ParentType, ContextType, RequireFields<QueryTicketsArgs, 'first'>>;
  totalConnections?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  unreadCount?: Resolver<ResolversTypes['UnreadCount'], ParentType, ContextType>;
};

export type QuietHoursResolvers<ContextType = Context, ParentType extends ResolversParentTypes['QuietHours'] = ResolversParentTypes['QuietHours']> = {
  days?: Resolver<ReadonlyArray<ResolversTypes['Weekday']>, ParentType, ContextType>;
  from?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  timeZone?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ReactionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Reaction'] = ResolversParentTypes['Reaction']> = {
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  emoji?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  userIds?: Resolver<ReadonlyArray<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type RealtimeConfigResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RealtimeConfig'] = ResolversParentTypes['RealtimeConfig']> = {
  maxPageSize?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  maxPresenceIds?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  ticketCountCap?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  typingExpiryMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  typingIdleStopMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  typingResendMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unreadCap?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type RevokePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RevokePayload'] = ResolversParentTypes['RevokePayload']> = {
  closedConnections?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  issuedBefore?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type SendPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SendPayload'] = ResolversParentTypes['SendPayload']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type SendTicketMessagePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SendTicketMessagePayload'] = ResolversParentTypes['SendTicketMessagePayload']> = {
  isDuplicate?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['TicketMessage'], ParentType, ContextType>;
};

export type SetTypingPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SetTypingPayload'] = ResolversParentTypes['SetTypingPayload']> = {
  accepted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  resendAfterMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  customEvent?: SubscriptionResolver<ResolversTypes['CustomEvent'], "customEvent", ParentType, ContextType, Partial<SubscriptionCustomEventArgs>>;
  notificationAdded?: SubscriptionResolver<ResolversTypes['Notification'], "notificationAdded", ParentType, ContextType, Partial<SubscriptionNotificationAddedArgs>>;
  notificationEvents?: SubscriptionResolver<ResolversTypes['NotificationEvent'], "notificationEvents", ParentType, ContextType, Partial<SubscriptionNotificationEventsArgs>>;
  presenceChanged?: SubscriptionResolver<ResolversTypes['Presence'], "presenceChanged", ParentType, ContextType, RequireFields<SubscriptionPresenceChangedArgs, 'userIds'>>;
  supportMessage?: SubscriptionResolver<ResolversTypes['TicketActivity'], "supportMessage", ParentType, ContextType, RequireFields<SubscriptionSupportMessageArgs, 'assignedToMe'>>;
  ticketChanged?: SubscriptionResolver<ResolversTypes['Ticket'], "ticketChanged", ParentType, ContextType, RequireFields<SubscriptionTicketChangedArgs, 'ticketId'>>;
  ticketList?: SubscriptionResolver<ResolversTypes['TicketListUpdate'], "ticketList", ParentType, ContextType, RequireFields<SubscriptionTicketListArgs, 'first'>>;
  ticketMessage?: SubscriptionResolver<ResolversTypes['TicketMessage'], "ticketMessage", ParentType, ContextType, RequireFields<SubscriptionTicketMessageArgs, 'ticketId'>>;
  ticketPresence?: SubscriptionResolver<ResolversTypes['TicketPresence'], "ticketPresence", ParentType, ContextType, RequireFields<SubscriptionTicketPresenceArgs, 'ticketId'>>;
  ticketReads?: SubscriptionResolver<ResolversTypes['TicketReads'], "ticketReads", ParentType, ContextType, RequireFields<SubscriptionTicketReadsArgs, 'ticketId'>>;
  unreadCount?: SubscriptionResolver<ResolversTypes['UnreadCount'], "unreadCount", ParentType, ContextType>;
  userTyping?: SubscriptionResolver<ResolversTypes['Typing'], "userTyping", ParentType, ContextType, RequireFields<SubscriptionUserTypingArgs, 'ticketId'>>;
};

export type TicketResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Ticket'] = ResolversParentTypes['Ticket']> = {
  assignee?: Resolver<Maybe<ResolversTypes['Actor']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isMuted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  lastMessage?: Resolver<Maybe<ResolversTypes['TicketMessage']>, ParentType, ContextType>;
  lastReadNumber?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  messages?: Resolver<ResolversTypes['TicketMessageConnection'], ParentType, ContextType, Partial<TicketMessagesArgs>>;
  mutedUntil?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  participants?: Resolver<ReadonlyArray<ResolversTypes['Participant']>, ParentType, ContextType>;
  reads?: Resolver<ResolversTypes['TicketReads'], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['TicketStatus'], ParentType, ContextType>;
  subject?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  unread?: Resolver<ResolversTypes['CappedCount'], ParentType, ContextType>;
  unreadCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type TicketActivityResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketActivity'] = ResolversParentTypes['TicketActivity']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  authorRole?: Resolver<ResolversTypes['Role'], ParentType, ContextType>;
  change?: Resolver<ResolversTypes['TicketActivityChange'], ParentType, ContextType>;
  number?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  snapshot?: Resolver<Maybe<ResolversTypes['TicketActivitySnapshot']>, ParentType, ContextType>;
  ticket?: Resolver<Maybe<ResolversTypes['Ticket']>, ParentType, ContextType>;
  ticketId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  unread?: Resolver<ResolversTypes['CappedCount'], ParentType, ContextType>;
  unreadCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type TicketActivitySnapshotResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketActivitySnapshot'] = ResolversParentTypes['TicketActivitySnapshot']> = {
  isCapped?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  lines?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  place?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type TicketConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketConnection'] = ResolversParentTypes['TicketConnection']> = {
  counts?: Resolver<ResolversTypes['TicketCounts'], ParentType, ContextType>;
  edges?: Resolver<ReadonlyArray<ResolversTypes['TicketEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Ticket']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type TicketCountsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketCounts'] = ResolversParentTypes['TicketCounts']> = {
  byStatus?: Resolver<ReadonlyArray<ResolversTypes['TicketStatusCount']>, ParentType, ContextType>;
  unread?: Resolver<ResolversTypes['CappedCount'], ParentType, ContextType>;
};

export type TicketEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketEdge'] = ResolversParentTypes['TicketEdge']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Ticket'], ParentType, ContextType>;
};

export type TicketListChangedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketListChanged'] = ResolversParentTypes['TicketListChanged']> = {
  counts?: Resolver<ResolversTypes['TicketCounts'], ParentType, ContextType>;
  reasons?: Resolver<ReadonlyArray<ResolversTypes['TicketListReason']>, ParentType, ContextType>;
  ticket?: Resolver<ResolversTypes['Ticket'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TicketListEnteredResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketListEntered'] = ResolversParentTypes['TicketListEntered']> = {
  counts?: Resolver<ResolversTypes['TicketCounts'], ParentType, ContextType>;
  reasons?: Resolver<ReadonlyArray<ResolversTypes['TicketListReason']>, ParentType, ContextType>;
  ticket?: Resolver<ResolversTypes['Ticket'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TicketListLeftResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketListLeft'] = ResolversParentTypes['TicketListLeft']> = {
  counts?: Resolver<ResolversTypes['TicketCounts'], ParentType, ContextType>;
  reasons?: Resolver<ReadonlyArray<ResolversTypes['TicketListReason']>, ParentType, ContextType>;
  ticketId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TicketListSnapshotResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketListSnapshot'] = ResolversParentTypes['TicketListSnapshot']> = {
  counts?: Resolver<ResolversTypes['TicketCounts'], ParentType, ContextType>;
  tickets?: Resolver<ResolversTypes['TicketConnection'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TicketListUpdateResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketListUpdate'] = ResolversParentTypes['TicketListUpdate']> = {
  __resolveType: TypeResolveFn<'TicketListChanged' | 'TicketListEntered' | 'TicketListLeft' | 'TicketListSnapshot', ParentType, ContextType>;
};

export type TicketMessageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketMessage'] = ResolversParentTypes['TicketMessage']> = {
  attachments?: Resolver<ReadonlyArray<ResolversTypes['Attachment']>, ParentType, ContextType>;
  author?: Resolver<ResolversTypes['Actor'], ParentType, ContextType>;
  body?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  clientMessageId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  data?: Resolver<Maybe<ResolversTypes['JSON']>, ParentType, ContextType>;
  deletedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  editedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  edits?: Resolver<ReadonlyArray<ResolversTypes['TicketMessageEdit']>, ParentType, ContextType>;
  excerpt?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  number?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  reactions?: Resolver<ReadonlyArray<ResolversTypes['Reaction']>, ParentType, ContextType>;
  replyTo?: Resolver<Maybe<ResolversTypes['TicketMessage']>, ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  ticketId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  visibility?: Resolver<ResolversTypes['Visibility'], ParentType, ContextType>;
};

export type TicketMessageConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketMessageConnection'] = ResolversParentTypes['TicketMessageConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['TicketMessageEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['TicketMessage']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  resumeCursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
};

export type TicketMessageEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketMessageEdge'] = ResolversParentTypes['TicketMessageEdge']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['TicketMessage'], ParentType, ContextType>;
};

export type TicketMessageEditResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketMessageEdit'] = ResolversParentTypes['TicketMessageEdit']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  body?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type TicketMessagePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketMessagePayload'] = ResolversParentTypes['TicketMessagePayload']> = {
  message?: Resolver<ResolversTypes['TicketMessage'], ParentType, ContextType>;
};

export type TicketPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketPayload'] = ResolversParentTypes['TicketPayload']> = {
  ticket?: Resolver<ResolversTypes['Ticket'], ParentType, ContextType>;
};

export type TicketPresenceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketPresence'] = ResolversParentTypes['TicketPresence']> = {
  change?: Resolver<ResolversTypes['PresenceChange'], ParentType, ContextType>;
  isCapped?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  ticketId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['Actor']>, ParentType, ContextType>;
  viewers?: Resolver<ReadonlyArray<ResolversTypes['Actor']>, ParentType, ContextType>;
};

export type TicketReaderResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketReader'] = ResolversParentTypes['TicketReader']> = {
  lastDeliveredNumber?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  lastReadNumber?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  user?: Resolver<ResolversTypes['Actor'], ParentType, ContextType>;
};

export type TicketReadsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketReads'] = ResolversParentTypes['TicketReads']> = {
  readers?: Resolver<ReadonlyArray<ResolversTypes['TicketReader']>, ParentType, ContextType>;
  staffReadNumber?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  ticketId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type TicketSearchConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketSearchConnection'] = ResolversParentTypes['TicketSearchConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['TicketSearchEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['TicketSearchHit']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type TicketSearchEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketSearchEdge'] = ResolversParentTypes['TicketSearchEdge']> = {
  cursor?: Resolver<ResolversTypes['Cursor'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['TicketSearchHit'], ParentType, ContextType>;
};

export type TicketSearchHitResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketSearchHit'] = ResolversParentTypes['TicketSearchHit']> = {
  excerpt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['TicketMessage']>, ParentType, ContextType>;
  ticket?: Resolver<ResolversTypes['Ticket'], ParentType, ContextType>;
};

export type TicketStatusCountResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TicketStatusCount'] = ResolversParentTypes['TicketStatusCount']> = {
  status?: Resolver<ResolversTypes['TicketStatus'], ParentType, ContextType>;
  tickets?: Resolver<ResolversTypes['CappedCount'], ParentType, ContextType>;
};

export type TypingResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Typing'] = ResolversParentTypes['Typing']> = {
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  isTyping?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  ticketId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['Actor'], ParentType, ContextType>;
  visibility?: Resolver<ResolversTypes['Visibility'], ParentType, ContextType>;
};

export type UnreadCountResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UnreadCount'] = ResolversParentTypes['UnreadCount']> = {
  byCategory?: Resolver<ReadonlyArray<ResolversTypes['CategoryCount']>, ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  isCapped?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  revision?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unseen?: Resolver<ResolversTypes['CappedCount'], ParentType, ContextType>;
};

export type UpdateNotificationPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UpdateNotificationPayload'] = ResolversParentTypes['UpdateNotificationPayload']> = {
  notificationId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  recipients?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  Actor?: ActorResolvers<ContextType>;
  AnnouncePayload?: AnnouncePayloadResolvers<ContextType>;
  Attachment?: AttachmentResolvers<ContextType>;
  CappedCount?: CappedCountResolvers<ContextType>;
  CategoryCount?: CategoryCountResolvers<ContextType>;
  CategoryPreference?: CategoryPreferenceResolvers<ContextType>;
  ConnectionStats?: ConnectionStatsResolvers<ContextType>;
  Cursor?: GraphQLScalarType;
  CustomEvent?: CustomEventResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DeleteNotificationsPayload?: DeleteNotificationsPayloadResolvers<ContextType>;
  DeleteTicketPayload?: DeleteTicketPayloadResolvers<ContextType>;
  ErasePayload?: ErasePayloadResolvers<ContextType>;
  JSON?: GraphQLScalarType;
  MarkPayload?: MarkPayloadResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  NodeStats?: NodeStatsResolvers<ContextType>;
  Notification?: NotificationResolvers<ContextType>;
  NotificationAdded?: NotificationAddedResolvers<ContextType>;
  NotificationConnection?: NotificationConnectionResolvers<ContextType>;
  NotificationEdge?: NotificationEdgeResolvers<ContextType>;
  NotificationEvent?: NotificationEventResolvers<ContextType>;
  NotificationGroup?: NotificationGroupResolvers<ContextType>;
  NotificationStatus?: NotificationStatusResolvers<ContextType>;
  NotificationUpdated?: NotificationUpdatedResolvers<ContextType>;
  NotificationsMarked?: NotificationsMarkedResolvers<ContextType>;
  NotificationsRemoved?: NotificationsRemovedResolvers<ContextType>;
  NotificationsReset?: NotificationsResetResolvers<ContextType>;
  NotifyPayload?: NotifyPayloadResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Participant?: ParticipantResolvers<ContextType>;
  Preferences?: PreferencesResolvers<ContextType>;
  PreferencesPayload?: PreferencesPayloadResolvers<ContextType>;
  Presence?: PresenceResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  QuietHours?: QuietHoursResolvers<ContextType>;
  Reaction?: ReactionResolvers<ContextType>;
  RealtimeConfig?: RealtimeConfigResolvers<ContextType>;
  RevokePayload?: RevokePayloadResolvers<ContextType>;
  SendPayload?: SendPayloadResolvers<ContextType>;
  SendTicketMessagePayload?: SendTicketMessagePayloadResolvers<ContextType>;
  SetTypingPayload?: SetTypingPayloadResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  Ticket?: TicketResolvers<ContextType>;
  TicketActivity?: TicketActivityResolvers<ContextType>;
  TicketActivitySnapshot?: TicketActivitySnapshotResolvers<ContextType>;
  TicketConnection?: TicketConnectionResolvers<ContextType>;
  TicketCounts?: TicketCountsResolvers<ContextType>;
  TicketEdge?: TicketEdgeResolvers<ContextType>;
  TicketListChanged?: TicketListChangedResolvers<ContextType>;
  TicketListEntered?: TicketListEnteredResolvers<ContextType>;
  TicketListLeft?: TicketListLeftResolvers<ContextType>;
  TicketListSnapshot?: TicketListSnapshotResolvers<ContextType>;
  TicketListUpdate?: TicketListUpdateResolvers<ContextType>;
  TicketMessage?: TicketMessageResolvers<ContextType>;
  TicketMessageConnection?: TicketMessageConnectionResolvers<ContextType>;
  TicketMessageEdge?: TicketMessageEdgeResolvers<ContextType>;
  TicketMessageEdit?: TicketMessageEditResolvers<ContextType>;
  TicketMessagePayload?: TicketMessagePayloadResolvers<ContextType>;
  TicketPayload?: TicketPayloadResolvers<ContextType>;
  TicketPresence?: TicketPresenceResolvers<ContextType>;
  TicketReader?: TicketReaderResolvers<ContextType>;
  TicketReads?: TicketReadsResolvers<ContextType>;
  TicketSearchConnection?: TicketSearchConnectionResolvers<ContextType>;
  TicketSearchEdge?: TicketSearchEdgeResolvers<ContextType>;
  TicketSearchHit?: TicketSearchHitResolvers<ContextType>;
  TicketStatusCount?: TicketStatusCountResolvers<ContextType>;
  Typing?: TypingResolvers<ContextType>;
  UnreadCount?: UnreadCountResolvers<ContextType>;
  UpdateNotificationPayload?: UpdateNotificationPayloadResolvers<ContextType>;
};

export type DirectiveResolvers<ContextType = Context> = {
  auth?: AuthDirectiveResolver<any, any, ContextType>;
  cost?: CostDirectiveResolver<any, any, ContextType>;
  listSize?: ListSizeDirectiveResolver<any, any, ContextType>;
};
