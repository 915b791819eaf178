import { createServer } from 'node:http'
import { Redis } from 'ioredis'
import { type WebSocket, WebSocketServer } from 'ws'
import { listen } from './measured.ts'

// The least that a server on `ws` can do: an event of Redis is read and written as JSON once, and `ws.send` puts that string
// into each socket. No tokens, no GraphQL. A socket says `{ topic }` and gets what is published to it.

const redis = new Redis(process.env['REDIS_URL'] ?? '')
const topics = new Map<string, Set<WebSocket>>()

function frameOf(event: string): string {
  return JSON.stringify({
    id: '00000000-0000-4000-8000-000000000000',
    type: 'next',
    payload: { data: { message: JSON.parse(event) } },
  })
}

redis.on('message', (topic, event) => {
  const text = frameOf(event)
  for (const socket of topics.get(topic) ?? []) socket.send(text)
})

const server = createServer()

async function join(socket: WebSocket, topic: string): Promise<void> {
  const isNew = !topics.has(topic)
  const members = topics.get(topic) ?? new Set()
  topics.set(topic, members.add(socket))
  if (isNew) await redis.subscribe(topic)
  socket.once('close', () => members.delete(socket))
  socket.send('{"type":"live"}')
}

new WebSocketServer({ server }).on('connection', (socket) => {
  socket.on('message', (data) => void join(socket, JSON.parse(String(data)).topic))
})

listen(server)
