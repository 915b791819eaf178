import { createServer } from 'node:http'
import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { verifyUser } from './bearer.ts'
import { listen } from './measured.ts'
import { createMessageSchema } from './message-schema.ts'

// The recipe of Apollo Server's documentation on subscriptions, without Express, which would only serve HTTP.

const schema = createMessageSchema()
const server = createServer()
const webSockets = new WebSocketServer({ server, path: '/graphql' })

useServer(
  {
    schema,
    onConnect: async ({ connectionParams, extra }) => {
      Object.assign(extra, { userId: await verifyUser(connectionParams?.['authorization']) })
    },
    context: ({ extra }) => ({ userId: (extra as { userId?: string }).userId }),
  },
  webSockets,
)

const apollo = new ApolloServer({ schema, plugins: [ApolloServerPluginDrainHttpServer({ httpServer: server })] })
await apollo.start()
listen(server)
