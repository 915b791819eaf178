import { requireViewer } from './context.ts'
import type {
  MutationResolvers,
  QueryResolvers,
  SubscriptionPresenceChangedArgs,
  SubscriptionResolvers,
} from './generated.ts'
import { subscription } from './subscription.ts'

/** Resolvers for presence: which users are online, and with how many connections. */
export const presenceResolvers = {
  Query: {
    isUserOnline: (_root, { userId }, { presence }) => presence.isOnline(userId),
    connectionCount: (_root, { userId }, context) => context.presence.connectionCount(requireViewer(context), userId),
    presence: (_root, { userIds }, context) => context.presence.presenceOf(requireViewer(context), userIds),
    totalConnections: (_root, _args, { presence }) => presence.totalConnections(),
    connectionStats: (_root, _args, { presence }) => presence.stats(),
  } satisfies QueryResolvers,
  Subscription: {
    presenceChanged: subscription(({ presence }, viewer, { userIds }: SubscriptionPresenceChangedArgs) =>
      presence.follow(viewer, userIds),
    ),
  } satisfies SubscriptionResolvers,
  Mutation: {
    disconnectUser: (_root, { userId, reason }, { presence }) => presence.disconnect(userId, reason),
  } satisfies MutationResolvers,
}
