import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import type { Stream } from './device.ts'
import { received, until } from './nodes.ts'

/** A rejected command, as it is found in Redis. */
export type Dead = Readonly<Record<string, string>>

/** A backend that sends commands to Redis, and looks at what became of them. */
export interface Sender {
  readonly redis: Redis
  readonly prefix: string
  /** By the stream; a string or bytes go as they are. Resolves to the id of the entry. */
  add(command: unknown): Promise<string>
  /** By the channel. */
  publish(command: unknown): Promise<void>
  dead(): Promise<readonly Dead[]>
  /** Resolves when the stream consumer has nothing left to do. */
  idle(): Promise<void>
}

function written(command: unknown): string | Buffer {
  return typeof command === 'string' || Buffer.isBuffer(command) ? command : JSON.stringify(command)
}

function toDead([id, fields]: readonly [string, readonly string[]]): Dead {
  return {
    id,
    ...Object.fromEntries(fields.flatMap((name, index) => (index % 2 === 0 ? [[name, fields[index + 1] ?? '']] : []))),
  }
}

/** Opens a sender; it is closed when the test is over. */
export function openSender({ url, prefix }: { readonly url: string; readonly prefix: string }): Sender {
  const redis = new Redis(url)
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  return {
    redis,
    prefix,
    add: async (command) => `${await redis.xadd(`${prefix}commands`, '*', 'command', written(command))}`,
    publish: async (command) => {
      await redis.publish(`${prefix}commands`, written(command))
    },
    dead: async () => (await redis.xrange(`${prefix}commands:dead`, '-', '+')).map(toDead),
    idle: () => until(async () => (await redis.xlen(`${prefix}commands`)) === 0),
  }
}

const WARM_UP = 'warm up'

/**
 * The names of the custom events of a stream that is surely live: `send` has sent it events until one arrived. Their name is not
 * among the names.
 */
export async function openEventNames(stream: Stream, send: (event: string) => Promise<unknown>) {
  await received(
    stream,
    () => send(WARM_UP),
    () => true,
  )
  return async (count: number): Promise<readonly string[]> => {
    const names: string[] = []
    while (names.length < count) {
      const { customEvent } = await stream.next()
      if (customEvent.name !== WARM_UP) names.push(customEvent.name)
    }
    return names
  }
}

/** A command that tells a user something, with a key of its own or without. */
export function notifyCommand(userId: string, title: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    type: 'notify',
    data: { userIds: [userId], notification: { type: 'test.command', title } },
    ...more,
  }
}

/** A command that sends a user a custom event. */
export function eventCommand(userId: string, event: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    type: 'sendToUser',
    data: { userId, event },
    ...more,
  }
}
