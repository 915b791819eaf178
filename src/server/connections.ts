import { inTurns } from '../lib/chunks.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'

/** What is done with something that stays open: a WebSocket or a stream over HTTP. */
export interface Lifecycle<Connection> {
  /** Runs about once a second. */
  heartbeat(connection: Connection, now: number): void
  /** Ends it if something that was used to open it is revoked; whether it did. */
  recheck(connection: Connection): boolean
  /** Asks the client to go elsewhere. */
  drain(connection: Connection): void
  /** Ends it without asking. */
  terminate(connection: Connection): void
}

/** All open connections of this node. */
export interface Connections {
  /** Looks after a connection until it is removed. */
  add<Connection extends object>(connection: Connection, lifecycle: Lifecycle<Connection>): void
  /** It is closed. Removing twice does nothing. */
  remove(connection: object): void
  readonly size: number
  /** Something was revoked: ends all that must end, in steps, and resolves to how many that were. */
  recheck(): Promise<number>
  /** Asks all to go, at random moments within `ms`, and terminates who has not gone a little later. Whoever comes, goes. */
  drain(ms: number): Promise<void>
}

/** How often each connection is looked after: tokens end and peers are found dead at most this much late. */
const PASS_MS = 1_000
/** One timer for all, which looks after so many parts of them in turn: nobody waits while thousands are looked at. */
const PARTS = 20
/** How long a client has to answer the request to go. */
const GOODBYE_MS = 1_000

/** Each with its lifecycle. */
type Part = Map<object, Lifecycle<object>>

/** Starts without any, and looks after them until drained. */
export function createConnections(clock: Clock, log: Log): Connections {
  // In the order of their turns; whoever comes joins the part that has just had its turn.
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
      // Let in just before the drain began, and opened just after.
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
      // Not all at once: everybody would come back in the same second.
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
