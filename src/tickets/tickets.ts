import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Description } from '../delivery/description.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits, Retention, TypingTimes } from '../lib/limits.ts'
import type { Log } from '../lib/log.ts'
import type { Wanted, WantedPage } from '../lib/wanted.ts'
import type { Memberships } from '../membership/memberships.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { createGuard, type GuardAccess, requireTicket } from './access.ts'
import { createFollowActivity, type TicketActivity } from './activity.ts'
import type { ActivityFilter } from './activity-snapshot.ts'
import type { AttachmentInput } from './attachments.ts'
import { type Audience, audienceOf } from './audience.ts'
import { createChangeMessage } from './change-message.ts'
import { type Claims, createClaims } from './claims.ts'
import { requireOpen } from './closed-ticket.ts'
import { createConversation, type MessagePaging } from './conversation.ts'
import { createDeleteTicket, type TicketDeletion } from './delete-ticket.ts'
import { createDeliveredMarks } from './delivered-marks.ts'
import { createPruneDepartures } from './departures.ts'
import { createErase } from './erase-user.ts'
import { createFollowList, type TicketListOptions, type TicketListUpdate, type WantedList } from './follow-list.ts'
import { createFollowMessages } from './follow-messages.ts'
import { createFollowReads } from './follow-reads.ts'
import { createFollowTicket } from './follow-ticket.ts'
import { createFollowTyping } from './follow-typing.ts'
import type { TicketHandOff } from './hand-off.ts'
import { createListTickets, type TicketPage, type TicketPaging, type WantedTickets } from './list-tickets.ts'
import type { TicketPresence, Typing } from './live-events.ts'
import { createEdits, type MessageEdit } from './message-edits.ts'
import { requireVisibility, type SendInput } from './message-input.ts'
import { createMutes, createPruneMutes, type Mutes } from './mutes.ts'
import { createReact } from './react.ts'
import { createReadMarks } from './read-marks.ts'
import type { TicketReads } from './reads.ts'
import { createRepliedTo } from './replies.ts'
import { createSearch, type TicketSearch, type TicketSearchPage } from './search.ts'
import { createIndexEarlier } from './search-earlier.ts'
import { createSend, type SendResult } from './send-message.ts'
import type { Participant, Ticket } from './ticket.ts'
import { createSpendOnTicket } from './ticket-budget.ts'
import type { TicketCounts } from './ticket-counts.ts'
import type { UpsertTicketInput } from './ticket-input.ts'
import type { TicketMessage, TicketMessagePage } from './ticket-message.ts'
import { createTicketPresence } from './ticket-presence.ts'
import { createTypingLeases, type TypingAnswer, type TypingInput } from './typing-leases.ts'
import type { CappedCount } from './unread-messages.ts'
import { createUpsert } from './upsert-ticket.ts'

/**
 * The feature of support tickets. A ticket that does not exist and one that the viewer may not see are NOT_FOUND in the same words.
 * Subscriptions end with FORBIDDEN when their viewer is no longer a participant.
 */
export interface Tickets extends Claims, Mutes, TicketDeletion {
  /** Stores a new ticket or changes a known one. Fields that are left out stay. Without a change nothing is published and no time moves. */
  upsert(input: UpsertTicketInput): Promise<Ticket>
  /** Reads a ticket, as far as it is wanted. Null when there is none for the viewer. */
  find(viewer: Viewer, id: string, wanted?: Wanted): Promise<Ticket | null>
  /**
   * Reads a page of the viewer's tickets, which for staff are all. The latest change comes first when no order is asked for. Throws
   * BAD_USER_INPUT for a filter that is no good.
   */
  list(viewer: Viewer, paging: TicketPaging, wanted?: WantedTickets): Promise<TicketPage>
  /** Counts the tickets of the list that a page is of, each number up to `limits.ticketCountCap`. */
  counts(page: Pick<TicketPage, 'list'>, wanted?: Wanted): Promise<TicketCounts>
  /** Reads the newest message that the viewer sees in a ticket that the viewer got from here. Null when there is none. */
  lastMessage(viewer: Viewer, ticket: Ticket, wanted?: Wanted): Promise<TicketMessage | null>
  /** Reads how far the viewer has read a ticket that the viewer got from here. Null when nothing yet. */
  lastReadNumber(viewer: Viewer, ticket: Ticket): Promise<number | null>
  /** Reads the participants of a ticket that the viewer got from here. Their read marks are in the viewer's numbering. */
  participants(viewer: Viewer, ticket: Pick<Ticket, 'id'>, wanted?: Wanted): Promise<readonly Participant[]>
  /** Reads how far everybody has read a ticket that the viewer got from here. Of the staff, customers get one number and no names. */
  reads(viewer: Viewer, ticket: Pick<Ticket, 'id'>): Promise<TicketReads>
  /** Counts messages of others behind the viewer's read mark, up to `limits.unreadCap`, in a ticket that the viewer got from here. */
  unread(viewer: Viewer, ticket: Pick<Ticket, 'id'>): Promise<CappedCount>
  /** The number in `unread`: at most `limits.unreadCap`. */
  unreadCount(viewer: Viewer, ticket: Pick<Ticket, 'id'>): Promise<number>
  /** Reads a page of a ticket that the viewer got from here, oldest message first. Without a size: the last 20 messages. */
  messages(
    viewer: Viewer,
    ticket: Pick<Ticket, 'id'>,
    paging: MessagePaging,
    wanted?: WantedPage,
  ): Promise<TicketMessagePage>
  /**
   * Stores a message, then publishes it to all who may see it. A second message with the same `clientMessageId` is not stored. Throws
   * CONFLICT when that id was used for another message, when the ticket is closed, or when `expectedNumber` shows that others have written;
   * then `details.missed` says how many messages, up to the cap.
   */
  send(viewer: Viewer, input: SendInput): Promise<SendResult>
  /**
   * Changes text and attachments of a message of the viewer's own; what is left out stays. The same again changes nothing. Throws CONFLICT
   * when the message was deleted.
   */
  edit(
    viewer: Viewer,
    id: string,
    body: string | null | undefined,
    attachments?: readonly AttachmentInput[] | null,
  ): Promise<TicketMessage>
  /** Reads the messages that these answer, in their order: null for one that answers none. The viewer got them from here. */
  repliedTo(
    viewer: Viewer,
    messages: readonly Pick<TicketMessage, 'replyToId'>[],
    wanted?: Wanted,
  ): Promise<readonly (TicketMessage | null)[]>
  /** Finds messages and subjects that the viewer may see by words that all occur, the latest first. */
  search(viewer: Viewer, search: TicketSearch): Promise<TicketSearchPage>
  /** Lets texts that an earlier version stored be found by `search`, in small steps. Done again, it does nothing. */
  indexEarlier(): Promise<void>
  /** Adds a reaction to a message, or takes one back, and publishes the message. What is so already changes nothing. */
  react(viewer: Viewer, messageId: string, emoji: string, isAdded: boolean): Promise<TicketMessage>
  /** Reads the earlier texts of each of these messages, the latest first. The viewer got them from here. Customers get none. */
  edits(viewer: Viewer, messages: readonly Pick<TicketMessage, 'id'>[]): Promise<readonly (readonly MessageEdit[])[]>
  /** Removes text, data and attachments of a message of the viewer's own; admins and backends may do so with any. Done again, it changes nothing. */
  remove(viewer: Viewer, id: string): Promise<TicketMessage>
  /** Moves the viewer's read mark forward, at most to the newest message. Publishes that to the viewer's devices, and to who follows reads. */
  markRead(viewer: Viewer, ticketId: string, upToNumber: number): Promise<Ticket>
  /**
   * Publishes that the viewer types, or has stopped, on one device. The device is what `input.deviceId` names, otherwise the socket
   * `connectionId`. That is undefined over HTTP, where begin and end may reach two nodes.
   */
  setTyping(viewer: Viewer, connectionId: string | undefined, input: TypingInput): Promise<TypingAnswer>
  /** Call it when a socket has closed. What it was typing ends at once. In the tickets that it joined, its user stays for the grace. */
  leaveAll(connectionId: string): void
  /** Log: each message, and again when it is edited or deleted. The viewer is in the ticket as long as the subscription lasts. */
  followMessages(
    viewer: Viewer,
    connectionId: string,
    ticketId: string,
    after: string | null | undefined,
    wanted?: Wanted,
  ): Promise<Description<TicketMessage>>
  /** State: the ticket, and again after each `upsert` that changed it, and of the viewer's mute where that is wanted. */
  followChanged(viewer: Viewer, ticketId: string, wanted?: Wanted): Promise<Description<Ticket>>
  /**
   * State: the activity of the viewer's tickets. First comes a snapshot that replaces all that was delivered before, the latest change
   * last. Then comes each ticket that enters the list, changes or leaves it. All that moves `updatedAt` is delivered, so that it completes
   * `list`.
   */
  followActivity(viewer: Viewer, filter: ActivityFilter): Promise<Description<TicketActivity>>
  /**
   * State: a list of tickets. First a snapshot that replaces all that was delivered before, and so again when something may have been missed;
   * then each ticket that enters the list, changes or leaves it, also on pages behind the first one. A ticket that left may be told of without
   * having been in the list. Throws BAD_USER_INPUT for a filter that is no good.
   */
  followList(viewer: Viewer, options: TicketListOptions, wanted?: WantedList): Promise<Description<TicketListUpdate>>
  /** State: the users in the ticket, then those who join and leave. Customers see customers only. */
  followPresence(viewer: Viewer, ticketId: string): Promise<Description<TicketPresence>>
  /** State: how far everybody has read the ticket, whole each time it has changed, at most about once a second. It does not join the ticket. */
  followReads(viewer: Viewer, ticketId: string): Promise<Description<TicketReads>>
  /** Signal: other users who type. */
  followTyping(viewer: Viewer, ticketId: string): Promise<Description<Typing>>
  /** Resolves to the audience of the ticket to which the viewer belongs. Throws NOT_FOUND. */
  requireAudience(viewer: Viewer, ticketId: string): Promise<Audience>
  /** Ends a subscription with FORBIDDEN when its viewer loses access. It is for `during` of a description. */
  guardAccess: GuardAccess
  /**
   * Erases a user from tickets, in steps, each a transaction of its own. `onStep` takes part in those that change tickets, and subscribers
   * get each of these. Resolves to how many messages lost their text and author.
   */
  erase(userId: string, onStep?: (tx: Tx) => Promise<void>): Promise<number>
  /** Deletes notes of lost tickets after `retention.removedDays`, and mutes that are over. Resolves to how many. */
  prune(): Promise<number>
  /** Stores what was noted and not stored yet: which messages have been delivered. Call it when no client is connected any more. */
  close(): Promise<void>
}

/** What `createTickets` needs: the mechanisms that it builds on, and its limits and times. */
export interface TicketsDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  readonly limits: Limits
  readonly typing: TypingTimes
  readonly retention: Retention
  readonly memberships: Memberships
  /** Tells the backend what nobody reads, and who is assigned. Undefined: there is no way to it. */
  readonly handOff?: TicketHandOff | undefined
  /** Whether a customer's message opens a resolved ticket again. Left out: it does. */
  readonly reopenResolved?: boolean | undefined
  /** How long a user stays in a ticket after their last connection was lost, in milliseconds. With 0 they leave at once. */
  readonly graceMs: number
  /** How many messages are read at a time of what a subscriber has missed. */
  readonly messagesPerRead?: number
}

/** Creates the feature of support tickets. */
export function createTickets({ typing: times, ...deps }: TicketsDeps): Tickets {
  const { storage, bus, clock, limits } = deps
  const guardAccess = createGuard({ storage, bus })
  const presence = createTicketPresence({ ...deps, max: limits.ticketViewers, guardAccess })
  const typing = createTypingLeases({ bus, clock, times, guardAccess })
  const followTyping = createFollowTyping({ clock, guardAccess })
  const followActivity = createFollowActivity(deps)
  const delivered = createDeliveredMarks(deps)
  const [pruneDepartures, pruneMutes] = [createPruneDepartures(deps), createPruneMutes(deps)]
  const spendOnTicket = createSpendOnTicket(limits, clock)

  const requireAudience = async (viewer: Viewer, ticketId: string): Promise<Audience> => {
    await storage.read((tx) => requireTicket(tx, viewer, ticketId))
    return audienceOf(viewer)
  }

  return {
    ...createListTickets(deps),
    ...createReadMarks(deps),
    ...createChangeMessage({ ...deps, spendOnTicket }),
    ...createClaims(deps),
    ...createMutes(deps),
    ...createDeleteTicket(deps),
    upsert: createUpsert(deps),
    messages: createConversation(deps),
    send: createSend({ ...deps, spendOnTicket }),
    search: createSearch(deps),
    indexEarlier: createIndexEarlier(deps),
    react: createReact({ ...deps, spendOnTicket }),
    repliedTo: createRepliedTo(deps),
    edits: createEdits(deps),
    setTyping: async (viewer, connectionId, input) => {
      requireVisibility(viewer, input.visibility)
      const ticket = await storage.read((tx) => requireTicket(tx, viewer, input.ticketId))
      // Stopping is always allowed.
      if (input.isTyping) requireOpen(ticket, viewer, 'type', input.visibility)
      return typing.set(viewer, connectionId, input)
    },
    leaveAll: (connectionId) => {
      typing.leave(connectionId)
      presence.leaveAll(connectionId)
    },
    followMessages: createFollowMessages({
      storage,
      guardAccess,
      join: presence.join,
      noteDelivered: delivered.note,
      pageSize: deps.messagesPerRead,
    }),
    followChanged: createFollowTicket({ storage, guardAccess }),
    followReads: createFollowReads({ storage, clock, guardAccess }),
    followActivity: async (viewer, filter) => followActivity(viewer, filter),
    followList: createFollowList(deps),
    followPresence: async (viewer, ticketId) =>
      presence.follow(viewer, ticketId, await requireAudience(viewer, ticketId)),
    followTyping: async (viewer, ticketId) => followTyping(viewer, ticketId, await requireAudience(viewer, ticketId)),
    requireAudience,
    guardAccess,
    erase: createErase({ ...deps, forgetDelivered: delivered.forget }),
    prune: async () => (await pruneDepartures()) + (await pruneMutes()),
    close: delivered.close,
  }
}
