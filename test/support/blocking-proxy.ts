import { createServer, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** What a proxy does with a WebSocket: hands it on, refuses it with a status, or takes it and says nothing. */
export type Upgrades = 'pass' | 'refuse' | 'swallow'

/** A proxy of HTTP that does not let WebSockets through, or does. */
export interface BlockingProxy {
  readonly url: string
  /** What is done with the next WebSockets. */
  upgrades: Upgrades
  /** Breaks all connections that there are, streams among them. */
  cut(): void
  /** Requests that are not answered to the end. */
  open(): number
}

/** Opens a proxy to a port of this machine; it is gone when the test is over. */
export async function openBlockingProxy(port: number, upgrades: Upgrades): Promise<BlockingProxy> {
  const sockets = new Set<Socket>()
  let open = 0
  const server = createServer((incoming, answer) => {
    const { method, url: path, headers } = incoming
    const passed = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
      response.on('error', () => answer.destroy())
    })
    passed.on('error', () => answer.destroy())
    open += 1
    answer.on('close', () => {
      open -= 1
      passed.destroy()
    })
    incoming.pipe(passed)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('upgrade', ({ method, url: path, rawHeaders }, socket, head) => {
    if (proxy.upgrades === 'swallow') return
    if (proxy.upgrades === 'refuse') {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
      return
    }
    const target = connect(port, '127.0.0.1', () => {
      const headers = Array.from(
        { length: rawHeaders.length / 2 },
        (_, n) => `${rawHeaders[2 * n]}: ${rawHeaders[2 * n + 1]}`,
      )
      target.write(`${method} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
      target.write(head)
      target.pipe(socket).pipe(target)
    })
    target.on('error', () => socket.destroy())
    target.on('close', () => socket.destroy())
    socket.on('close', () => target.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: BlockingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    upgrades,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    open: () => open,
  }
  onTestFinished(() => {
    server.close()
    proxy.cut()
  })
  return proxy
}
