import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Memory of a server process after a full collection, in bytes. */
export interface Memory {
  readonly rss: number
  readonly heap: number
}

/** Tells the parent where the server listens, and answers each of its messages with the memory of this process. */
export function serveMemory(url: string): void {
  process.on('message', () => {
    globalThis.gc?.()
    globalThis.gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    process.send?.({ rss, heap: heapUsed } satisfies Memory)
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.({ url })
}

/** Listens on any free port of this machine, and serves measurements. */
export function listen(server: Server): void {
  // The default of 511 would refuse clients that all come at once.
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () =>
    serveMemory(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`),
  )
}
