import { setMaxListeners } from 'node:events'
import type { GraphQLSchema } from 'graphql'
import { RedisPubSub } from 'graphql-redis-subscriptions'
import { createSchema } from 'graphql-yoga'
import { Redis } from 'ioredis'

/** Who is subscribed. */
export interface Context {
  readonly userId?: string
}

// A thousand subscribers of one topic are what is measured, not a leak.
setMaxListeners(0)

const redisUrl = process.env['REDIS_URL'] ?? ''

/** A schema as the documentation of graphql-redis-subscriptions has it: each subscription iterates over a topic of Redis. */
export function createMessageSchema(): GraphQLSchema {
  const pubSub = new RedisPubSub({ publisher: new Redis(redisUrl), subscriber: new Redis(redisUrl) })
  return createSchema<Context>({
    typeDefs: /* GraphQL */ `
      type Author { id: ID! role: String! name: String }
      type Message { id: ID! number: Int! body: String createdAt: String! author: Author! }
      type Query { ok: Boolean }
      type Subscription { ticketMessage(ticketId: ID!): Message! notificationAdded: Message! }
    `,
    resolvers: {
      Subscription: {
        ticketMessage: {
          subscribe: (_root, { ticketId }: { ticketId: string }) => pubSub.asyncIterator(`ticket:${ticketId}`),
          resolve: (message: unknown) => message,
        },
        notificationAdded: {
          subscribe: (_root, _args, { userId }) => pubSub.asyncIterator(`user:${userId}`),
          resolve: (message: unknown) => message,
        },
      },
    },
  })
}
