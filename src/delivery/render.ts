import type { ExecutionResult } from 'graphql'
import type { Queued } from '../feed/follow.ts'
import type { Execute } from './execute.ts'
import { type SharedMessage, shareMessage } from './frame.ts'
import { logResult, type Resume } from './log-result.ts'
import { type Extensions, withExtensions } from './results.ts'

/** A result for all, which can be written for one alone. */
export interface Rendered {
  readonly shared: SharedMessage
  alone(resume: Resume, extensions?: Extensions): SharedMessage
}

const toRendered = (result: ExecutionResult, { cursor }: Queued<unknown>): Rendered => {
  const write = (resume: Resume, extensions?: Extensions): SharedMessage =>
    shareMessage(JSON.stringify(withExtensions(logResult(result, cursor, resume), extensions)))
  return { shared: write(null), alone: write }
}

/** Whether something has to be waited for. */
export const isPending = <Value>(value: Value | Promise<Value>): value is Promise<Value> => value instanceof Promise

/** Makes results of what a log delivers; each is executed once. At once, unless one of them has to be waited for. */
export const render = (
  execute: Execute,
  deliveries: readonly Queued<unknown>[],
): readonly Rendered[] | Promise<readonly Rendered[]> => {
  const pending = deliveries.map((delivery) => {
    const result = execute(delivery.item)
    return isPending(result) ? result.then((later) => toRendered(later, delivery)) : toRendered(result, delivery)
  })
  return pending.some(isPending) ? Promise.all(pending) : (pending as readonly Rendered[])
}
