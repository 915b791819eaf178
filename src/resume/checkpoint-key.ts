import { createHash } from 'node:crypto'

/** Names a subscription across its sockets: a client that reconnects asks the same under the same operation id. */
export interface CheckpointKey {
  readonly userId: string
  /** Says everything, the user included, so that two users never share a checkpoint. */
  readonly hash: string
}

/** A subscription as its client asks for it. */
export interface AskedSubscription {
  readonly userId: string
  readonly operationId: string
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/** The key of a subscription; undefined when its id is not a UUID, since ids such as `1` are used again for something else. */
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
