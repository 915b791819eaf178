import { graphqlWs } from './graphql-ws.ts'
import { AUTHOR, type Peer, type Source, TICKET, userId } from './peer.ts'

const FIELDS = '{ id number body createdAt author { id role name } }'

/** Publishes as a resolver of the stock recipes does: the event as JSON, on a channel of its topic. */
const open: Peer['open'] = async (kind): Promise<Source> => ({
  event: (topic, { number, body }) => ({
    channel: kind === 'ticket' ? `ticket:${TICKET}` : `user:${userId(topic)}`,
    payload: JSON.stringify({
      id: crypto.randomUUID(),
      number,
      body,
      createdAt: new Date().toISOString(),
      author: AUTHOR,
    }),
  }),
})

const talk = graphqlWs((kind) =>
  kind === 'ticket'
    ? `subscription { ticketMessage(ticketId: "${TICKET}") ${FIELDS} }`
    : `subscription { notificationAdded ${FIELDS} }`,
)

/** The recipe of the documentation of GraphQL Yoga and graphql-ws, with graphql-redis-subscriptions. */
export const yoga: Peer = { ...talk, id: 'yoga', name: 'Yoga + graphql-ws', module: 'yoga.ts', stores: false, open }

/** The recipe of the documentation of Apollo Server, with graphql-redis-subscriptions. */
export const apollo: Peer = {
  ...talk,
  id: 'apollo',
  name: 'Apollo Server + graphql-ws',
  module: 'apollo.ts',
  stores: false,
  open,
}

/** A server on `ws` that sends one string to all: no GraphQL, no tokens. */
export const rawWs: Peer = {
  id: 'ws',
  name: 'raw ws',
  module: 'raw-ws.ts',
  path: '/',
  protocol: '',
  stores: false,
  greet: async (kind, index) => [
    {
      say: JSON.stringify({ topic: kind === 'ticket' ? `ticket:${TICKET}` : `user:${userId(index)}` }),
      receive: '"live"',
    },
  ],
  answer: () => undefined,
  open,
}
