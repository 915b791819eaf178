import { type Actor, actorOf, type Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { TypingTimes } from '../lib/limits.ts'
import type { GuardAccess } from './access.ts'
import { AUDIENCES, type Visibility } from './audience.ts'
import { liveTopic } from './topics.ts'
import { deviceOf, type TypingDevice } from './typing-device.ts'

interface Deps {
  readonly bus: Bus
  readonly clock: Clock
  readonly times: TypingTimes
  readonly guardAccess: GuardAccess
}

/** What one device says of its user's typing. */
export interface TypingInput {
  readonly ticketId: string
  readonly isTyping: boolean
  readonly visibility: Visibility
  /** The name that the client gives to the device. */
  readonly deviceId?: string | null | undefined
}

/** The answer to `setTyping`: whether it was published, and when to send it again. */
export interface TypingAnswer {
  /** False when it was dropped, because it came too soon after the last one or too many devices of the user type. */
  readonly accepted: boolean
  /** While the user goes on typing, the client sends it again after this many milliseconds. */
  readonly resendAfterMs: number
}

/**
 * The devices that type, as far as this node knows. Each has a lease, which ends by itself, and at once when its user loses access to the
 * ticket. The end is published. The next request of a device may reach another node.
 */
export interface TypingLeases {
  /** Notes and publishes that a device types or has stopped. `connectionId` is the socket; undefined: a request over HTTP. */
  set(viewer: Viewer, connectionId: string | undefined, input: TypingInput): TypingAnswer
  /** Ends at once what a socket was typing. Call it when the socket has closed. */
  leave(connectionId: string): void
}

/** The lease of a device that types, or has just stopped, in a ticket. */
interface Lease {
  readonly user: Actor
  readonly input: TypingInput
  readonly device: TypingDevice
  readonly connectionId: string | undefined
  /** When it was last published that the user types, or has stopped. */
  readonly toldAt: number
  /** The name of the typing that was published then. Undefined once its end was published. */
  readonly turn: string | undefined
  readonly cancelTimer: Cancel
  /** Ends the guard of the user's access, which lasts while the user types. */
  readonly unguard: Cancel
}

/** The most named devices on which a user types at a time. Without a bound, names would be a way around the throttle. */
const MAX_NAMED = 20

function nothing(): void {}

function keyOf({ id }: Pick<Actor, 'id'>, { ticketId, visibility }: TypingInput): string {
  return JSON.stringify([id, visibility, ticketId])
}

/** Creates the store of leases, which finds them by user, ticket and visibility, and by socket. */
function createStore() {
  const all = new Map<string, Map<string, Lease>>()
  const byConnection = new Map<string, Set<Lease>>()

  const unlink = (lease: Lease | undefined): void => {
    const own = lease?.connectionId === undefined ? undefined : byConnection.get(lease.connectionId)
    if (!lease?.connectionId || !own?.delete(lease) || own.size > 0) return
    byConnection.delete(lease.connectionId)
  }

  return {
    get: (key: string, device: TypingDevice): Lease | undefined => all.get(key)?.get(device.key),
    named: (key: string): number =>
      [...(all.get(key)?.values() ?? [])].filter(({ device }) => device.isAnywhere).length,
    of: (connectionId: string): readonly Lease[] => [...(byConnection.get(connectionId) ?? [])],
    put: (key: string, lease: Lease): void => {
      const devices = all.get(key) ?? new Map<string, Lease>()
      unlink(devices.get(lease.device.key))
      all.set(key, devices.set(lease.device.key, lease))
      if (lease.connectionId === undefined) return
      byConnection.set(lease.connectionId, (byConnection.get(lease.connectionId) ?? new Set()).add(lease))
    },
    delete: (key: string, device: TypingDevice): void => {
      const devices = all.get(key)
      unlink(devices?.get(device.key))
      devices?.delete(device.key)
      if (devices?.size === 0) all.delete(key)
    },
  }
}

/**
 * Creates the function that publishes typing to the audiences which may see it. `turn` names what begins, or what alone ends; without it,
 * all ends that the device was typing.
 */
function createPublish(bus: Bus, clock: Clock, times: TypingTimes) {
  return (
    { user, device, input }: Pick<Lease, 'user' | 'device' | 'input'>,
    isTyping: boolean,
    turn?: string,
  ): void => {
    const { ticketId, visibility } = input
    const expiresAt = clock.now() + (isTyping ? times.expiryMs : 0)
    const typing = { ticketId, user, isTyping, visibility, expiresAt }
    const signal = { type: 'typing', connectionId: device.key, turn, typing } as const
    for (const audience of AUDIENCES) {
      if (audience === 'staff' || visibility === 'PUBLIC') bus.publish(liveTopic(ticketId, audience), signal)
    }
  }
}

/**
 * Creates the leases, one for each device, ticket and visibility. It publishes what each device says. Internal notes and messages are
 * throttled apart, so that writing a note changes nothing for customers.
 */
export function createTypingLeases({ bus, clock, times, guardAccess }: Deps): TypingLeases {
  const leases = createStore()
  const publish = createPublish(bus, clock, times)

  /** Keeps a lease that has ended for as long as the throttle, or a client could pass that by stopping in between. */
  const rest = (lease: Lease, toldAt: number): void => {
    const key = keyOf(lease.user, lease.input)
    const cancelTimer = clock.after(times.throttleMs, () => leases.delete(key, lease.device))
    leases.put(key, { ...lease, toldAt, turn: undefined, cancelTimer, unguard: nothing })
  }

  const end = (lease: Lease): void => {
    lease.cancelTimer()
    lease.unguard()
    rest(lease, lease.toldAt)
    publish(lease, false)
  }

  const start = (viewer: Viewer, device: TypingDevice, connectionId: string | undefined, input: TypingInput) => {
    const user = actorOf(viewer)
    const key = keyOf(user, input)
    const last = leases.get(key, device)
    const waitMs = last ? last.toldAt + times.throttleMs - clock.now() : 0
    if (waitMs > 0) return { accepted: false, resendAfterMs: waitMs }
    if (!last && device.isAnywhere && leases.named(key) >= MAX_NAMED) {
      return { accepted: false, resendAfterMs: times.throttleMs }
    }
    last?.cancelTimer()
    const turn = newId()
    const expire = (): void => {
      leases.delete(key, device)
      lease.unguard()
      // Another node may have published since that the device goes on.
      publish(lease, false, turn)
    }
    const lost = (): void => {
      const now = leases.get(key, device)
      if (now?.turn) end(now)
    }
    const unguard = last?.turn ? last.unguard : guardAccess(viewer, input.ticketId, lost)
    const cancelTimer = clock.after(times.expiryMs, expire)
    const lease: Lease = { user, input, device, connectionId, toldAt: clock.now(), turn, cancelTimer, unguard }
    leases.put(key, lease)
    publish(lease, true, turn)
    return { accepted: true, resendAfterMs: times.resendMs }
  }

  const stop = (viewer: Viewer, device: TypingDevice, input: TypingInput): TypingAnswer => {
    const user = actorOf(viewer)
    const lease = leases.get(keyOf(user, input), device)
    if (lease?.turn) end(lease)
    else if (!lease && device.isAnywhere) {
      // It may have begun on another node. That node need not learn of the end, since the subscribers do.
      const unknown = { user, device, input, connectionId: undefined, turn: undefined, cancelTimer: nothing }
      rest({ ...unknown, toldAt: clock.now(), unguard: nothing }, clock.now())
      publish(unknown, false)
    }
    return { accepted: true, resendAfterMs: times.resendMs }
  }

  return {
    set: (viewer, connectionId, input) => {
      const device = deviceOf(viewer, connectionId, input.deviceId)
      return input.isTyping ? start(viewer, device, connectionId, input) : stop(viewer, device, input)
    },
    leave: (connectionId) => {
      for (const lease of leases.of(connectionId)) {
        lease.cancelTimer()
        lease.unguard()
        leases.delete(keyOf(lease.user, lease.input), lease.device)
        if (lease.turn) publish(lease, false, lease.turn)
      }
    },
  }
}
