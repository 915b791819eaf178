import { herald } from './herald.ts'
import type { Peer } from './peer.ts'
import { socketIo } from './socket-io.ts'
import { apollo, rawWs, yoga } from './stock.ts'

/** Herald first: the others are compared with it. */
export const PEERS: readonly Peer[] = [herald, yoga, apollo, socketIo, rawWs]

/** The peer with an id; throws when there is none. */
export function requirePeer(id: string): Peer {
  const peer = PEERS.find((other) => other.id === id)
  if (!peer) throw new Error(`No peer is called ${id}; there are ${PEERS.map((other) => other.id).join(', ')}.`)
  return peer
}
