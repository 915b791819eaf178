// Tells a user something, with Node.js and its standard library alone. With the package "redis":
//   await client.xAdd('herald:commands', '*', { command: JSON.stringify(command) })
//   await client.publish('herald:commands', JSON.stringify(command))
import { once } from 'node:events'
import { connect } from 'node:net'

const { REDIS_URL = 'redis://127.0.0.1:6379', REDIS_PREFIX = 'herald:', USER_ID = 'alice' } = process.env
const { hostname, port } = new URL(REDIS_URL)
const socket = connect(Number(port || 6379), hostname)

/** Sends one command in the protocol of Redis and returns its answer. */
const redis = async (...args) => {
  const parts = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`)
  socket.write(`*${args.length}\r\n${parts.join('')}`)
  const [answer] = await once(socket, 'data')
  if (answer.toString().startsWith('-')) throw new Error(answer.toString())
  return answer.toString().trim()
}

// In the stream it waits while Herald is away.
const notification = { type: 'billing.invoice.paid', title: 'Paid, says Node', data: { invoice: 4711 } }
const stored = { type: 'notify', id: 'node-invoice-4711-paid', data: { userIds: [USER_ID], notification } }
console.log(await redis('XADD', `${REDIS_PREFIX}commands`, '*', 'command', JSON.stringify(stored)))

// On the channel it is for now or never.
const signal = { type: 'sendToUser', data: { userId: USER_ID, event: 'invoice.paid', data: { from: 'Node' } } }
console.log(await redis('PUBLISH', `${REDIS_PREFIX}commands`, JSON.stringify(signal)))
socket.end()
