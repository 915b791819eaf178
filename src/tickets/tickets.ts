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
import { type Audience, audienceOf } from './audience.ts'
import { createChangeMessage } from './change-message.ts'
import { requireOpen } from './closed-ticket.ts'
import { createConversation, type MessagePaging } from './conversation.ts'
import { createPruneDepartures } from './departures.ts'
import { createErase } from './erase-user.ts'
import { createFollowMessages } from './follow-messages.ts'
import { createFollowTicket } from './follow-ticket.ts'
import { createFollowTyping } from './follow-typing.ts'
import { createListTickets, type TicketPaging } from './list-tickets.ts'
import type { TicketPresence, Typing } from './live-events.ts'
import { requireVisibility, type SendInput } from './message-input.ts'
import { type CappedCount, createReadMarks } from './read-marks.ts'
import { createSend, type SendResult } from './send-message.ts'
import type { Participant, Ticket, TicketPage } from './ticket.ts'
import { createSpendOnTicket } from './ticket-budget.ts'
import type { UpsertTicketInput } from './ticket-input.ts'
import type { TicketMessage, TicketMessagePage } from './ticket-message.ts'
import { createTicketPresence } from './ticket-presence.ts'
import { createTypingLeases, type TypingAnswer, type TypingInput } from './typing-leases.ts'
import { createUpsert } from './upsert-ticket.ts'

/**
 * Support conversations. A ticket that is missing and one that the viewer may not see are NOT_FOUND in the same words. What
 * is followed ends with FORBIDDEN when its viewer is no longer a participant.
 */
export interface Tickets {
  /** Makes a ticket known or changes it; what is left out stays. Without a change nobody is told and no time moves. */
  upsert(input: UpsertTicketInput): Promise<Ticket>
  /** Null when there is none for the viewer. What is not wanted is not read, here and below. */
  find(viewer: Viewer, id: string, wanted?: Wanted): Promise<Ticket | null>
  /** The viewer's tickets, all of them for staff; the latest change first. */
  list(viewer: Viewer, paging: TicketPaging, wanted?: WantedPage): Promise<TicketPage>
  /** Of a ticket that the viewer got from here; their marks are in the viewer's numbering. */
  participants(viewer: Viewer, ticket: Pick<Ticket, 'id'>, wanted?: Wanted): Promise<readonly Participant[]>
  /** Of a ticket that the viewer got from here: messages of others after their mark, counted up to `limits.unreadCap`. */
  unread(viewer: Viewer, ticket: Pick<Ticket, 'id'>): Promise<CappedCount>
  /** The number in `unread`. */
  unreadCount(viewer: Viewer, ticket: Pick<Ticket, 'id'>): Promise<number>
  /** Of a ticket that the viewer got from here: a page of it, oldest first; the last 20 when no size is given. */
  messages(
    viewer: Viewer,
    ticket: Pick<Ticket, 'id'>,
    paging: MessagePaging,
    wanted?: WantedPage,
  ): Promise<TicketMessagePage>
  /**
   * Stores a message, then tells those who may see it. The same `clientMessageId` stores once. CONFLICT when that id was used
   * for another message, when the ticket is closed, and when `expectedNumber` shows that others wrote: `details.missed`, up to the cap.
   */
  send(viewer: Viewer, input: SendInput): Promise<SendResult>
  /** Changes the text of a message of the viewer's own; the same text changes nothing. CONFLICT when it was deleted. */
  edit(viewer: Viewer, id: string, body: string): Promise<TicketMessage>
  /** Takes text and data out of a message of the viewer's own, or of any for admins and backends. Once is enough. */
  remove(viewer: Viewer, id: string): Promise<TicketMessage>
  /** Moves the viewer's mark forward, at most to the newest message. Tells the viewer's devices. */
  markRead(viewer: Viewer, ticketId: string, upToNumber: number): Promise<Ticket>
  /**
   * Tells the others that the viewer types, or stopped, on the device that `input.deviceId` names, otherwise on the socket
   * `connectionId`; undefined: over HTTP, where begin and end may reach two nodes.
   */
  setTyping(viewer: Viewer, connectionId: string | undefined, input: TypingInput): Promise<TypingAnswer>
  /** The socket closed: what it was typing ends at once, and it has the grace to come back to the tickets that it joined. */
  leaveAll(connectionId: string): void
  /** Log: each message, and again when it is edited or deleted. Whoever iterates it is in the ticket. */
  followMessages(
    viewer: Viewer,
    connectionId: string,
    ticketId: string,
    after: string | null | undefined,
    wanted?: Wanted,
  ): Promise<Description<TicketMessage>>
  /** State: the ticket, and again after each `upsert` that changed it. */
  followChanged(viewer: Viewer, ticketId: string): Promise<Description<Ticket>>
  /**
   * State: the activity of the viewer's tickets. First a snapshot that replaces what was told before, the latest change last; then
   * each ticket that enters the list, changes or leaves it. What `updatedAt` moves for is told here, so that it completes `list`.
   */
  followActivity(viewer: Viewer, filter: ActivityFilter): Promise<Description<TicketActivity>>
  /** State: who is in the ticket, then who joins and leaves. Customers see customers only. */
  followPresence(viewer: Viewer, ticketId: string): Promise<Description<TicketPresence>>
  /** Signal: who else types. */
  followTyping(viewer: Viewer, ticketId: string): Promise<Description<Typing>>
  /** What the viewer reads of a ticket. Throws NOT_FOUND. */
  requireAudience(viewer: Viewer, ticketId: string): Promise<Audience>
  /** Ends a subscription with FORBIDDEN when its viewer loses access; for `during` of its description. */
  guardAccess: GuardAccess
  /**
   * The part of tickets in erasing a user, in steps, each a transaction of its own in which `onStep` takes part. Those who follow are told
   * with each. Returns how many messages lost their text and author.
   */
  erase(userId: string, onStep?: (tx: Tx) => Promise<void>): Promise<number>
  /** Forgets who lost which ticket after `retention.removedDays`; returns how many such notes there were. */
  prune(): Promise<number>
}

export interface TicketsDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  readonly limits: Limits
  readonly typing: TypingTimes
  readonly retention: Retention
  readonly memberships: Memberships
  /** Milliseconds that somebody stays in a ticket after their last connection was lost. With 0, they leave at once. */
  readonly graceMs: number
  /** Messages that are read at a time of what a follower has missed. */
  readonly messagesPerRead?: number
}

/** Makes support conversations over these mechanisms. */
export function createTickets({ typing: times, ...deps }: TicketsDeps): Tickets {
  const { storage, bus, clock, limits } = deps
  const guardAccess = createGuard({ storage, bus })
  const presence = createTicketPresence({ ...deps, max: limits.ticketViewers, guardAccess })
  const typing = createTypingLeases({ bus, clock, times, guardAccess })
  const followTyping = createFollowTyping({ clock, guardAccess })
  const followActivity = createFollowActivity(deps)
  const spendOnTicket = createSpendOnTicket(limits, clock)

  const requireAudience = async (viewer: Viewer, ticketId: string): Promise<Audience> => {
    await storage.read((tx) => requireTicket(tx, viewer, ticketId))
    return audienceOf(viewer)
  }

  return {
    ...createListTickets(deps),
    ...createReadMarks(deps),
    ...createChangeMessage({ ...deps, spendOnTicket }),
    upsert: createUpsert(deps),
    messages: createConversation(deps),
    send: createSend({ ...deps, spendOnTicket }),
    setTyping: async (viewer, connectionId, input) => {
      requireVisibility(viewer, input.visibility)
      const ticket = await storage.read((tx) => requireTicket(tx, viewer, input.ticketId))
      // Whoever stops may always say so.
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
      pageSize: deps.messagesPerRead,
    }),
    followChanged: createFollowTicket({ storage, guardAccess }),
    followActivity: async (viewer, filter) => followActivity(viewer, filter),
    followPresence: async (viewer, ticketId) =>
      presence.follow(viewer, ticketId, await requireAudience(viewer, ticketId)),
    followTyping: async (viewer, ticketId) => followTyping(viewer, ticketId, await requireAudience(viewer, ticketId)),
    requireAudience,
    guardAccess,
    erase: createErase(deps),
    prune: createPruneDepartures(deps),
  }
}
