import type { Viewer } from '../auth/viewer.ts'
import { createQuota } from '../lib/budget.ts'
import type { Counter } from '../lib/counter.ts'
import { AppError } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'

/** Somebody for whom bytes are held: a socket, or the streams of one connection. */
export interface Holder {
  /** Bytes of memory that its operations take now, about. */
  heldBytes: number
  /** The user with whose other holders it is counted together; undefined: by itself. */
  holdingUser: string | undefined
}

/** Counts the bytes of memory that operations take, for each connection and for each user over all of them. */
export interface HeldBytes {
  /** They are held from now on. Throws RATE_LIMITED when there are too many, and counts nothing then. */
  hold(holder: Holder, bytes: number): void
  /** They are held no more. */
  release(holder: Holder, bytes: number): void
  /**
   * What is held here is the viewer's, from now on and until all is released: the first one's, if there are several. That of backends is
   * counted by connection only. Throws as `hold` does.
   */
  assign(holder: Holder, viewer: Viewer): void
}

export interface HeldBytesOptions {
  readonly limits: Pick<Limits, 'socketBytes' | 'userBytes'>
  readonly rejects: Counter
}

/** What is under way is mostly over after so long. */
const RETRY_AFTER_MS = 1_000

/** Begins with nothing. */
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
