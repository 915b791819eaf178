import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { explainListenError } from '../lib/listen-error.ts'

/** Checks that a port is free, and resolves to it; for 0 it resolves to any free port. Rejects with a StartError when it is not free. */
export async function findFreePort(host: string, port: number): Promise<number> {
  const server = createServer().listen(port, host)
  await once(server, 'listening').catch((error: unknown) => {
    throw explainListenError(error, { host, port })
  })
  const { port: found } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return found
}
