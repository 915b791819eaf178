import { newEpoch } from '../lib/ids.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { createRunScript } from '../redis/redis-scripts.ts'
import { TAKE, TELL } from './redis-position-scripts.ts'

/** What nodes tell each other of the positions that several of them have. */
export interface Rivals {
  /** Names this node among them, for as long as its process lasts. */
  readonly node: string
  /** Asks another node for a sign of life of its clients under a key, soon. What is lost of that is a place that counts no longer. */
  tell(node: string, key: string): void
  /** The keys under which clients came to other nodes since this was asked for last, and how many milliseconds ago. */
  take(): Promise<readonly { readonly key: string; readonly ago: number }[]>
}

interface RivalsOptions {
  readonly client: RedisCommands
  /** Begins every key. */
  readonly prefix: string
  /** What the time is. Redis's own clock when left out. */
  readonly now?: () => number
}

/** A node that does not ask for this long has other troubles, in milliseconds. */
const KEPT_MS = 60_000

/** Takes a name for this node. */
export const openRivals = ({ client, prefix, now = () => 0 }: RivalsOptions): Rivals => {
  const node = newEpoch()
  const runAt = (of: string) =>
    createRunScript(client, [`${prefix}positions:told:${of}`], 'Who else has a subscription')
  const takeOwn = runAt(node)
  const due = new Map<string, string[]>()

  const tellAll = (): void => {
    for (const [of, keys] of due) runAt(of)(TELL, [now(), KEPT_MS, ...keys]).catch(() => {})
    due.clear()
  }

  return {
    node,
    tell: (of, key) => {
      if (due.size === 0) queueMicrotask(tellAll)
      const keys = due.get(of)
      if (keys) keys.push(key)
      else due.set(of, [key])
    },
    take: async () => {
      const told = (await takeOwn(TAKE, [now()])) as readonly string[]
      return told.map((one) => {
        const [key = '', ago] = one.split(' ')
        return { key, ago: Number(ago) }
      })
    },
  }
}
