import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../lib/errors.ts'
import type { RedisCommands } from './redis-client.ts'

/** A Lua script, which Redis runs as one atomic step. */
export interface Script {
  readonly lua: string
}

/**
 * Reads a script from the `.lua` files of a folder, which are joined: `readScript(import.meta.dirname, 'lease', 'sync')` is `lease.lua`
 * followed by `sync.lua`. Comments on lines of their own become empty lines, so that less is sent with each run, and errors still name the
 * right lines. Throws when a file does not exist.
 */
export function readScript(folder: string, ...names: readonly string[]): Script {
  const texts = names.map((name) => readFileSync(join(folder, `${name}.lua`), 'utf8'))
  return { lua: texts.join('').replace(/^[ \t]*(--.*)?/gm, '') }
}

/** Runs a script with arguments. Resolves to the reply of Redis. Rejects with SERVICE_UNAVAILABLE when Redis does not answer. */
export type RunScript = (script: Script, args: readonly (string | number)[]) => Promise<unknown>

/**
 * Returns a function that runs scripts with `keys`. A Redis Cluster must have all of them on one server, as those with the same hash tag in
 * braces. `what` begins the error text, such as `Who is there`.
 *
 * A script that uses more keys than `keys` needs two in it: one that always exists, and one that never does. While a cluster moves keys to
 * another server, one after the other, it then runs no script until all have moved. So no script sees only some of them.
 *
 * Scripts run in the order of the calls, also when several are under way. That is why the text is sent with each call. A script that is
 * sent by its hash (EVALSHA), and that Redis has forgotten, would have to be sent again, after scripts that were sent meanwhile.
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
