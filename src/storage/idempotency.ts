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

/** A command with a key, and what it will answer. */
export interface Claiming {
  readonly key: string
  /** All that decides what the command does. */
  readonly input: unknown
  readonly result: JsonValue
}

/** What a key says: run the command, or it ran already, or the key was used for something else. */
export type Claim = 'new' | 'conflict' | { readonly result: JsonValue }

const hashOf = (input: unknown): string => createHash('sha256').update(canonicalJson(input)).digest('base64url')

/** A key that was used with other input. */
export const keyConflict = (): AppError => new AppError('CONFLICT', 'This idempotencyKey was used with other input.')

/**
 * Claims the keys of commands of one name, in the transaction that runs those that are new, and stores what these answer. Of
 * several with the same key the first is new. Resolves to the claim of each, in their order.
 */
export const claimKeys = async (
  tx: Tx,
  command: string,
  claiming: readonly Claiming[],
  now: number,
): Promise<readonly Claim[]> => {
  if (claiming.length === 0) return []
  const rows = new Map<string, { readonly hash: string; readonly result: JsonValue }>()
  const claims = claiming.map(({ key, input, result }) => ({ key, hash: hashOf(input), result }))
  for (const { key, hash, result } of claims) if (!rows.has(key)) rows.set(key, { hash, result })
  const keys = [...rows.keys()].sort()
  await tx
    .deleteFrom('idempotency')
    .where('command', '=', command)
    .where('key', 'in', keys)
    .where('created_at', '<=', now - IDEMPOTENCY_TTL_MS)
    .execute()
  const values = keys.map((key) => {
    const { hash = '', result } = rows.get(key) ?? {}
    return { command, key, hash, result: JSON.stringify(result), created_at: now }
  })
  const claimed = await tx
    .insertInto('idempotency')
    .values(values)
    .onConflict((conflict) => conflict.columns(['command', 'key']).doNothing())
    .returning('key')
    .execute()
  const isNew = new Set(claimed.map(({ key }) => key))
  const used = keys.filter((key) => !isNew.has(key))
  const known = await readKeys(tx, command, used)
  return claims.map(({ key, hash }) => {
    // Only the first one with a new key runs.
    if (isNew.delete(key)) return 'new'
    const first = known.get(key) ?? rows.get(key)
    return first?.hash === hash ? { result: first.result } : 'conflict'
  })
}

const readKeys = async (tx: Tx, command: string, keys: readonly string[]) => {
  const rows =
    keys.length === 0
      ? []
      : await tx.selectFrom('idempotency').selectAll().where('command', '=', command).where('key', 'in', keys).execute()
  return new Map(rows.map(({ key, hash, result }) => [key, { hash, result: JSON.parse(result) as JsonValue }]))
}

/**
 * Runs a command once per key, in the transaction that also stores its result. A second call with the same input returns
 * the first result and `isDuplicate: true`; with other input it throws CONFLICT.
 */
export const once = async <Result extends JsonValue>(
  tx: Tx,
  { command, key, input, now }: KeyedCommand,
  /** What the command will answer. */
  result: Result,
  run: () => Promise<unknown>,
): Promise<{ readonly result: Result; readonly isDuplicate: boolean }> => {
  const [claim] = key == null ? ['new' as const] : await claimKeys(tx, command, [{ key, input, result }], now)
  if (claim === 'conflict') throw keyConflict()
  if (typeof claim === 'object') return { result: claim.result as Result, isDuplicate: true }
  await run()
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
