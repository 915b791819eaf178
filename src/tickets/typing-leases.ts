import { type Actor, actorOf, type Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { TypingTimes } from '../lib/limits.ts'
import type { GuardAccess } from './access.ts'
import { AUDIENCES, type Visibility } from './audience.ts'
import { liveTopic } from './topics.ts'

interface Deps {
  readonly bus: Bus
  readonly clock: Clock
  readonly times: TypingTimes
  readonly guardAccess: GuardAccess
}

/** What one device says of its user. */
export interface TypingInput {
  readonly ticketId: string
  readonly isTyping: boolean
  readonly visibility: Visibility
}

/** What became of `setTyping`. */
export interface TypingAnswer {
  /** False when it came too soon after the last one, and was dropped. */
  readonly accepted: boolean
  /** While still typing, say it again after this many milliseconds. */
  readonly resendAfterMs: number
}

/**
 * Who types on the connections of this node. A lease ends by itself, and at once when its user loses access to the ticket; the
 * listeners are told of its end.
 */
export interface TypingLeases {
  set(viewer: Viewer, connectionId: string, input: TypingInput): TypingAnswer
  /** The socket closed: what it was typing ends at once. */
  leave(connectionId: string): void
}

interface Lease {
  /** When it was last passed on that the user types. */
  readonly toldAt: number
  /** Says that the user stopped; undefined when that was said. */
  readonly stop: (() => void) | undefined
  readonly cancelTimer: Cancel
  /** Ends the watch over the user's access; it lasts while the user types. */
  readonly unguard: Cancel
}

const keyOf = ({ ticketId, visibility }: TypingInput): string => `${visibility}:${ticketId}`

/**
 * Keeps a lease per connection, ticket and visibility, and passes on what each device says. Notes and messages are throttled
 * apart, so that writing a note changes nothing for customers.
 */
export const createTypingLeases = ({ bus, clock, times, guardAccess }: Deps): TypingLeases => {
  const connections = new Map<string, Map<string, Lease>>()

  const leasesOf = (connectionId: string): Map<string, Lease> => {
    const leases = connections.get(connectionId) ?? new Map<string, Lease>()
    connections.set(connectionId, leases)
    return leases
  }

  const forget = (connectionId: string, key: string): void => {
    const leases = connections.get(connectionId)
    leases?.delete(key)
    if (leases?.size === 0) connections.delete(connectionId)
  }

  const tell = (user: Actor, connectionId: string, { ticketId, isTyping, visibility }: TypingInput): void => {
    const expiresAt = clock.now() + (isTyping ? times.expiryMs : 0)
    const signal = {
      type: 'typing',
      connectionId,
      typing: { ticketId, user, isTyping, visibility, expiresAt },
    } as const
    for (const audience of AUDIENCES) {
      if (audience === 'staff' || visibility === 'PUBLIC') bus.publish(liveTopic(ticketId, audience), signal)
    }
  }

  const start = (viewer: Viewer, connectionId: string, input: TypingInput): TypingAnswer => {
    const leases = leasesOf(connectionId)
    const key = keyOf(input)
    const last = leases.get(key)
    const waitMs = last ? last.toldAt + times.throttleMs - clock.now() : 0
    if (waitMs > 0) return { accepted: false, resendAfterMs: waitMs }
    last?.cancelTimer()
    const stop = (): void => tell(actorOf(viewer), connectionId, { ...input, isTyping: false })
    const isGoingOn = last?.stop !== undefined
    const unguard = isGoingOn ? last.unguard : guardAccess(viewer, input.ticketId, () => end(connectionId, key))
    const cancelTimer = clock.after(times.expiryMs, () => {
      forget(connectionId, key)
      unguard()
      stop()
    })
    leases.set(key, { toldAt: clock.now(), stop, cancelTimer, unguard })
    tell(actorOf(viewer), connectionId, input)
    return { accepted: true, resendAfterMs: times.resendMs }
  }

  const end = (connectionId: string, key: string): void => {
    const leases = connections.get(connectionId)
    const lease = leases?.get(key)
    if (!leases || !lease?.stop) return
    lease.cancelTimer()
    lease.unguard()
    // Remembered for the throttle, or a client could pass it by stopping in between.
    const cancelTimer = clock.after(times.throttleMs, () => forget(connectionId, key))
    leases.set(key, { ...lease, stop: undefined, cancelTimer })
    lease.stop()
  }

  return {
    set: (viewer, connectionId, input) => {
      if (input.isTyping) return start(viewer, connectionId, input)
      end(connectionId, keyOf(input))
      return { accepted: true, resendAfterMs: times.resendMs }
    },
    leave: (connectionId) => {
      const leases = connections.get(connectionId)
      connections.delete(connectionId)
      for (const { stop, cancelTimer, unguard } of leases?.values() ?? []) {
        cancelTimer()
        unguard()
        stop?.()
      }
    },
  }
}
