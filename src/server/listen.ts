import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ListenTarget } from '../lib/listen-error.ts'

/** Connections that the kernel holds until they are accepted. Everybody comes back at once after a restart; the default of 511 turns most away. */
const BACKLOG = 4_096

/**
 * Begins to accept connections; resolves to where. Rejects with the error of Node when the port cannot be had. PeerWorkers get their
 * connections from the kernel where it can share a port (SO_REUSEPORT). Elsewhere node:cluster hands them out, and what it was handing
 * to a process that dies hangs.
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

/** Under which origin a server that listens at `host` is reached from this machine, such as `http://localhost:4000`. */
export function originOf(host: string, { port }: AddressInfo): string {
  // What listens everywhere is reached here by the name of this machine.
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
