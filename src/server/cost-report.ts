import type { ExecutionResult } from 'graphql'
import { type Extensions, withExtensions } from '../delivery/sink.ts'
import type { Limits } from '../lib/limits.ts'
import type { Asked } from './asked.ts'

/** What `extensions.cost` of an answer says. */
export interface CostReport {
  /** What the operation costs. */
  readonly requested: number
  /** What one may cost. */
  readonly limit: number
  /** What the user can spend at once on further ones; null: this user has no budget. */
  readonly remaining: number | null
}

/** What the answer to an operation says of its cost; undefined when its client does not ask. */
export function costReportOf(
  { cost, wantsCost }: Asked,
  { operationCost }: Pick<Limits, 'operationCost'>,
  remaining: number | null,
): CostReport | undefined {
  return wantsCost ? { requested: cost, limit: operationCost, remaining } : undefined
}

/** The report as `extensions` of a result. */
export function costExtensions(cost: CostReport | undefined): Extensions | undefined {
  return cost && { cost }
}

/** Adds the report to a result. */
export function reportCost(result: ExecutionResult, cost: CostReport | undefined): ExecutionResult {
  return withExtensions(result, costExtensions(cost))
}
