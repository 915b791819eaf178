import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Makes sure that nobody has this port, and says which one was got for 0. Rejects with EADDRINUSE. */
export const findFreePort = async (host: string, port: number): Promise<number> => {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  const { port: found } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return found
}
