import { createHash } from 'node:crypto'
import { AppError } from '../lib/errors.ts'
import { canonicalJson, type JsonValue } from '../lib/json.ts'
import type { Tx } from './storage.ts'

/** How long a key is remembered. */
export const IDEMPOTENCY_TTL_MS = 24 * 60 * 60 * 1000

export interface KeyedCommand {
  /** The name of the command: the same key may be used for different commands. */
  readonly command: string
  /** Undefined or null: the command has no key and always runs. */
  readonly key: string | null | undefined
  /** All that decides what the command does. */
  readonly input: unknown
  readonly now: number
}

/**
 * Runs a command once per key, in the transaction that also stores its result. A second call with the same input returns
 * the first result and `isDuplicate: true`; with other input it throws CONFLICT.
 */
export const once = async <Result extends JsonValue>(
  tx: Tx,
  { command, key, input, now }: KeyedCommand,
  run: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly isDuplicate: boolean }> => {
  if (key == null) return { result: await run(), isDuplicate: false }
  const hash = createHash('sha256').update(canonicalJson(input)).digest('base64url')
  await tx
    .deleteFrom('idempotency')
    .where('command', '=', command)
    .where('key', '=', key)
    .where('created_at', '<=', now - IDEMPOTENCY_TTL_MS)
    .execute()
  const claimed = await tx
    .insertInto('idempotency')
    .values({ command, key, hash, result: '', created_at: now })
    .onConflict((conflict) => conflict.columns(['command', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst()
  if (!claimed) {
    const first = await tx
      .selectFrom('idempotency')
      .selectAll()
      .where('command', '=', command)
      .where('key', '=', key)
      .executeTakeFirstOrThrow()
    if (first.hash !== hash) throw new AppError('CONFLICT', 'This idempotencyKey was used with other input.')
    return { result: JSON.parse(first.result), isDuplicate: true }
  }
  const result = await run()
  await tx
    .updateTable('idempotency')
    .set({ result: JSON.stringify(result) })
    .where('command', '=', command)
    .where('key', '=', key)
    .execute()
  return { result, isDuplicate: false }
}

/** Forgets keys older than their 24 hours, at most `limit`; returns how many. */
export const forgetKeys = async (tx: Tx, now: number, limit: number): Promise<number> => {
  const old = tx
    .selectFrom('idempotency')
    .select(['command', 'key'])
    .where('created_at', '<=', now - IDEMPOTENCY_TTL_MS)
    .limit(limit)
  const { numDeletedRows } = await tx
    .deleteFrom('idempotency')
    .where(({ refTuple, eb }) => eb(refTuple('command', 'key'), 'in', old.$asTuple('command', 'key')))
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
