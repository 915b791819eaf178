import { requireViewer } from './context.ts'
import type { MutationResolvers, SubscriptionCustomEventArgs, SubscriptionResolvers } from './generated.ts'
import { subscription } from './subscription.ts'

/** Resolvers for custom events: those of the product, which Herald passes on and does not store. */
export const eventResolvers = {
  Subscription: {
    customEvent: subscription(({ events }, viewer, args: Partial<SubscriptionCustomEventArgs>) =>
      events.follow(viewer, args),
    ),
  } satisfies SubscriptionResolvers,
  Mutation: {
    sendToUser: (_root, { userId, ...outgoing }, { events }) => events.sendToUser(userId, outgoing),
    sendToMultipleUsers: (_root, { userIds, ...outgoing }, { events }) => events.sendToMultipleUsers(userIds, outgoing),
    sendToTicket: (_root, { ticketId, ...outgoing }, context) =>
      context.events.sendToTicket(requireViewer(context), ticketId, outgoing),
    broadcast: (_root, outgoing, { events }) => events.broadcast(outgoing),
  } satisfies MutationResolvers,
}
