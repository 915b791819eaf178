import type { ExecutionResult } from 'graphql'
import { type Extensions, withExtensions } from '../delivery/sink.ts'
import type { Limits } from '../lib/limits.ts'
import type { Asked } from './asked.ts'

/** The content of `extensions.cost` in an answer. */
export interface CostReport {
  /** The cost of the operation. */
  readonly requested: number
  /** The most that one operation may cost. */
  readonly limit: number
  /** How much cost the user can still spend at once; null: this user has no budget. */
  readonly remaining: number | null
}

/** The cost report for the answer to an operation; undefined when its client did not ask for it. */
export function costReportOf(
  { cost, wantsCost }: Asked,
  { operationCost }: Pick<Limits, 'operationCost'>,
  remaining: number | null,
): CostReport | undefined {
  return wantsCost ? { requested: cost, limit: operationCost, remaining } : undefined
}

/** A cost report as the `extensions` of a result; undefined without a report. */
export function costExtensions(cost: CostReport | undefined): Extensions | undefined {
  return cost && { cost }
}

/** Adds a cost report to the `extensions` of a result; without a report the result stays as it is. */
export function reportCost(result: ExecutionResult, cost: CostReport | undefined): ExecutionResult {
  return withExtensions(result, costExtensions(cost))
}
