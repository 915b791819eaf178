import { inTurns } from '../lib/chunks.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'

/** What is done with an open connection: a WebSocket, a stream over HTTP, or the reservation of one. */
export interface Lifecycle<Connection> {
  /** Called about once a second for each connection. */
  heartbeat(connection: Connection, now: number): void
  /** Ends the connection if a token that was used on it is revoked; returns whether it did. */
  recheck(connection: Connection): boolean
  /** Asks the client to connect to another node. */
  drain(connection: Connection): void
  /** Ends the connection at once. */
  terminate(connection: Connection): void
}

/** All open connections of this node. */
export interface Connections {
  /** Adds a connection, and runs its lifecycle until it is removed. During a drain it is asked to go at once. */
  add<Connection extends object>(connection: Connection, lifecycle: Lifecycle<Connection>): void
  /** Removes a connection that is closed. Removing twice does nothing. */
  remove(connection: object): void
  readonly size: number
  /** Ends all connections that used a revoked token, in steps. Resolves to how many were ended. */
  recheck(): Promise<number>
  /**
   * Asks all connections to go, at random moments within `ms` milliseconds, and terminates the remaining ones a second later. Connections
   * that are added meanwhile are asked at once. Resolves when none is left.
   */
  drain(ms: number): Promise<void>
}

/** How often each connection has its heartbeat, in milliseconds. Expired tokens and dead peers are found at most this much late. */
const PASS_MS = 1_000
/**
 * The connections are in so many parts, and one timer gives one part after another its heartbeats. So the event loop is free in between,
 * also with thousands of connections.
 */
const PARTS = 20
/** How long a client has to go after it was asked, in milliseconds. */
const GOODBYE_MS = 1_000

/** Some of the connections, each with its lifecycle. They have their heartbeats together. */
type Part = Map<object, Lifecycle<object>>

/** Returns the connections of a node; at first there are none. Heartbeats run until the drain is over. */
export function createConnections(clock: Clock, log: Log): Connections {
  // The parts in the order of their turns. A new connection joins the part that has just had its turn.
  const parts: Part[] = Array.from({ length: PARTS - 1 }, () => new Map())
  let part: Part = new Map()
  let size = 0
  let isDraining = false
  let whenEmpty: (() => void) | undefined

  const attempt = (connection: object, lifecycle: Lifecycle<object>, task: () => void): void => {
    try {
      task()
    } catch (err) {
      log.error({ err }, 'a connection could not be looked after')
      lifecycle.terminate(connection)
    }
  }

  let cancelPass: Cancel
  const pass = (): void => {
    cancelPass = clock.after(PASS_MS / PARTS, pass)
    const now = clock.now()
    parts.push(part)
    part = parts.shift() ?? part
    for (const [connection, lifecycle] of part)
      attempt(connection, lifecycle, () => lifecycle.heartbeat(connection, now))
  }
  cancelPass = clock.after(PASS_MS / PARTS, pass)

  const allParts = (): readonly Part[] => [...parts, part]
  const all = () => allParts().flatMap((some) => [...some])

  const empty = (): Promise<void> =>
    new Promise((resolve) => {
      if (size === 0) resolve()
      else whenEmpty = resolve
    })

  const drainLater = (connection: object, lifecycle: Lifecycle<object>, ms: number): Cancel => {
    const drain = (): void => {
      if (allParts().some((some) => some.has(connection)))
        attempt(connection, lifecycle, () => lifecycle.drain(connection))
    }
    if (ms > 0) return clock.after(Math.random() * ms, drain)
    drain()
    return () => {}
  }

  return {
    add: (connection, lifecycle) => {
      const known = lifecycle as Lifecycle<object>
      part.set(connection, known)
      size += 1
      // This connection was admitted just before the drain began.
      if (isDraining) attempt(connection, known, () => known.drain(connection))
    },
    remove: (connection) => {
      if (!allParts().some((some) => some.delete(connection))) return
      size -= 1
      if (size === 0) whenEmpty?.()
    },
    get size() {
      return size
    },
    recheck: async () => {
      let ended = 0
      await inTurns(allParts(), 1, ([some]) => {
        for (const [connection, lifecycle] of some ?? []) {
          attempt(connection, lifecycle, () => {
            if (lifecycle.recheck(connection)) ended += 1
          })
        }
      })
      return ended
    },
    drain: async (ms) => {
      isDraining = true
      // At random moments, since otherwise all clients would come back in the same second.
      const cancels = all().map(([connection, lifecycle]) => drainLater(connection, lifecycle, ms))
      const cancelEnd = clock.after(ms + GOODBYE_MS, () => {
        for (const [connection, lifecycle] of all()) lifecycle.terminate(connection)
      })
      await empty()
      cancelEnd()
      cancelPass()
      for (const cancel of cancels) cancel()
    },
  }
}
