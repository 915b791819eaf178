import type { Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import { newId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { createOnceAMinute } from '../lib/once-a-minute.ts'
import { pollEvery } from '../lib/poller.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import type { Executor } from './executor.ts'
import type { DeadLetters } from './redis-dead-letters.ts'
import { digest } from './redis-receipts.ts'
import { reportRejected } from './rejects.ts'

export interface ChannelSubscriberOptions {
  /** A connection that is used for subscribing only. */
  readonly subscriber: RedisCommands
  readonly client: RedisCommands
  /** The beginning of every key of a claim. */
  readonly prefix: string
  readonly channel: string
  /** Whether commands on the channel are for the database of this node. */
  readonly isOurs: () => boolean
  readonly executor: Executor
  readonly letters: DeadLetters
  readonly counter: Counter
  /** How many commands may be under way on this node. */
  readonly max: number
  /** How often the connection is tested, in milliseconds. */
  readonly canaryMs: number
  readonly clock: Clock
  readonly log: Log
}

/** Receives commands from a Redis channel. Each is executed at once or never. */
export interface ChannelSubscriber {
  /** Receives no more commands. Resolves when those that were received are finished. */
  close(): Promise<void>
}

/** How long a node's claim on a command with an id lasts, in milliseconds: all nodes should have received the command by then. */
const NAMED_CLAIM_MS = 60_000
/** How long a claim on a command without an id lasts, in milliseconds. The same message sent again later is another command. */
const UNNAMED_CLAIM_MS = 1_000

/**
 * Subscribes to the channel, and resolves when commands are received. Every node does so, and the node that wins the claim on a command
 * executes it. A command that no node can take is lost, which is the price for being quick. Rejects when Redis does not answer.
 */
export async function openChannelSubscriber(options: ChannelSubscriberOptions): Promise<ChannelSubscriber> {
  const { subscriber, client, prefix, channel, executor, letters, counter, max, isOurs, canaryMs, clock, log } = options
  const underWay = new Set<Promise<void>>()
  const once = createOnceAMinute(clock, log)

  const claim = async (read: ReturnType<Executor['read']>, message: Buffer): Promise<boolean> => {
    const key = 'key' in read && read.key !== undefined ? `${read.type} ${read.key}` : undefined
    const name = `${prefix}commands:claim:${digest(key ?? message)}`
    const ms = key === undefined ? UNNAMED_CLAIM_MS : NAMED_CLAIM_MS
    return (await client.set(name, '', 'PX', ms, 'NX')) === 'OK'
  }

  const take = async (message: Buffer): Promise<void> => {
    const read = executor.read(message)
    if (!(await claim(read, message))) return
    const outcome = await executor.execute(read, newId())
    if (outcome.is === 'executed') return
    const { type, id: entry } = executor.names(message)
    reportRejected(once, { ...outcome, from: 'channel', entry, type })
    await letters.add({ ...outcome, from: 'channel', entry, command: message })
  }

  const drop = (): void => {
    const advice = 'Send what must not be lost to the stream; MAX_QUICK_COMMANDS are taken at a time.'
    once.warn({ rule: 'dropped', detail: '', fields: { advice }, message: 'a command of the channel was dropped' })
    counter.add('dropped')
  }

  subscriber.on('messageBuffer', (_channel: Buffer, message: Buffer) => {
    // Another node may have room.
    if (!isOurs() || underWay.size >= max) return drop()
    const taking = take(message)
      .catch(drop)
      .finally(() => underWay.delete(taking))
    underWay.add(taking)
  })

  const listen = (): Promise<unknown> => subscriber.subscribe(channel)
  await listen()
  // Subscribes on each new connection, and again from time to time in case that was lost. A dead connection does not answer to it, and
  // is replaced.
  subscriber.on('ready', () => void listen().catch(() => {}))
  const stopAsking = pollEvery(clock, canaryMs, listen)

  return {
    close: async () => {
      stopAsking()
      subscriber.disconnect()
      await Promise.all(underWay)
    },
  }
}
