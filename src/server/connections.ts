import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'

/** Something that stays open: a WebSocket or a stream over HTTP. */
export interface Connection {
  /** Runs about once a second. */
  beat(now: number): void
  /** Asks the client to go elsewhere. */
  drain(): void
  /** Ends it without asking. */
  terminate(): void
}

/** All open connections of this node. */
export interface Connections {
  /** Takes care of a connection; returns what to call once it is closed. */
  add(connection: Connection): () => void
  readonly size: number
  /** Asks all to go, at random moments within `ms`, and terminates who has not gone a little later. Whoever comes, goes. */
  drain(ms: number): Promise<void>
}

/** How often each connection is cared for: tokens end and peers are found dead at most this much late. */
const BEAT_MS = 1_000
/** One timer for all, which cares for so many parts of them in turn: nobody waits while thousands are looked at. */
const PARTS = 20
/** How long a client has to answer the request to go. */
const GOODBYE_MS = 1_000

/** Starts without any, and beats until drained. */
export const createConnections = (clock: Clock, log: Log): Connections => {
  // In the order of their turns; whoever comes joins the part that has just had its turn.
  const parts = Array.from({ length: PARTS - 1 }, () => new Set<Connection>())
  let part = new Set<Connection>()
  let size = 0
  let isDraining = false
  let whenEmpty: (() => void) | undefined

  const attempt = (connection: Connection, task: (connection: Connection) => void): void => {
    try {
      task(connection)
    } catch (err) {
      log.error({ err }, 'a connection could not be cared for')
      connection.terminate()
    }
  }

  let cancelBeat: Cancel
  const beat = (): void => {
    cancelBeat = clock.after(BEAT_MS / PARTS, beat)
    const now = clock.now()
    parts.push(part)
    part = parts.shift() ?? part
    for (const connection of part) attempt(connection, (one) => one.beat(now))
  }
  cancelBeat = clock.after(BEAT_MS / PARTS, beat)

  const allParts = (): readonly Set<Connection>[] => [...parts, part]
  const all = (): readonly Connection[] => allParts().flatMap((some) => [...some])

  const empty = (): Promise<void> =>
    new Promise((resolve) => {
      if (size === 0) resolve()
      else whenEmpty = resolve
    })

  const drainLater = (connection: Connection, ms: number): Cancel => {
    const drain = (): void => {
      if (allParts().some((some) => some.has(connection))) attempt(connection, (one) => one.drain())
    }
    if (ms > 0) return clock.after(Math.random() * ms, drain)
    drain()
    return () => {}
  }

  return {
    add: (connection) => {
      const own = part
      own.add(connection)
      size += 1
      // Let in just before the drain began, and opened just after.
      if (isDraining) attempt(connection, (one) => one.drain())
      return () => {
        if (own.delete(connection)) size -= 1
        if (size === 0) whenEmpty?.()
      }
    },
    get size() {
      return size
    },
    drain: async (ms) => {
      isDraining = true
      // Not all at once: everybody would come back in the same second.
      const cancels = all().map((connection) => drainLater(connection, ms))
      const cancelEnd = clock.after(ms + GOODBYE_MS, () => {
        for (const connection of all()) connection.terminate()
      })
      await empty()
      cancelEnd()
      cancelBeat()
      for (const cancel of cancels) cancel()
    },
  }
}
