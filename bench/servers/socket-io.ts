import { createServer } from 'node:http'
import { createAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'
import { verifyUser } from './bearer.ts'
import { listen } from './measured.ts'

// The recipe of Socket.IO's documentation: a token in the handshake, a room per user and per ticket, the Redis adapter.

const redisUrl = process.env['REDIS_URL'] ?? ''
const server = createServer()
const io = new Server(server, { adapter: createAdapter(new Redis(redisUrl), new Redis(redisUrl)) })

io.use(async (socket, next) => {
  try {
    socket.data = { userId: await verifyUser(socket.handshake.auth['token']) }
    next()
  } catch {
    next(new Error('unauthorized'))
  }
})

io.on('connection', (socket) => {
  void socket.join(`user:${socket.data.userId}`)
  socket.on('join-ticket', (ticketId: string) => socket.join(`ticket:${ticketId}`))
})

listen(server)
