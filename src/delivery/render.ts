import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { TimeLimiter } from '../lib/limiter.ts'
import { isPending } from '../lib/serial.ts'
import { resumeCursor } from './cursor.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import { type Description, type Entry, scopeKey } from './description.ts'
import { type Execute, operationKey, type SubscriptionArgs } from './execute.ts'
import { isInParts, type Message, shareMessage } from './message.ts'
import { type Extensions, withExtensions } from './sink.ts'

/** What a result of a log says of the way in which its subscription began: `expired` when something before it was missed. */
export type Resume = 'expired' | null

/** A result of a log for all, which can be written for one alone. */
export interface Rendered {
  readonly shared: Message
  alone(resume: Resume, extensions: Extensions | undefined): Message
  /** Where the stream stands once this is sent. */
  readonly revision: number
}

/** Where changes are in their stream: they follow `after`. */
export interface Whereabouts {
  readonly epoch: string
  readonly term: string
  readonly after: number
}

// Its keys are always there: urql merges extensions, so a missing one would keep its old value.
function write(result: ExecutionResult, cursor: string, resume: Resume, extensions?: Extensions): Message {
  const own = { ...result, extensions: { ...result.extensions, cursor, resume } }
  return shareMessage(JSON.stringify(withExtensions(own, extensions)), cursor)
}

/**
 * Makes results of what a log says, with the cursor behind each; each is executed once. At once, unless one of them has to be waited for.
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
