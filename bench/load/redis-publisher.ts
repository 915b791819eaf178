import { once } from 'node:events'
import { connect } from 'node:net'

/** A message for a channel of Redis. */
export interface Message {
  readonly channel: string
  readonly payload: string | Buffer
}

/** Publishes to Redis at the least cost: requests are written, answers thrown away. */
export interface RedisPublisher {
  /** Messages of one turn of the event loop leave in one write. */
  publish(message: Message): void
  close(): void
}

/** Connects; rejects when Redis cannot be reached. */
export async function openRedisPublisher(url: string): Promise<RedisPublisher> {
  const { hostname: host, port } = new URL(url)
  const socket = connect({ host, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  socket.on('error', (error) => {
    throw error
  })
  socket.resume()
  let isCorked = false

  const uncork = (): void => {
    isCorked = false
    socket.uncork()
  }

  return {
    publish: ({ channel, payload }) => {
      if (!isCorked) {
        isCorked = true
        socket.cork()
        process.nextTick(uncork)
      }
      const size = Buffer.byteLength(payload)
      socket.write(`*3\r\n$7\r\nPUBLISH\r\n$${Buffer.byteLength(channel)}\r\n${channel}\r\n$${size}\r\n`)
      socket.write(payload)
      socket.write('\r\n')
    },
    close: () => socket.destroy(),
  }
}
