import type { Viewer } from '../auth/viewer.ts'
import { createQuota } from '../lib/budget.ts'
import type { Counter } from '../lib/counter.ts'
import { AppError } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'

/** A connection or request for which bytes of memory are counted. */
export interface Holder {
  /** Bytes of memory that its operations take now, about. */
  heldBytes: number
  /** The user for whom it is counted, together with other connections and requests. Undefined: it is counted by itself. */
  holdingUser: string | undefined
}

/** Counts the bytes of memory that operations take, for each connection and for each user over all of them. */
export interface HeldBytes {
  /** Counts bytes as held. Throws RATE_LIMITED when there are too many, and counts nothing then. */
  hold(holder: Holder, bytes: number): void
  /** Counts bytes as released. */
  release(holder: Holder, bytes: number): void
  /**
   * Counts what is held here for the user of this viewer, from now on and until all is released. With several viewers it is the first
   * one's. For backends there is no bound per user. Throws as `hold` does.
   */
  assign(holder: Holder, viewer: Viewer): void
}

export interface HeldBytesOptions {
  readonly limits: Pick<Limits, 'socketBytes' | 'userBytes'>
  readonly rejects: Counter
}

/** When a refused client may try again, in milliseconds: most of what is under way is over by then. */
const RETRY_AFTER_MS = 1_000

/** Returns the counting of memory on this node; at first nothing is held. */
export function createHeldBytes({ limits, rejects }: HeldBytesOptions): HeldBytes {
  const { socketBytes, userBytes } = limits
  const ofUsers = createQuota({
    max: userBytes,
    retryAfterMs: RETRY_AFTER_MS,
    message: `At most ${userBytes} bytes are held for the operations of a user, over all connections. End one first.`,
    advice: 'One user needs more? Raise MAX_USER_BYTES.',
    onRefused: () => rejects.add('bytes_per_user'),
  })

  const requireRoom = ({ heldBytes }: Holder, bytes: number): void => {
    if (heldBytes + bytes <= socketBytes) return
    rejects.add('bytes_per_socket')
    const message = `The operations of this connection take ${heldBytes} bytes, and at most ${socketBytes} are held for it. End one first.`
    const advice = 'A client that means it? Raise MAX_SOCKET_BYTES.'
    throw new AppError('RATE_LIMITED', message, { retryAfterMs: RETRY_AFTER_MS }, { advice })
  }

  return {
    hold: (holder, bytes) => {
      requireRoom(holder, bytes)
      if (holder.holdingUser !== undefined) ofUsers.enter(holder.holdingUser, bytes)
      holder.heldBytes += bytes
    },
    release: (holder, bytes) => {
      if (holder.holdingUser !== undefined) ofUsers.leave(holder.holdingUser, bytes)
      holder.heldBytes -= bytes
    },
    assign: (holder, { userId, role }) => {
      if (role === 'BACKEND' || holder.holdingUser !== undefined) return
      ofUsers.enter(userId, holder.heldBytes)
      holder.holdingUser = userId
    },
  }
}
