import { createHash } from 'node:crypto'
import { AppError } from '../lib/errors.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { IDEMPOTENCY_TTL_MS } from '../storage/idempotency.ts'
import type { Receipts } from './executor.ts'

/** The SHA-256 of a text in 43 URL-safe characters, for keys in Redis that must not be long. */
export function digest(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** Receipts in Redis, one key for each command. They are kept for as long as the database remembers idempotency keys: a day. */
export function createRedisReceipts(client: RedisCommands, prefix: string): Receipts {
  const nameOf = (key: string): string => `${prefix}commands:done:${digest(key)}`
  return {
    has: async (key) => {
      try {
        return (await client.exists(nameOf(key))) === 1
      } catch (cause) {
        const reason = 'Redis does not answer whether this was executed before.'
        throw new AppError('SERVICE_UNAVAILABLE', reason, {}, { cause })
      }
    },
    add: async (key) => {
      await client.set(nameOf(key), '', 'PX', IDEMPOTENCY_TTL_MS)
    },
  }
}
