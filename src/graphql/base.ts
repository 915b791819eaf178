import type { Revoked } from '../auth/revocations.ts'
import { actorOf } from '../auth/viewer.ts'
import { property } from '../delivery/compile.ts'
import { requireViewer } from './context.ts'
import type { ActorResolvers, MutationResolvers, QueryResolvers, RevokePayload } from './generated.ts'

function revokePayload({ notBefore, closed }: Revoked): RevokePayload {
  return {
    issuedBefore: notBefore,
    closedConnections: closed,
  }
}

/** Resolvers for the viewer, the settings of this server, the revocation of tokens, and the erasure of users. */
export const baseResolvers = {
  Actor: {
    userId: property('id'),
  } satisfies ActorResolvers,
  Query: {
    me: (_root, _args, context) => actorOf(requireViewer(context)),
    realtimeConfig: (_root, _args, { typing, limits }) => ({
      typingResendMs: typing.resendMs,
      typingIdleStopMs: typing.idleStopMs,
      typingExpiryMs: typing.expiryMs,
      unreadCap: limits.unreadCap,
      ticketCountCap: limits.ticketCountCap,
      maxPageSize: limits.pageSize,
      maxPresenceIds: limits.presenceIds,
    }),
  } satisfies QueryResolvers,
  Mutation: {
    eraseUser: (_root, { userId }, context) => context.eraseUser(userId),
    revokeTokens: async (_root, { userId, issuedBefore }, { revoke }) =>
      revokePayload(await revoke.tokens(userId, issuedBefore)),
    revokeToken: async (_root, { jti, expiresAt }, { revoke }) => revokePayload(await revoke.token(jti, expiresAt)),
  } satisfies MutationResolvers,
}
