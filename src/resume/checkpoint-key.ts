import { createHash } from 'node:crypto'

/** The key of a subscription, which stays the same when its client reconnects and sends the same operation with the same id. */
export interface CheckpointKey {
  readonly userId: string
  /** A hash of the user, the operation id, the document, the operation name and the variables. So two users never share a checkpoint. */
  readonly hash: string
}

/** A subscription as its client sends it. */
export interface AskedSubscription {
  readonly userId: string
  readonly operationId: string
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/** The key of a subscription. Undefined when its id is not a UUID, since clients use ids such as `1` again for other operations. */
export function checkpointKey({
  userId,
  operationId,
  query,
  operationName = null,
  variables = null,
}: AskedSubscription): CheckpointKey | undefined {
  if (!UUID.test(operationId)) return undefined
  const hash = createHash('sha256').update(JSON.stringify([userId, operationId, query, operationName, variables]))
  return { userId, hash: hash.digest('base64url') }
}
