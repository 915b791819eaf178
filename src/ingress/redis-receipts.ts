import { createHash } from 'node:crypto'
import { AppError } from '../lib/errors.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { IDEMPOTENCY_TTL_MS } from '../storage/idempotency.ts'
import type { Receipts } from './executor.ts'

/** A part of a key that has the same length whatever it stands for. */
export function digest(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** Receipts in Redis, one key each, for as long as the database remembers idempotency keys. */
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
