import { actorOf } from '../auth/viewer.ts'
import { requireViewer } from './context.ts'
import type { MutationResolvers, QueryResolvers } from './generated.ts'

/** Who is asking, what holds here, and erasure across all features. */
export const baseResolvers = {
  Query: {
    me: (_root, _args, context) => actorOf(requireViewer(context)),
    realtimeConfig: (_root, _args, { typing, limits }) => ({
      typingResendMs: typing.resendMs,
      typingIdleStopMs: typing.idleStopMs,
      typingExpiryMs: typing.expiryMs,
      unreadCap: limits.unreadCap,
      maxPageSize: limits.pageSize,
      maxPresenceIds: limits.presenceIds,
    }),
  } satisfies QueryResolvers,
  Mutation: {
    eraseUser: (_root, { userId }, context) => context.eraseUser(userId),
  } satisfies MutationResolvers,
}
