import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ListenTarget } from '../lib/listen-error.ts'

/**
 * How many connections the kernel holds until they are accepted. After a restart all clients come back at once, and Node's default of 511
 * would turn most of them away.
 */
const BACKLOG = 4_096

/**
 * Begins to accept connections; resolves to the address. Rejects with Node's own error when the port cannot be had. On Linux workers share
 * the port (SO_REUSEPORT), and the kernel deals out the connections. Elsewhere node:cluster hands them out; a connection that is being
 * handed to a worker that dies hangs.
 */
export function startListening(
  server: Server,
  { host, port }: ListenTarget,
  isOneOfWorkers: boolean,
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, backlog: BACKLOG, reusePort: isOneOfWorkers && process.platform === 'linux' }, () => {
      server.off('error', reject)
      resolve(server.address() as AddressInfo)
    })
  })
}

/** The origin under which a server that listens at `host` is reached from this machine, such as `http://localhost:4000`. */
export function originOf(host: string, { port }: AddressInfo): string {
  // A server that listens on all addresses is reached from this machine as localhost.
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
