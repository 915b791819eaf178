import { SignJWT } from 'jose'

/** The two ways in which events reach many: one ticket that all follow, or everyone's own notifications. */
export type Kind = 'ticket' | 'users'

/** A server under test, and how a client talks to it. */
export interface Peer {
  readonly name: string
  /** The module that is started, in `bench/servers/`. */
  readonly module: string
  readonly protocol: string
  /** What a client sends once connected, for client number `index`. */
  readonly hello: (kind: Kind, index: number) => Promise<readonly string[]>
  /** The field that counts up by one with each event of a client's stream. */
  readonly counter: (kind: Kind) => string
  /** The HTTP request that makes one event with this body for all `clients`. */
  readonly publish: (kind: Kind, body: string, clients: number) => unknown
}

/** Signs the tokens of all servers in a run. */
export const SECRET = 'a-secret-for-benchmarks-on-loopback-only'

const key = new TextEncoder().encode(SECRET)

/** A token as a product's backend would sign it. */
export const sign = (userId: string, role: string): Promise<string> =>
  new SignJWT({ role, name: 'Bench' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('1h')
    .sign(key)

const userId = (index: number): string => `user-${index}`
const userIds = (clients: number): string[] => Array.from({ length: clients }, (_, index) => userId(index))

const graphql = (query: (kind: Kind) => string) => async (kind: Kind, index: number) => [
  JSON.stringify({
    type: 'connection_init',
    payload: { authorization: `Bearer ${await sign(userId(index), kind === 'ticket' ? 'agent' : 'customer')}` },
  }),
  JSON.stringify({ id: crypto.randomUUID(), type: 'subscribe', payload: { query: query(kind) } }),
]

const AUTHOR = '{ id role name }'

const herald: Peer = {
  name: 'Herald',
  module: 'herald.ts',
  protocol: 'graphql-transport-ws',
  hello: graphql((kind) =>
    kind === 'ticket'
      ? `subscription { ticketMessage(ticketId: "t") { id number body createdAt author ${AUTHOR} } }`
      : `subscription { notificationAdded { id revision title createdAt actor ${AUTHOR} } }`,
  ),
  counter: (kind) => (kind === 'ticket' ? 'number' : 'revision'),
  publish: (kind, body, clients) =>
    kind === 'ticket'
      ? {
          query: 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { isDuplicate } }',
          variables: { input: { ticketId: 't', body } },
        }
      : {
          query: 'mutation ($input: NotifyInput!) { notify(input: $input) { recipients } }',
          variables: {
            input: {
              userIds: userIds(clients),
              notification: {
                type: 'bench.event',
                title: body,
                actor: { id: 'bench', role: 'BACKEND', name: 'Bench' },
              },
            },
          },
        },
}

const stock: Peer = {
  name: 'Yoga + graphql-ws',
  module: 'stock.ts',
  protocol: 'graphql-transport-ws',
  hello: graphql((kind) =>
    kind === 'ticket'
      ? `subscription { ticketMessage(ticketId: "t") { id number body createdAt author ${AUTHOR} } }`
      : `subscription { notificationAdded { id number body createdAt author ${AUTHOR} } }`,
  ),
  counter: () => 'number',
  publish: (kind, body, clients) =>
    kind === 'ticket'
      ? { query: 'mutation ($body: String!) { send(ticketId: "t", body: $body) }', variables: { body } }
      : {
          query: 'mutation ($userIds: [ID!]!, $title: String!) { notify(userIds: $userIds, title: $title) }',
          variables: { userIds: userIds(clients), title: body },
        },
}

const rawWs: Peer = {
  name: 'raw ws',
  module: 'raw-ws.ts',
  protocol: '',
  hello: async (kind, index) => [JSON.stringify({ topic: kind === 'ticket' ? 't' : userId(index) })],
  counter: () => 'number',
  publish: (kind, body, clients) => ({ to: kind === 'ticket' ? ['t'] : userIds(clients), body }),
}

/** Herald first; every figure is shown beside the others of the same run. */
export const PEERS: readonly Peer[] = [herald, stock, rawWs]
