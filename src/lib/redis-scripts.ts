import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { AppError } from './errors.ts'

/** A Lua script that Redis runs as one step. */
export interface Script {
  readonly lua: string
  readonly sha: string
}

/** Names a script. */
export const script = (lua: string): Script => ({ lua, sha: createHash('sha1').update(lua).digest('hex') })

/** Runs scripts over keys that begin with `base`. Rejects with SERVICE_UNAVAILABLE when Redis does not answer. */
export type RunScript = (script: Script, args: readonly (string | number)[]) => Promise<unknown>

/**
 * Makes the running of scripts. All keys of `base` must have one hash tag, as `{live}`, so that a Redis Cluster keeps them
 * together. `what` says what is unknown while Redis is away.
 */
export const createRunScript =
  (client: Redis, base: string, what: string): RunScript =>
  async ({ lua, sha }, args) => {
    try {
      return await client.evalsha(sha, 1, base, ...args).catch((error: unknown) => {
        // Redis forgets scripts when it restarts.
        if (error instanceof Error && error.message.startsWith('NOSCRIPT')) return client.eval(lua, 1, base, ...args)
        throw error
      })
    } catch (cause) {
      throw new AppError('SERVICE_UNAVAILABLE', `${what} is not known, because Redis does not answer.`, {}, { cause })
    }
  }

/** `createRunScript` for scripts that return first whether the lease of this node held; `onLost` is told when it did not. */
export const createRunLeased =
  (run: RunScript, identity: () => readonly (string | number)[], onLost: () => void): RunLeased =>
  async (script, args = []) => {
    const [isKnown, ...rest] = (await run(script, [...identity(), ...args])) as readonly unknown[]
    if (isKnown === 0) onLost()
    return rest
  }

/** Runs a script as a node. Resolves to what it returns behind that. */
export type RunLeased = (script: Script, args?: readonly (string | number)[]) => Promise<readonly unknown[]>
