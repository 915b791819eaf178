import type { AnnounceInput, Json, NotifyInput } from './inputs.ts'

/** A client of the packages `ioredis` or `redis`, connected by you. */
export type RedisClient =
  | { call(command: string, ...args: string[]): Promise<unknown> }
  | { sendCommand(args: string[]): Promise<unknown> }

/** The Redis that Herald reads from. */
export interface HeraldRedis {
  readonly client: RedisClient
  /** `REDIS_PREFIX` of Herald. Default: `herald:`. */
  readonly prefix?: string
}

/** The data of the commands that are named here. Every other mutation for backends is a command, too: docs/backends.md lists them. */
export interface Commands {
  readonly notify: Omit<NotifyInput, 'idempotencyKey'>
  readonly announce: Omit<AnnounceInput, 'idempotencyKey'>
  readonly sendToUser: { readonly userId: string; readonly event: string; readonly data?: Json }
  readonly sendToMultipleUsers: { readonly userIds: readonly string[]; readonly event: string; readonly data?: Json }
  readonly sendToTicket: {
    readonly ticketId: string
    readonly event: string
    readonly data?: Json
    readonly excludeUserId?: string
  }
  readonly broadcast: { readonly event: string; readonly data?: Json; readonly excludeUserId?: string }
  readonly [type: string]: object
}

export interface CommandOptions {
  /** Makes sending again safe for 24 hours. Left out: a random one, so only what the Redis client repeats is safe. */
  readonly id?: string
  /** Within what the id is one, such as the address of the service that sends. */
  readonly source?: string
}

/** Sends commands through Redis. */
export interface CommandSender {
  /** Adds a command to the stream, where it waits while Herald is away. Resolves to the id of its entry once Redis has it. */
  enqueue<Type extends keyof Commands & string>(
    type: Type,
    data: Commands[Type],
    options?: CommandOptions,
  ): Promise<string>
  /** Publishes a command for now or never: it is lost when no Herald listens. */
  publish<Type extends keyof Commands & string>(
    type: Type,
    data: Commands[Type],
    options?: CommandOptions,
  ): Promise<void>
}

function send(client: RedisClient, command: string, ...args: string[]): Promise<unknown> {
  return 'call' in client ? client.call(command, ...args) : client.sendCommand([command, ...args])
}

/** Sends commands through this Redis. Throws when there is none. */
export function createCommandSender(redis: HeraldRedis | undefined): CommandSender {
  const clientOf = (): RedisClient => {
    if (redis) return redis.client
    throw new TypeError('createHeraldBackend was given no `redis`.')
  }
  const name = `${redis?.prefix ?? 'herald:'}commands`
  const write = (type: string, data: object, { id = crypto.randomUUID(), source }: CommandOptions = {}): string =>
    JSON.stringify({ type, id, ...(source !== undefined && { source }), data })
  return {
    enqueue: async (type, data, options) =>
      String(await send(clientOf(), 'XADD', name, '*', 'command', write(type, data, options))),
    publish: async (type, data, options) => {
      await send(clientOf(), 'PUBLISH', name, write(type, data, options))
    },
  }
}
