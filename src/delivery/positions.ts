import { createHash } from 'node:crypto'
import type { Tx } from '../storage/storage.ts'

/** Names a subscription across its sockets: a client that reconnects asks the same under the same operation id. */
export interface PositionKey {
  readonly userId: string
  /** Says everything, the user included, so that two users never share a position. */
  readonly hash: string
}

/** Where a lane stands, and which term wrote what in it. */
export interface LanePosition {
  readonly epoch: string
  readonly revision: number
  readonly terms: string
  /** Where a subscription begins that is not known, or cannot be continued; null: nowhere. When left out, where the lane stands. */
  readonly after?: number | null
}

/** Where a subscription begins. */
export interface Start {
  readonly revision: number
  /** It was known, but cannot be continued: it may have missed something. */
  readonly isExpired: boolean
  /** It expired only because its time was over: whether it has missed something is seen by reading on from here. */
  readonly overdueAt?: number
}

/** A position as it is kept. */
export interface StoredPosition {
  readonly key: string
  readonly userId: string
  readonly epoch: string
  /** The last term of the lane that was heard of. */
  readonly term: string
  /** Null: this subscription cannot be continued. */
  readonly revision: number | null
  readonly expiresAt: number
  /** Its client has answered a question, on this socket or an earlier one: when it is silent, it only cannot answer now. */
  readonly hasEchoed: boolean
  /** Several clients follow it under this key; the position is that of the slowest. */
  readonly isShared: boolean
}

/** A position that is held by a socket, or not stored yet. */
export interface PositionEntry extends StoredPosition {
  term: string
  revision: number | null
  expiresAt: number
  hasEchoed: boolean
  isShared: boolean
  /** Sockets that follow it: a new one can come before the old one is found dead, and two tabs can ask the same under one id. */
  holders: readonly HeldPosition[]
  /** How far those got that have gone, as long as they may come back; the first to be given up, and with the least, first. */
  gone: readonly Gone[]
  /** It is known where positions outlive their node. */
  isStored: boolean
}

/** The position of a subscription that has a socket; it does not expire. */
export interface HeldPosition {
  readonly start: Start
  readonly entry: PositionEntry
  /** What the client of this socket has acknowledged; null: it cannot be continued. */
  revision: number | null
  /** No other socket has taken the subscription up since its client was heard of last. */
  isProven: boolean
  /** When its client was last heard of, in milliseconds. */
  heardAt: number
  /** When it came; while it is not proven, since when it is doubted. */
  since: number
}

/** A client that has gone, and until when it can go on. */
export interface Gone {
  readonly revision: number | null
  readonly until: number
  /** When it was last certain that it was there. */
  readonly heardAt: number
}

/** Remembers how far each subscription got, so that it goes on there when its client comes back. */
export interface Positions {
  /**
   * Takes up a subscription to a lane: where it got to, or where the lane stands when it is new. When it resolves, the start is
   * stored. One that cannot be continued begins where the lane stands, and is not remembered as continuable before its
   * first acknowledgement, so that every attempt until then is told so.
   */
  begin(key: PositionKey, lane: LanePosition): Promise<HeldPosition>
  /** The client has everything up to this revision; null: it will not say, so that the subscription cannot be continued. */
  acknowledge(held: HeldPosition, revision: number | null): void
  /** The client of this socket was heard of. */
  hear(held: HeldPosition): void
  /**
   * The socket has gone: the position is kept for a while. `isDead`: it did not answer any more; then its client is the one that has
   * taken the subscription up meanwhile, if any has.
   */
  release(held: HeldPosition, isDead?: boolean): void
  /** The subscription is over for this client and will not come back; others under the same key keep their places. */
  forget(held: HeldPosition): void
  /** Stores what has been acknowledged so far. */
  store(): Promise<void>
  /** Forgets a user. */
  erase(tx: Tx, userId: string): Promise<void>
  /** Stores everything and ends. */
  close(): Promise<void>
}

/** A subscription as its client asks for it. */
export interface Question {
  readonly userId: string
  readonly operationId: string
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/** The key of a subscription; undefined when its id is not a UUID, since ids such as `1` are used again for something else. */
export const positionKey = ({
  userId,
  operationId,
  query,
  operationName = null,
  variables = null,
}: Question): PositionKey | undefined => {
  if (!UUID.test(operationId)) return undefined
  const hash = createHash('sha256').update(JSON.stringify([userId, operationId, query, operationName, variables]))
  return { userId, hash: hash.digest('base64url') }
}
