import { agentExamples } from './agent-examples.ts'
import { backendExamples } from './backend-examples.ts'
import { customerExamples } from './customer-examples.ts'

/** The roles that the page has examples for. */
export type GraphiQLRole = 'customer' | 'agent' | 'backend'

/** The documents that the page shows first to each role, a tab each, so that pressing play does something. */
export const EXAMPLES: Readonly<Record<GraphiQLRole, readonly string[]>> = {
  customer: customerExamples,
  agent: agentExamples,
  backend: backendExamples,
}
