import { pack } from '../load/message-pack.ts'
import { AUTHOR, type Peer, TICKET, userId } from './peer.ts'
import { sign } from './tokens.ts'

/** Packets of Engine.IO and Socket.IO, as they travel over a WebSocket. */
const OPEN = '0{'
const PING = '2'
const PONG = '3'
const CONNECT = '40'
const EVENT = '42'
/** The type of an event in a packet of the adapter. */
const EVENT_PACKET = 2

/** Socket.IO with the Redis adapter: a room per ticket and per user; events come in the format of its Redis emitter. */
export const socketIo: Peer = {
  id: 'socketio',
  name: 'Socket.IO + Redis adapter',
  module: 'socket-io.ts',
  path: '/socket.io/?EIO=4&transport=websocket',
  protocol: '',
  stores: false,
  greet: async (kind, index) => [
    { receive: OPEN },
    { say: `${CONNECT}${JSON.stringify({ token: await sign(userId(index), 'customer') })}`, receive: CONNECT },
    ...(kind === 'ticket' ? [{ say: `${EVENT}${JSON.stringify(['join-ticket', TICKET])}` }] : []),
  ],
  answer: (text) => (text === PING ? PONG : undefined),
  open: async (kind) => ({
    event: (topic, { number, body }) => {
      const room = kind === 'ticket' ? `ticket:${TICKET}` : `user:${userId(topic)}`
      const message = { id: crypto.randomUUID(), number, body, createdAt: new Date().toISOString(), author: AUTHOR }
      const packet = { type: EVENT_PACKET, data: ['message:new', message], nsp: '/' }
      const options = { rooms: [room], except: [], flags: {} }
      return { channel: `socket.io#/#${room}#`, payload: pack(['emitter', packet, options]) }
    },
  }),
}
