import { createHash } from 'node:crypto'
import { AppError } from '../lib/errors.ts'
import { canonicalJson, type JsonValue } from '../lib/json.ts'
import type { Tx } from './storage.ts'

/** How long an idempotency key is remembered, in milliseconds: 24 hours. */
export const IDEMPOTENCY_TTL_MS = 24 * 60 * 60 * 1000

/** A command, and the idempotency key under which it runs only once. */
export interface KeyedCommand {
  /** The name of the command, such as `announce`. The same key may be used for different commands. */
  readonly command: string
  /** Undefined or null: the command has no key and always runs. */
  readonly key: string | null | undefined
  /** Everything that decides what the command does, by its meaning: without nulls and defaults, and sorted where order means nothing. */
  readonly input: unknown
  readonly former?: FormerClaim | undefined
  readonly now: number
}

/**
 * The key and input that the version before would have stored for a command. So for 24 hours after an update Herald still knows the
 * commands that ran before it.
 */
export interface FormerClaim {
  readonly key: string
  readonly input: unknown
}

/** One of several commands with a key, and what it will answer. */
export interface Claiming {
  readonly key: string
  /** Everything that decides what the command does; see `KeyedCommand`. */
  readonly input: unknown
  readonly former?: FormerClaim | undefined
  readonly result: JsonValue
}

/**
 * What is known of a key. `new`: the command has to run. `conflict`: the key was used with other input. Otherwise the command ran already,
 * and this was its result.
 */
export type Claim = 'new' | 'conflict' | { readonly result: JsonValue }

function hashOf(input: unknown): string {
  return createHash('sha256').update(canonicalJson(input)).digest('base64url')
}

const BETWEEN = '\n'

/**
 * The key of a command by its id and the `source` that gave the id. It contains a line break, which a key that a caller chooses cannot. So
 * it differs from all of those, and no two pairs have the same key.
 */
export function commandKeyOf(source: string, id: string): string {
  return `${source}${BETWEEN}${id}`
}

/**
 * The key of a command that came without an id: the Redis stream that it came from, and its place there. The two line breaks keep it apart
 * from the keys that `commandKeyOf` makes.
 */
export function placeKeyOf(stream: string, place: string): string {
  return `${stream}${BETWEEN}${BETWEEN}${place}`
}

/** The key that the version before made of the same parts. It joined them with a space. */
export function formerKey(key: string): string {
  return key.replace(/\n+/, ' ')
}

/** The error CONFLICT for a key that was used before with other input. */
export function keyConflict(): AppError {
  return new AppError('CONFLICT', 'This idempotencyKey was used with other input.', { reason: 'KEY_REUSED' })
}

/**
 * Claims the keys of several commands with the same name, and stores what the new ones will answer. Runs in the transaction that also runs
 * the new commands. Of several with the same key only the first is `new`. Resolves to a claim for each, in their order.
 */
export async function claimKeys(
  tx: Tx,
  command: string,
  claiming: readonly Claiming[],
  now: number,
): Promise<readonly Claim[]> {
  if (claiming.length === 0) return []
  const formerly = await readFormer(tx, command, claiming, now)
  const rows = new Map<string, Kept>()
  const claims = claiming.map((claim) => ({ ...claim, hash: hashOf(claim.input), known: formerly(claim) }))
  for (const { key, hash, result, known } of claims) if (!known && !rows.has(key)) rows.set(key, { hash, result })
  const isNew = await insertKeys(tx, command, rows, now)
  const used = [...rows.keys()].filter((key) => !isNew.has(key))
  const kept = await readKeys(tx, command, used, now)
  return claims.map(({ key, hash, known: ran, former }) => {
    if (ran) return { result: ran.result }
    // Only the first command with a new key runs.
    if (isNew.delete(key)) return 'new'
    const first = kept.get(key) ?? rows.get(key)
    const isSame = first?.hash === hash || (former !== undefined && first?.hash === hashOf(former.input))
    return first && isSame ? { result: first.result } : 'conflict'
  })
}

/** Stores the keys that are not known, or are older than 24 hours. Resolves to those that it stored. */
async function insertKeys(tx: Tx, command: string, rows: ReadonlyMap<string, Kept>, now: number): Promise<Set<string>> {
  const keys = [...rows.keys()].sort()
  if (keys.length === 0) return new Set()
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
  return new Set(claimed.map(({ key }) => key))
}

/** What is stored of a command that ran. */
interface Kept {
  readonly hash: string
  readonly result: JsonValue
}

/**
 * Reads what is stored under the keys of the version before. The function that it resolves to finds the result of a command there; it
 * returns undefined when the command did not run under such a key.
 */
async function readFormer(tx: Tx, command: string, claiming: readonly Claiming[], now: number) {
  const keys = claiming.flatMap(({ key, former }) => (former && former.key !== key ? [former.key] : []))
  const known = await readKeys(tx, command, keys, now)
  return ({ key, former }: Claiming): Kept | undefined => {
    const kept = former && former.key !== key ? known.get(former.key) : undefined
    return kept && kept.hash === hashOf(former?.input) ? kept : undefined
  }
}

async function readKeys(
  tx: Tx,
  command: string,
  keys: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, Kept>> {
  const rows =
    keys.length === 0
      ? []
      : await tx
          .selectFrom('idempotency')
          .selectAll()
          .where('command', '=', command)
          .where('key', 'in', keys)
          .where('created_at', '>', now - IDEMPOTENCY_TTL_MS)
          .execute()
  return new Map(rows.map(({ key, hash, result }) => [key, { hash, result: JSON.parse(result) as JsonValue }]))
}

/**
 * Runs a command once per key, in the transaction that also stores its result. A second call with the same input resolves to the first
 * result and `isDuplicate: true`. With other input it throws CONFLICT. A command without a key always runs.
 */
export async function once<Result extends JsonValue>(
  tx: Tx,
  { command, key, input, former, now }: KeyedCommand,
  /** The result to store, which a later call with the same key resolves to. */
  result: Result,
  run: () => Promise<unknown>,
): Promise<{ readonly result: Result; readonly isDuplicate: boolean }> {
  const [claim] = key == null ? ['new' as const] : await claimKeys(tx, command, [{ key, input, former, result }], now)
  if (claim === 'conflict') throw keyConflict()
  if (typeof claim === 'object') return { result: claim.result as Result, isDuplicate: true }
  await run()
  return { result, isDuplicate: false }
}

/** Deletes keys that are older than 24 hours, at most `limit`. Resolves to how many. */
export async function forgetKeys(tx: Tx, now: number, limit: number): Promise<number> {
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
