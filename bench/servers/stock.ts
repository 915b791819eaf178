import { setMaxListeners } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionArgs } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { createPubSub, createSchema, createYoga } from 'graphql-yoga'
import { jwtVerify } from 'jose'
import { WebSocketServer } from 'ws'
import { serveUsage } from './measured.ts'

// The recipe of the Yoga and graphql-ws documentation with in-process pub/sub: nothing is stored, nothing is limited.

interface Message {
  readonly id: string
  readonly number: number
  readonly body: string
  readonly createdAt: string
  readonly author: { readonly id: string; readonly role: string; readonly name: string }
}

// A thousand subscribers of one topic are what is measured, not a leak.
setMaxListeners(0)

const secret = new TextEncoder().encode(process.env['JWT_SECRET'])
const pubSub = createPubSub<{ [topic: string]: [Message] }>()
let number = 0

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type Author { id: ID! role: String! name: String }
    type Message { id: ID! number: Int! body: String createdAt: String! author: Author! }
    type Query { ok: Boolean }
    type Mutation { send(ticketId: ID!, body: String!): Boolean notify(userIds: [ID!]!, title: String!): Boolean }
    type Subscription { ticketMessage(ticketId: ID!): Message! notificationAdded: Message! }
  `,
  resolvers: {
    Mutation: {
      send: (_root, { ticketId, body }: { ticketId: string; body: string }) => {
        pubSub.publish(`ticket:${ticketId}`, messageOf(body))
        return true
      },
      notify: (_root, { userIds, title }: { userIds: string[]; title: string }) => {
        for (const userId of userIds) pubSub.publish(`user:${userId}`, messageOf(title))
        return true
      },
    },
    Subscription: {
      ticketMessage: {
        subscribe: (_root, { ticketId }: { ticketId: string }) => pubSub.subscribe(`ticket:${ticketId}`),
        resolve: (message: Message) => message,
      },
      notificationAdded: {
        subscribe: (_root, _args, { userId }: { userId: string }) => pubSub.subscribe(`user:${userId}`),
        resolve: (message: Message) => message,
      },
    },
  },
})

const messageOf = (body: string): Message => ({
  id: crypto.randomUUID(),
  number: ++number,
  body,
  createdAt: new Date().toISOString(),
  author: { id: 'bench', role: 'BACKEND', name: 'Bench' },
})

const yoga = createYoga({ schema, logging: false, context: ({ userId }: { userId?: string }) => ({ userId }) })
const server = createServer(yoga)
const webSockets = new WebSocketServer({ server, path: '/graphql' })

useServer(
  {
    execute: (args: ExecutionArgs) => (args.rootValue as { execute(args: ExecutionArgs): never }).execute(args),
    subscribe: (args: ExecutionArgs) => (args.rootValue as { subscribe(args: ExecutionArgs): never }).subscribe(args),
    onConnect: async ({ connectionParams, extra }) => {
      const token = String(connectionParams?.['authorization']).replace('Bearer ', '')
      Object.assign(extra, { userId: (await jwtVerify(token, secret)).payload.sub })
    },
    onSubscribe: async ({ extra }, _id, params) => {
      const enveloped = yoga.getEnveloped({ ...(extra as object), req: extra.request, socket: extra.socket, params })
      const { schema, execute, subscribe, contextFactory, parse, validate } = enveloped
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      }
      const errors = validate(args.schema, args.document)
      return errors.length > 0 ? errors : args
    },
  },
  webSockets,
)

server.listen(0, '127.0.0.1', () => serveUsage(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`))
