import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { TimeLimiter } from '../lib/limiter.ts'
import { isPending } from '../lib/serial.ts'
import { resumeCursor } from './cursor.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import { type Description, type Entry, scopeKey } from './description.ts'
import { type Execute, operationKey, type SubscriptionArgs } from './execute.ts'
import { isInParts, type Message, shareMessage } from './message.ts'
import { type Extensions, withExtensions } from './sink.ts'

/** `extensions.resume` of a result of a log: `expired` when changes before it may have been missed. */
export type Resume = 'expired' | null

/** A result of a log, written for all subscribers of a group. */
export interface Rendered {
  /** The message for all subscribers. */
  readonly shared: Message
  /** Writes the result for one subscriber, with `extensions` of its own. */
  alone(resume: Resume, extensions: Extensions | undefined): Message
  /** The revision up to which a subscriber has everything once this is sent. */
  readonly revision: number
}

/** Where entries stand in their stream: `after` is the revision before the first one. */
export interface Whereabouts {
  readonly epoch: string
  readonly term: string
  readonly after: number
}

// `cursor` and `resume` are always there: urql merges extensions, so a missing key would keep its old value.
function write(result: ExecutionResult, cursor: string, resume: Resume, extensions?: Extensions): Message {
  const own = { ...result, extensions: { ...result.extensions, cursor, resume } }
  return shareMessage(JSON.stringify(withExtensions(own, extensions)), cursor)
}

/**
 * Makes a result of each entry of a log, with the cursor after it. Each entry is executed once. Returns a promise only when one of them has
 * to be waited for.
 */
export function render(
  execute: Execute,
  entries: readonly Entry<unknown>[],
  { epoch, term, after }: Whereabouts,
): readonly Rendered[] | Promise<readonly Rendered[]> {
  let passed = after
  const pending = entries.map(({ revision: own, item }, index) => {
    if (entries[index + 1]?.revision !== own) passed = own
    const revision = passed
    const cursor = resumeCursor(epoch, revision, term)
    const toRendered = (result: ExecutionResult): Rendered => ({
      shared: write(result, cursor, null),
      alone: (resume, extensions) => write(result, cursor, resume, extensions),
      revision,
    })
    const result = execute(item)
    return isPending(result) ? result.then(toRendered) : toRendered(result)
  })
  return pending.some(isPending) ? Promise.all(pending) : (pending as readonly Rendered[])
}

/**
 * Writes an item as a message. All subscriptions with the same operation key and scope share the message of an item. With `extensions` it
 * is written for one subscriber alone.
 */
export type WriteItem = (item: unknown, extensions?: Extensions) => Message | Promise<Message>

export interface WriteOnceOptions {
  readonly executeFor: (args: ExecutionArgs) => Execute
  /** Gives turns in which items are written, by their source. */
  readonly turns: TimeLimiter
  readonly stats: DeliveryStats
}

type Written = Map<string, ReturnType<WriteItem>>

function isObject(item: unknown): item is object {
  return typeof item === 'object' && item !== null
}

/**
 * Returns a function that makes the `WriteItem` of a state or signal subscription. Subscribers that receive one event get the same item
 * object. The first one has it executed and written, and the others reuse the message. It is forgotten together with the item.
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
