import { knownOr, property } from '../delivery/compile.ts'
import { hasNoEdits, type MessageEdit } from '../tickets/message-edits.ts'
import type { Ticket } from '../tickets/ticket.ts'
import { excerptOf, type TicketMessage } from '../tickets/ticket-message.ts'
import { batched } from './batched.ts'
import { requireViewer } from './context.ts'
import type {
  MutationResolvers,
  QueryResolvers,
  RequireFields,
  SubscriptionResolvers,
  SubscriptionSupportMessageArgs,
  SubscriptionTicketChangedArgs,
  SubscriptionTicketListArgs,
  SubscriptionTicketMessageArgs,
  SubscriptionTicketPresenceArgs,
  SubscriptionTicketReadsArgs,
  SubscriptionUserTypingArgs,
  TicketConnectionResolvers,
  TicketMessageResolvers,
  TicketResolvers,
} from './generated.ts'
import { subscription } from './subscription.ts'
import { wantedAt, wantedList, wantedOfItems, wantedPage, wantedTickets } from './wanted-fields.ts'

/** Resolvers for support tickets and their conversations. */
export const ticketResolvers = {
  Query: {
    ticket: (_root, { id }, context, info) => context.tickets.find(requireViewer(context), id, wantedAt(info)),
    tickets: (_root, paging, context, info) =>
      context.tickets.list(requireViewer(context), paging, wantedTickets(info)),
    searchTickets: (_root, search, context) => context.tickets.search(requireViewer(context), search),
  } satisfies QueryResolvers,
  Ticket: {
    participants: (ticket, _args, context, info) =>
      context.tickets.participants(requireViewer(context), ticket, wantedAt(info)),
    unread: knownOr(
      ({ unread }: Ticket) => unread,
      (ticket, _args, context) => context.tickets.unread(requireViewer(context), ticket),
    ),
    unreadCount: knownOr(
      ({ unread }: Ticket) => unread?.count,
      (ticket, _args, context) => context.tickets.unreadCount(requireViewer(context), ticket),
    ),
    lastReadNumber: knownOr(
      ({ lastReadNumber }: Ticket) => lastReadNumber,
      (ticket, _args, context) => context.tickets.lastReadNumber(requireViewer(context), ticket),
    ),
    lastMessage: knownOr(
      ({ lastMessage }: Ticket) => lastMessage,
      (ticket, _args, context, info) => context.tickets.lastMessage(requireViewer(context), ticket, wantedAt(info)),
    ),
    isMuted: batched(
      ({ mute }: Ticket) => mute?.isMuted,
      async (context, tickets) =>
        (await context.tickets.mutes(requireViewer(context), tickets)).map(({ isMuted }) => isMuted),
    ),
    mutedUntil: batched(
      ({ mute }: Ticket) => mute?.mutedUntil,
      async (context, tickets) =>
        (await context.tickets.mutes(requireViewer(context), tickets)).map(({ mutedUntil }) => mutedUntil),
    ),
    reads: (ticket, _args, context) => context.tickets.reads(requireViewer(context), ticket),
    messages: (ticket, paging, context, info) =>
      context.tickets.messages(requireViewer(context), ticket, paging, wantedPage(info)),
  } satisfies TicketResolvers,
  TicketConnection: {
    counts: (page, _args, context, info) => context.tickets.counts(page, wantedAt(info)),
  } satisfies TicketConnectionResolvers,
  TicketMessage: {
    replyTo: batched(
      ({ replyToId }: TicketMessage) => (replyToId === null ? null : undefined),
      (context, messages, wanted) => context.tickets.repliedTo(requireViewer(context), messages, wanted),
    ),
    edits: batched(
      (message: TicketMessage): readonly MessageEdit[] | undefined => (hasNoEdits(message) ? [] : undefined),
      (context, messages) => context.tickets.edits(requireViewer(context), messages),
    ),
    excerpt: property('body', excerptOf),
  } satisfies TicketMessageResolvers,
  Subscription: {
    ticketMessage: subscription(
      ({ tickets, connectionId }, viewer, { ticketId, after }: SubscriptionTicketMessageArgs, info) =>
        tickets.followMessages(viewer, connectionId, ticketId, after, wantedOfItems(info)),
    ),
    ticketChanged: subscription(({ tickets }, viewer, { ticketId }: SubscriptionTicketChangedArgs, info) =>
      tickets.followChanged(viewer, ticketId, wantedOfItems(info)),
    ),
    supportMessage: subscription(({ tickets }, viewer, filter: SubscriptionSupportMessageArgs) =>
      tickets.followActivity(viewer, filter),
    ),
    ticketList: subscription(({ tickets }, viewer, options: RequireFields<SubscriptionTicketListArgs, 'first'>, info) =>
      tickets.followList(viewer, options, wantedList(info)),
    ),
    ticketPresence: subscription(({ tickets }, viewer, { ticketId }: SubscriptionTicketPresenceArgs) =>
      tickets.followPresence(viewer, ticketId),
    ),
    ticketReads: subscription(({ tickets }, viewer, { ticketId }: SubscriptionTicketReadsArgs) =>
      tickets.followReads(viewer, ticketId),
    ),
    userTyping: subscription(({ tickets }, viewer, { ticketId }: SubscriptionUserTypingArgs) =>
      tickets.followTyping(viewer, ticketId),
    ),
  } satisfies SubscriptionResolvers,
  Mutation: {
    sendTicketMessage: (_root, { input }, context) => context.tickets.send(requireViewer(context), input),
    editTicketMessage: (_root, { id, body, attachments }, context) =>
      context.tickets.edit(requireViewer(context), id, body, attachments),
    addReaction: async (_root, { messageId, emoji }, context) => ({
      message: await context.tickets.react(requireViewer(context), messageId, emoji, true),
    }),
    removeReaction: async (_root, { messageId, emoji }, context) => ({
      message: await context.tickets.react(requireViewer(context), messageId, emoji, false),
    }),
    deleteTicketMessage: (_root, { id }, context) => context.tickets.remove(requireViewer(context), id),
    markTicketAsRead: (_root, { ticketId, upToNumber }, context) =>
      context.tickets.markRead(requireViewer(context), ticketId, upToNumber),
    setTyping: (_root, input, context) =>
      context.tickets.setTyping(requireViewer(context), context.isSocket ? context.connectionId : undefined, input),
    claimTicket: async (_root, { ticketId, expectedAssigneeId }, context) => ({
      ticket: await context.tickets.claim(requireViewer(context), ticketId, expectedAssigneeId),
    }),
    releaseTicket: async (_root, { ticketId }, context) => ({
      ticket: await context.tickets.release(requireViewer(context), ticketId),
    }),
    muteTicket: async (_root, { ticketId, until }, context) => ({
      ticket: await context.tickets.mute(requireViewer(context), ticketId, until ?? null),
    }),
    unmuteTicket: async (_root, { ticketId }, context) => ({
      ticket: await context.tickets.unmute(requireViewer(context), ticketId),
    }),
    deleteTicket: (_root, { id }, { tickets }) => tickets.delete(id),
    upsertTicket: (_root, { input }, { tickets }) => tickets.upsert(input),
  } satisfies MutationResolvers,
}
