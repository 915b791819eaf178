import type { ExecutionResult } from 'graphql'
import { resumeCursor } from './cursor.ts'
import type { Entry } from './description.ts'
import type { Execute } from './execute.ts'
import { type Message, shareMessage } from './message.ts'
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

/** Whether something has to be waited for. */
export function isPending<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return value instanceof Promise
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
