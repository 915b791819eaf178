import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../lib/errors.ts'
import type { RedisCommands } from './redis-client.ts'

/** A Lua script that Redis runs as one step. */
export interface Script {
  readonly lua: string
}

/** Names a script. */
export const script = (lua: string): Script => ({ lua })

/**
 * Reads a script from the `.lua` files of a folder, which are put one behind the other: `readScript(import.meta.dirname, 'lease', 'sync')`
 * is what `lease.lua` and then `sync.lua` say. Comments on lines of their own are left out of what Redis is sent with each run, but
 * not their lines, so that its errors name the right ones. Throws when a file is not there.
 */
export function readScript(folder: string, ...names: readonly string[]): Script {
  const texts = names.map((name) => readFileSync(join(folder, `${name}.lua`), 'utf8'))
  return { lua: texts.join('').replace(/^[ \t]*(--.*)?/gm, '') }
}

/**
 * Begins every script of a node: knows the time, renews the lease of the node in the sorted set `<base>nodes`, and numbers the
 * scripts of the node in `<base>steps:<node>`. In `step` is the number, negative when what the node kept may be gone: because its
 * lease ran out, or because Redis has forgotten scripts that it had answered, as after a failover. Takes ARGV 1 to 4: the
 * node, the lease in milliseconds, the time, or 0 for that of Redis, so that the clocks of the nodes need not agree, and the
 * last number that the node was told.
 */
export const LEASE_PRELUDE = `
local base, node = KEYS[1], ARGV[1]
local now = tonumber(ARGV[3])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local heldUntil = tonumber(redis.call('ZSCORE', base .. 'nodes', node) or '0')
redis.call('ZADD', base .. 'nodes', now + ARGV[2], node)
local step = redis.call('INCR', base .. 'steps:' .. node)
redis.call('PEXPIRE', base .. 'steps:' .. node, ARGV[2])
-- Whoever let the lease run out may have been taken for dead meanwhile.
if heldUntil <= now or step <= tonumber(ARGV[4]) then step = -step end
`

/** Runs scripts over some keys. Rejects with SERVICE_UNAVAILABLE when Redis does not answer. */
export type RunScript = (script: Script, args: readonly (string | number)[]) => Promise<unknown>

/**
 * Makes the running of scripts over `keys`, which a Redis Cluster keeps together, as all that have the same text in braces. `what` says
 * what is unknown while Redis is away.
 *
 * A script that reaches more keys than it names must name one that always exists and one that never does: a cluster that is moving
 * the keys, one after the other, to another server then runs no script until all of them are there, and none sees a half.
 *
 * Scripts run in the order in which they were asked for, those under way at the same time, too. So their text goes with each: one that is only
 * named, and that Redis has forgotten, would have to be sent again, behind those that were sent meanwhile.
 */
export const createRunScript =
  (client: RedisCommands, keys: readonly string[], what: string): RunScript =>
  async ({ lua }, args) => {
    try {
      return await client.eval(lua, keys.length, ...keys, ...args)
    } catch (cause) {
      throw new AppError('SERVICE_UNAVAILABLE', `${what} is not known, because Redis does not answer.`, {}, { cause })
    }
  }

/** The keys of scripts that begin with `LEASE_PRELUDE`. */
export const leaseKeys = (base: string): readonly string[] => [base, `${base}nodes`]

/** Who runs scripts: the first three arguments of `LEASE_PRELUDE`, and what the scripts of a feature take behind the fourth. */
export type LeaseIdentity = readonly [node: string, leaseMs: number, now: number, ...own: readonly (string | number)[]]

/** `createRunScript` for scripts that return `step` first; `onLost` is told when what this node kept may be gone. */
export const createRunLeased = (run: RunScript, identity: () => LeaseIdentity, onLost: () => void): RunLeased => {
  let seen = 0
  return async (script, args = []) => {
    const [node, leaseMs, now, ...own] = identity()
    const reply = await run(script, [node, leaseMs, now, seen, ...own, ...args])
    const [step, ...rest] = reply as readonly [number, ...unknown[]]
    seen = step > 0 ? Math.max(seen, step) : -step
    if (step < 0) onLost()
    return rest
  }
}

/** Runs a script as a node. Resolves to what it returns behind that. */
export type RunLeased = (script: Script, args?: readonly (string | number)[]) => Promise<readonly unknown[]>
