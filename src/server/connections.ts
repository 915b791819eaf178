import { inTurns } from '../lib/chunks.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'

/** How to care for something that stays open: a WebSocket or a stream over HTTP. */
export interface Care<Connection> {
  /** Runs about once a second. */
  beat(connection: Connection, now: number): void
  /** Ends it if something that was used to open it is revoked; whether it did. */
  recheck(connection: Connection): boolean
  /** Asks the client to go elsewhere. */
  drain(connection: Connection): void
  /** Ends it without asking. */
  terminate(connection: Connection): void
}

/** All open connections of this node. */
export interface Connections {
  /** Takes care of a connection until it is removed. */
  add<Connection extends object>(connection: Connection, care: Care<Connection>): void
  /** It is closed. Removing twice does nothing. */
  remove(connection: object): void
  readonly size: number
  /** Something was revoked: ends all that must end, in steps, and resolves to how many that were. */
  recheck(): Promise<number>
  /** Asks all to go, at random moments within `ms`, and terminates who has not gone a little later. Whoever comes, goes. */
  drain(ms: number): Promise<void>
}

/** How often each connection is cared for: tokens end and peers are found dead at most this much late. */
const BEAT_MS = 1_000
/** One timer for all, which cares for so many parts of them in turn: nobody waits while thousands are looked at. */
const PARTS = 20
/** How long a client has to answer the request to go. */
const GOODBYE_MS = 1_000

/** Each with how to care for it. */
type Part = Map<object, Care<object>>

/** Starts without any, and beats until drained. */
export function createConnections(clock: Clock, log: Log): Connections {
  // In the order of their turns; whoever comes joins the part that has just had its turn.
  const parts: Part[] = Array.from({ length: PARTS - 1 }, () => new Map())
  let part: Part = new Map()
  let size = 0
  let isDraining = false
  let whenEmpty: (() => void) | undefined

  const attempt = (connection: object, care: Care<object>, task: () => void): void => {
    try {
      task()
    } catch (err) {
      log.error({ err }, 'a connection could not be cared for')
      care.terminate(connection)
    }
  }

  let cancelBeat: Cancel
  const beat = (): void => {
    cancelBeat = clock.after(BEAT_MS / PARTS, beat)
    const now = clock.now()
    parts.push(part)
    part = parts.shift() ?? part
    for (const [connection, care] of part) attempt(connection, care, () => care.beat(connection, now))
  }
  cancelBeat = clock.after(BEAT_MS / PARTS, beat)

  const allParts = (): readonly Part[] => [...parts, part]
  const all = () => allParts().flatMap((some) => [...some])

  const empty = (): Promise<void> =>
    new Promise((resolve) => {
      if (size === 0) resolve()
      else whenEmpty = resolve
    })

  const drainLater = (connection: object, care: Care<object>, ms: number): Cancel => {
    const drain = (): void => {
      if (allParts().some((some) => some.has(connection))) attempt(connection, care, () => care.drain(connection))
    }
    if (ms > 0) return clock.after(Math.random() * ms, drain)
    drain()
    return () => {}
  }

  return {
    add: (connection, care) => {
      const known = care as Care<object>
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
        for (const [connection, care] of some ?? []) {
          attempt(connection, care, () => {
            if (care.recheck(connection)) ended += 1
          })
        }
      })
      return ended
    },
    drain: async (ms) => {
      isDraining = true
      // Not all at once: everybody would come back in the same second.
      const cancels = all().map(([connection, care]) => drainLater(connection, care, ms))
      const cancelEnd = clock.after(ms + GOODBYE_MS, () => {
        for (const [connection, care] of all()) care.terminate(connection)
      })
      await empty()
      cancelEnd()
      cancelBeat()
      for (const cancel of cancels) cancel()
    },
  }
}
