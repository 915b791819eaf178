import type { ExecutionResult } from 'graphql'
import type { Queued } from '../feed/follow.ts'
import { type SharedMessage, shareMessage } from './frame.ts'
import { logResult, type Resume } from './log-result.ts'

/** A result for all, which can be written for one alone. */
export interface Rendered {
  readonly shared: SharedMessage
  alone(resume: Resume): SharedMessage
}

/** Makes results of what a log delivers; each is executed once. */
export type Render = (deliveries: readonly Queued<unknown>[]) => Promise<Rendered[]>

/** `execute` never rejects. */
export const createRender =
  (execute: (item: unknown) => Promise<ExecutionResult>): Render =>
  (deliveries) =>
    Promise.all(
      deliveries.map(async ({ item, cursor }) => {
        const result = await execute(item)
        const alone = (resume: Resume): SharedMessage => shareMessage(JSON.stringify(logResult(result, cursor, resume)))
        return { shared: alone(null), alone }
      }),
    )
