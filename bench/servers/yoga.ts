import { createServer } from 'node:http'
import type { ExecutionArgs } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { createYoga } from 'graphql-yoga'
import { WebSocketServer } from 'ws'
import { verifyUser } from './bearer.ts'
import { listen } from './measured.ts'
import { type Context, createMessageSchema } from './message-schema.ts'

// The recipe of the Yoga and graphql-ws documentation: nothing is stored, nothing is limited.

const yoga = createYoga({
  schema: createMessageSchema(),
  logging: false,
  context: ({ userId }: Context) => ({ userId }),
})
const server = createServer(yoga)
const webSockets = new WebSocketServer({ server, path: '/graphql' })

useServer(
  {
    execute: (args: ExecutionArgs) => (args.rootValue as { execute(args: ExecutionArgs): never }).execute(args),
    subscribe: (args: ExecutionArgs) => (args.rootValue as { subscribe(args: ExecutionArgs): never }).subscribe(args),
    onConnect: async ({ connectionParams, extra }) => {
      Object.assign(extra, { userId: await verifyUser(connectionParams?.['authorization']) })
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

listen(server)
