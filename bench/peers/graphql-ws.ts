import { type Kind, type Peer, type Step, userId } from './peer.ts'
import { sign } from './tokens.ts'

type Talk = Pick<Peer, 'path' | 'protocol' | 'greet' | 'answer'>

const PING = '{"type":"ping"'

/** How a graphql-ws client talks: it says who it is, subscribes, and echoes pings with their payload. */
export function graphqlWs(query: (kind: Kind) => string): Talk {
  return {
    path: '/graphql',
    protocol: 'graphql-transport-ws',
    greet: async (kind, index): Promise<readonly Step[]> => {
      const token = await sign(userId(index), kind === 'ticket' ? 'agent' : 'customer')
      return [
        {
          say: JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }),
          receive: '"connection_ack"',
        },
        { say: JSON.stringify({ id: crypto.randomUUID(), type: 'subscribe', payload: { query: query(kind) } }) },
      ]
    },
    answer: (text) => (text.startsWith(PING) ? text.replace('"ping"', '"pong"') : undefined),
  }
}
