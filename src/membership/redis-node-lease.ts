import { newEpoch } from '../lib/ids.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { createRunScript, readScript, type Script } from '../redis/redis-scripts.ts'

/** What each script is told of the node that runs it. */
export interface NodeOfScripts {
  readonly client: RedisCommands
  /** Begins every key. */
  readonly base: string
  /** Milliseconds after which what the node holds has ended when it says nothing. */
  readonly leaseMs: number
  /** What the time is, or 0 for the clock of Redis. */
  readonly now: () => number
  /** What the node says of itself beside its id. */
  readonly about: () => object
  /** The kinds of rooms on the node, by name. */
  readonly kinds: () => object
  /** What the node wrote may be gone. It goes on under another name, and has told nothing under that yet. */
  readonly onLost: () => void
}

/** Runs a script as a node. Resolves to what it returns behind `step`; rejects with SERVICE_UNAVAILABLE when Redis does not answer. */
export type RunAsNode = (script: Script, args?: readonly (string | number)[]) => Promise<readonly unknown[]>

/** Reads a script of this folder. */
export function readNodeScript(name: string): Script {
  return readScript(import.meta.dirname, 'lease', name)
}

/**
 * Makes the lease of a node in Redis, which every script renews (`lease.lua`). Redis numbers the scripts of a node, and each brings the
 * last number that the node was told. A number that does not go on from there, and a lease that ran out, say that writes were lost,
 * comings and goings alike. Then the node takes another name: what Redis still has under the old one ends, as if a node had died.
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
    // A node that was never answered has nothing to lose, and scripts under way together find the same loss.
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
