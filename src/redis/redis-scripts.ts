import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../lib/errors.ts'
import type { RedisCommands } from './redis-client.ts'

/** A Lua script that Redis runs as one step. */
export interface Script {
  readonly lua: string
}

/**
 * Reads a script from the `.lua` files of a folder, which are put one behind the other: `readScript(import.meta.dirname, 'lease', 'sync')`
 * is what `lease.lua` and then `sync.lua` say. Comments on lines of their own are left out of what Redis is sent with each run, but
 * not their lines, so that its errors name the right ones. Throws when a file is not there.
 */
export function readScript(folder: string, ...names: readonly string[]): Script {
  const texts = names.map((name) => readFileSync(join(folder, `${name}.lua`), 'utf8'))
  return { lua: texts.join('').replace(/^[ \t]*(--.*)?/gm, '') }
}

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
export function createRunScript(client: RedisCommands, keys: readonly string[], what: string): RunScript {
  return async ({ lua }, args) => {
    try {
      return await client.eval(lua, keys.length, ...keys, ...args)
    } catch (cause) {
      throw new AppError('SERVICE_UNAVAILABLE', `${what} is not known, because Redis does not answer.`, {}, { cause })
    }
  }
}
