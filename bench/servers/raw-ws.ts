import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { type WebSocket, WebSocketServer } from 'ws'
import { serveUsage } from './measured.ts'

// The least that a server on `ws` can do: one JSON.stringify per event, `ws.send` of the same string to each socket.
// No tokens, no GraphQL, nothing stored. A socket says `{ topic }` and gets what is published to it.

const topics = new Map<string, Set<WebSocket>>()
let number = 0

const frameOf = (body: string): string =>
  JSON.stringify({
    id: '00000000-0000-4000-8000-000000000000',
    type: 'next',
    payload: {
      data: {
        message: {
          id: crypto.randomUUID(),
          number: ++number,
          body,
          createdAt: new Date().toISOString(),
          author: { id: 'bench', role: 'BACKEND', name: 'Bench' },
        },
      },
    },
  })

const server = createServer(async (request, response) => {
  const { to, body } = (await json(request)) as { to: string[]; body: string }
  for (const topic of to) {
    const text = frameOf(body)
    for (const socket of topics.get(topic) ?? []) socket.send(text)
  }
  response.end('{}')
})

new WebSocketServer({ server, path: '/graphql' }).on('connection', (socket) => {
  socket.on('message', (data) => {
    const { topic } = JSON.parse(String(data)) as { topic: string }
    const members = topics.get(topic) ?? new Set()
    topics.set(topic, members.add(socket))
    socket.once('close', () => members.delete(socket))
    socket.send('{"type":"live"}')
  })
})

server.listen(0, '127.0.0.1', () => serveUsage(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`))
