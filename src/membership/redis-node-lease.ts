import { newEpoch } from '../lib/ids.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { createRunScript, readScript, type Script } from '../redis/redis-scripts.ts'

/** The data of a node that each of its scripts is sent. */
export interface NodeOfScripts {
  readonly client: RedisCommands
  /** The beginning of every key in Redis. */
  readonly base: string
  /** Milliseconds after which the connections of a silent node count as lost. */
  readonly leaseMs: number
  /** The time in milliseconds since 1970, or 0 for the clock of Redis. */
  readonly now: () => number
  /** Data about the node beside its id, as JSON, such as when it started. */
  readonly about: () => object
  /** The kinds of rooms on the node, by name: `{ grace, max, groups }` of each. */
  readonly kinds: () => object
  /** Called when writes of the node may be lost. It goes on under another name, under which nothing is written yet. */
  readonly onLost: () => void
}

/**
 * Runs a script as this node. Resolves to what the script returns after `step`. Rejects with SERVICE_UNAVAILABLE when Redis does not
 * answer.
 */
export type RunAsNode = (script: Script, args?: readonly (string | number)[]) => Promise<readonly unknown[]>

/** Reads a script of this folder, with `lease.lua` in front of it. */
export function readNodeScript(name: string): Script {
  return readScript(import.meta.dirname, 'lease', name)
}

/**
 * The lease of a node in Redis, which every script renews (`lease.lua`). Redis numbers the scripts of a node, and the node sends the last
 * number that it has got. Writes may be lost when the number does not go on from there, or when the lease ran out. Then the node takes
 * another name. What Redis still has under the old name ends, as if a node had died.
 */
export function createNodeLease({ client, base, leaseMs, now, about, kinds, onLost }: NodeOfScripts) {
  const id = newEpoch()
  const run = createRunScript(client, [base, `${base}nodes`], 'Who is there')
  let losses = 0
  let former = ''
  let lease = { name: id, seen: 0 }

  const runAsNode: RunAsNode = async (script, args = []) => {
    const own = lease
    const { name, seen } = own
    const said = [JSON.stringify({ id, ...about() }), JSON.stringify(kinds())]
    const reply = await run(script, [name, leaseMs, now(), seen, former, ...said, ...args])
    const [step, ...rest] = reply as readonly [number, ...unknown[]]
    own.seen = Math.max(own.seen, Math.abs(step))
    // A node that has got no answer yet has written nothing. And of scripts under way together, only the first one counts the loss.
    if (step < 0 && seen > 0 && own === lease) {
      losses += 1
      former = name
      lease = { name: `${id}:${losses}`, seen: 0 }
      onLost()
    }
    return rest
  }
  return { id, run: runAsNode }
}
