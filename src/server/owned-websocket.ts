import { WebSocket } from 'ws'

/** What is done with what happens on sockets: the same for all, each with an owner of its own. */
export interface SocketEvents<Owner> {
  message(owner: Owner, data: Buffer, isBinary: boolean): void
  /** The peer has answered a ping. */
  pong(owner: Owner): void
  /** It fails; ws has begun to close it. */
  error(owner: Owner, err: Error): void
  /** It is closed, and nothing more is told of it. */
  close(owner: Owner, code: number, reason: Buffer): void
}

/** A WebSocket that has an owner in the place of listeners. */
export type OwnedWebSocket<Owner> = WebSocket & {
  /** To be set before anything can happen on it: in the turn of the event loop in which it was opened. */
  owner: Owner | undefined
}

/** A class of `ws` to open sockets with. */
export type OwnedWebSocketClass<Owner> = typeof WebSocket & (new (...args: never[]) => OwnedWebSocket<Owner>)

/**
 * Makes the class of sockets that tell `events` what happens on them. Four listeners, with what they remember and the table that they
 * stand in, would be 600 bytes of each connection.
 */
export function createOwnedWebSocketClass<Owner>(events: SocketEvents<Owner>): OwnedWebSocketClass<Owner> {
  return class extends WebSocket {
    owner: Owner | undefined = undefined

    override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
      const { owner } = this
      if (owner === undefined) return super.emit(event, first, second)
      switch (event) {
        case 'message':
          events.message(owner, first as Buffer, second as boolean)
          return true
        case 'pong':
          events.pong(owner)
          return true
        case 'error':
          events.error(owner, first as Error)
          return true
        case 'close':
          events.close(owner, first as number, second as Buffer)
          return true
        default:
          return super.emit(event, first, second)
      }
    }
  }
}
