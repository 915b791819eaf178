import { LIMITS } from '../../src/lib/limits.ts'

/** Of limits that count over a time, or what somebody has at once. */
const BUDGET = /(PER_SECOND|PER_MINUTE|PER_USER|PER_SOCKET|ANONYMOUS_SOCKETS|ANONYMOUS_SOCKET_MS|OPERATION_COST)$/

/** Configuration with budgets that nobody exhausts, for tests that ask more than any client, and are about something else. */
export const NO_BUDGETS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(LIMITS).flatMap(({ key }) => (BUDGET.test(key) ? [[key, '1000000']] : [])),
)
