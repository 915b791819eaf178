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
  /** A connection of its own, which subscribes. */
  readonly subscriber: RedisCommands
  readonly client: RedisCommands
  /** Begins the names of claims. */
  readonly prefix: string
  readonly channel: string
  /** Whether what is published there is for the database of this node. */
  readonly isOurs: () => boolean
  readonly executor: Executor
  readonly letters: DeadLetters
  readonly counter: Counter
  /** How many commands may be under way on this node. */
  readonly max: number
  /** How often it is tried whether the connection still is one, in milliseconds. */
  readonly canaryMs: number
  readonly clock: Clock
  readonly log: Log
}

/** Commands that are executed at once or never. */
export interface ChannelSubscriber {
  /** Receives nothing more; resolves when what was received is finished. */
  close(): Promise<void>
}

/** Nodes that receive a command later than this after the first would execute it again. */
const NAMED_CLAIM_MS = 60_000
/** Without an id, the same message again after this is another command. */
const UNNAMED_CLAIM_MS = 1_000

/**
 * Subscribes to the channel. Every node does; the one that wins the claim on a command executes it. What cannot be claimed is lost: that
 * is what makes it quick.
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
  // On each new connection, and again and again: where that did not arrive, the next one does. A connection that is none any more says
  // nothing to it either, and is replaced.
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
