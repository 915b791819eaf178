import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { onTestFinished } from 'vitest'

/** A network between a client and a port of this machine, which fails on command. */
export interface Network {
  readonly port: number
  /** Both sides get a RST. */
  reset(): void
  /** Both sides get a FIN, and no close frame. */
  end(): void
  /** The client gets a RST, the server receives nothing any more and believes that all is well. */
  halfOpen(): void
  /** Nothing passes any more on the connections that there are, and nobody is told. */
  stall(): void
  /** Nothing passes any more, on new connections neither, and nobody is told. */
  silence(): void
  /** New connections pass again. Those of before stay silent. */
  speak(): void
  /** Both sides of all connections get a RST, and new ones are refused, until the returned function is called. */
  refuse(): Promise<() => Promise<void>>
  /** Connections of clients that are open. */
  open(): number
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/** A port, or what says for each connection which one. */
export type Target = number | (() => number)

/** Hands everything on so much later, and holds nothing else up meanwhile. */
function delayed(ms: number): Transform {
  return new Transform({
    transform(chunk, _, done) {
      setTimeout(() => this.push(chunk), ms)
      done()
    },
    flush: (done) => void setTimeout(done, ms),
  })
}

/** Opens a network to a port; it is gone when the test is over. What goes either way takes `delayMs`. */
export async function openProxy(target: Target, delayMs = 0): Promise<Network> {
  const pairs = new Set<Pair>()
  const lost: Socket[] = []

  let isSilent = false
  const clients = new Set<Socket>()

  const listener = createServer((client) => {
    clients.add(client)
    client.on('close', () => clients.delete(client))
    if (isSilent) {
      client.on('error', () => {})
      client.resume()
      lost.push(client)
      return
    }
    const server = connect(typeof target === 'number' ? target : target(), '127.0.0.1')
    const pair = { client, server }
    pairs.add(pair)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => to.destroy())
      from.on('close', () => {
        if (pairs.delete(pair)) to.destroy()
      })
      if (delayMs > 0) from.pipe(delayed(delayMs)).pipe(to)
      else from.pipe(to)
    }
  })
  const listen = (at: number): Promise<void> => new Promise((resolve) => listener.listen(at, '127.0.0.1', resolve))
  await listen(0)
  const { port } = listener.address() as AddressInfo

  const takeAll = (): Pair[] => {
    const all = [...pairs]
    pairs.clear()
    return all
  }
  const isolate = ({ client, server }: Pair): void => {
    for (const socket of [client, server]) {
      socket.unpipe()
      socket.removeAllListeners('close')
      socket.removeAllListeners('error')
      socket.on('error', () => {})
      socket.resume()
      lost.push(socket)
    }
  }
  onTestFinished(() => {
    listener.close()
    for (const { client, server } of takeAll()) for (const socket of [client, server]) socket.destroy()
    for (const socket of lost) socket.destroy()
  })

  const reset = (): void => {
    for (const { client, server } of takeAll()) for (const socket of [client, server]) socket.resetAndDestroy()
  }
  return {
    port,
    reset,
    end: () => {
      for (const { client, server } of takeAll()) for (const socket of [client, server]) socket.destroySoon()
    },
    halfOpen: () => {
      for (const pair of takeAll()) {
        isolate(pair)
        pair.client.resetAndDestroy()
      }
    },
    stall: () => {
      for (const { client, server } of pairs) for (const socket of [client, server]) socket.unpipe()
    },
    silence: () => {
      isSilent = true
      for (const pair of takeAll()) isolate(pair)
    },
    speak: () => {
      isSilent = false
    },
    refuse: async () => {
      listener.close()
      reset()
      return () => listen(port)
    },
    open: () => clients.size,
  }
}

/**
 * A port of this machine at which nobody listens. A free one will not do: the system may give it to somebody else meanwhile. This one it
 * gives to nobody who asks for any port.
 */
export const NOBODYS_PORT = 1

/** A port of this machine that is free now. */
export async function freePort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  await new Promise((resolve) => listener.close(resolve))
  return port
}
