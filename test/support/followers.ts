import { signTestToken } from './app.ts'
import { type Network, openProxy, type Target } from './proxy.ts'
import { openStockSocket, STOCK_CLIENTS } from './stock-clients.ts'

const NOTIFICATIONS = 'subscription { notificationAdded { id title } }'
const MESSAGES = 'subscription ($id: ID!) { ticketMessage(ticketId: $id) { id body } }'

/** What one client got of one subscription. Events are numbers from 0; what was sent to warm up is below. */
export interface Received {
  /** The numbers of events, in the order of their first arrival. */
  readonly numbers: number[]
  readonly seen: Set<number>
  repeats: number
}

/** An unmodified client that follows its user's notifications and ticket 42, behind a network of its own. */
export interface Follower {
  readonly name: string
  readonly proxy: Network
  readonly notifications: Received
  readonly messages: Received
  readonly errors: unknown[]
  /** How each of its sockets was closed that it had opened or tried to open. */
  readonly closeCodes: number[]
  connections: number
}

/** The user of a client, by its name among the stock clients. */
export function followerId(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-')
}

function newReceived(): Received {
  return { numbers: [], seen: new Set(), repeats: 0 }
}

function receive(received: Received, text: unknown): void {
  const number = Number(text)
  if (received.seen.has(number)) {
    if (number >= 0) received.repeats += 1
    return
  }
  received.seen.add(number)
  if (number >= 0) received.numbers.push(number)
}

/** Connects one of the stock clients. */
export async function openFollower(name: string, target: Target): Promise<Follower> {
  const proxy = await openProxy(target)
  const follower: Follower = {
    name,
    proxy,
    notifications: newReceived(),
    messages: newReceived(),
    errors: [],
    closeCodes: [],
    connections: 0,
  }
  const socket = openStockSocket(`ws://127.0.0.1:${proxy.port}/graphql`, await signTestToken(followerId(name)), {
    connected: () => {
      follower.connections += 1
    },
    closed: (event) => void follower.closeCodes.push((event as CloseEvent).code),
  })
  const { follow } = STOCK_CLIENTS[name]!(socket)
  const fail = (error: unknown): void => void follower.errors.push(error)
  follow(NOTIFICATIONS, {}, (data) => receive(follower.notifications, data['notificationAdded'].title), fail)
  follow(MESSAGES, { id: '42' }, (data) => receive(follower.messages, data['ticketMessage'].body), fail)
  return follower
}
