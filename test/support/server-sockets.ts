import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'

const CHANNEL = 'net.server.socket'

/** The server's ends of the connections to servers of this process that are opened from now on. */
export interface ServerSockets {
  /** The end of this client. */
  of(client: Socket): Socket
}

/** Watches until the test is over. */
export function watchServerSockets(): ServerSockets {
  const sockets = new Map<number, Socket>()
  const add = (message: unknown): void => {
    const { socket } = message as { socket: Socket }
    sockets.set(socket.remotePort ?? 0, socket)
  }
  subscribe(CHANNEL, add)
  onTestFinished(() => void unsubscribe(CHANNEL, add))
  return {
    of: ({ localPort = 0 }) => {
      const socket = sockets.get(localPort)
      if (!socket) throw new Error(`Nothing is connected from port ${localPort}`)
      return socket
    },
  }
}
