import type { ExecutionResult } from 'graphql'

/** What a result of a log says of the way in which its subscription began: `expired` when something before it was missed. */
export type Resume = 'expired' | null

/** A result of a log as it is sent. Its keys are always there: urql merges extensions, so a missing one would keep its old value. */
export const logResult = (
  result: ExecutionResult,
  cursor: string | undefined,
  resume: Resume = null,
): ExecutionResult => ({
  ...result,
  extensions: { ...result.extensions, cursor: cursor ?? null, resume },
})
