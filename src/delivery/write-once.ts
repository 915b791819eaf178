import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { TimeLimiter } from '../lib/limiter.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import { type Description, scopeKey } from './description.ts'
import type { Execute } from './execute.ts'
import { isInParts, type Message, shareMessage } from './message.ts'
import { operationKey, type SubscriptionArgs } from './operation-key.ts'
import { isPending } from './render.ts'
import { type Extensions, withExtensions } from './sink.ts'

/**
 * Writes an item for somebody: once for all who get the same item and ask the same with the same rights, or with `extensions` for one
 * alone.
 */
export type WriteItem = (item: unknown, extensions?: Extensions) => Message | Promise<Message>

export interface WriteOnceOptions {
  readonly executeFor: (args: ExecutionArgs) => Execute
  /** Each item is written in a turn of its source. */
  readonly turns: TimeLimiter
  readonly stats: DeliveryStats
}

type Written = Map<string, ReturnType<WriteItem>>

function isObject(item: unknown): item is object {
  return typeof item === 'object' && item !== null
}

/**
 * Makes the writing of states and signals. All who receive one event get the same item, so whoever comes first has it executed
 * and written, and the others take that. It is forgotten with the item.
 */
export function createWriteOnce({ executeFor, turns, stats }: WriteOnceOptions) {
  const shared = new WeakMap<object, Written>()

  return ({ source, scope }: Pick<Description, 'source' | 'scope'>, args: SubscriptionArgs): WriteItem => {
    const key = JSON.stringify([operationKey(args), scopeKey(scope)])
    const execute = executeFor(args)

    const writeNow: WriteItem = (item, extensions) => {
      stats.rendered += 1
      const since = performance.now()
      const toMessage = (result: ExecutionResult): Message => {
        const message = shareMessage(JSON.stringify(withExtensions(result, extensions)))
        if (isInParts(message)) turns.began(since)
        return message
      }
      const result = execute(item)
      return isPending(result) ? result.then(toMessage) : toMessage(result)
    }

    const write: WriteItem = (item, extensions) => {
      const turn = turns.take(source)
      return turn ? turn.then(() => writeNow(item, extensions)) : writeNow(item, extensions)
    }

    return (item, extensions) => {
      if (extensions || !isObject(item)) return write(item, extensions)
      const written = shared.get(item) ?? (new Map() as Written)
      const known = written.get(key)
      if (known) return known
      const message = write(item)
      shared.set(item, written.set(key, message))
      return message
    }
  }
}
