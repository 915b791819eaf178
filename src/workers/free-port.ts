import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { explainListenError } from '../lib/listen-error.ts'

/** Makes sure that nobody has this port, and says which one was got for 0. Rejects with a StartError when it cannot be had. */
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
