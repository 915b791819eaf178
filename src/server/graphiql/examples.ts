import { agentExamples } from './agent-examples.ts'
import { backendExamples } from './backend-examples.ts'
import { customerExamples } from './customer-examples.ts'

/** The roles for which the GraphiQL page has examples. */
export type GraphiQLRole = 'customer' | 'agent' | 'backend'

/** The example documents of the GraphiQL page for each role. Each has a tab, so that pressing play does something at once. */
export const EXAMPLES: Readonly<Record<GraphiQLRole, readonly string[]>> = {
  customer: customerExamples,
  agent: agentExamples,
  backend: backendExamples,
}
