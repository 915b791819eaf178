import { agentExamples } from './agent-examples.ts'
import { backendExamples } from './backend-examples.ts'
import { customerExamples } from './customer-examples.ts'

/** The roles that the page has examples for. */
export type GraphiQLRole = 'customer' | 'agent' | 'backend'

/** A tab of the page. */
export interface Example {
  readonly query: string
  /** JSON, as it is written in the page. */
  readonly variables?: string
}

/** What the page shows first to each role, so that pressing play does something. */
export const EXAMPLES: Readonly<Record<GraphiQLRole, readonly Example[]>> = {
  customer: customerExamples,
  agent: agentExamples,
  backend: backendExamples,
}
