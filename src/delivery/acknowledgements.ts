import type { HeldPosition, LanePosition, PositionKey, Positions, Start } from './positions.ts'

/** How far one subscription got on its socket. */
export interface Bookmark {
  readonly start: Start
  /** Everything up to this revision was handed to the socket. */
  wrote(revision: number): void
  /** Nothing up to this revision concerned the subscription. */
  passed(revision: number): void
  /** The start cannot be continued after all: something is missed before the next result. */
  expire(): void
  /** The subscription is over; when its socket has gone, the position is kept. */
  end(): void
}

/** Learns from the client of one socket what it has got, without its knowing. */
export interface Acknowledgements {
  /** Takes up a subscription to a lane where its client left it. */
  open(key: PositionKey, lane: LanePosition): Promise<Bookmark>
  /** Asks for an acknowledgement if there is something to acknowledge. Call it about once a second. */
  beat(): void
  /** The client answered a ping of the protocol. What was not asked for changes nothing. */
  pong(payload: unknown): void
  /** The socket has gone: call it before subscriptions are ended for that. */
  close(): void
}

export interface AcknowledgementsOptions {
  readonly positions: Pick<Positions, 'begin'>
  /** Sends a message behind all results that were handed to the socket. */
  readonly send: (message: string) => void
  /** How many pings of the WebSocket itself the client has answered. */
  readonly heartbeats: () => number
}

interface Tracked {
  readonly held: HeldPosition
  /** Null until a client that has missed something is told so. */
  written: number | null
  /** Null: the position cannot be continued. */
  acknowledged: number | null
}

interface Asked {
  readonly number: number
  readonly heartbeats: number
  readonly revisions: readonly (readonly [tracked: Tracked, revision: number])[]
}

const numberOf = (payload: unknown): unknown =>
  typeof payload === 'object' && payload !== null && 'ack' in payload ? payload.ack : undefined

/** With so many heartbeats since it was asked, a client has certainly read the question. */
const HEARTBEATS_TO_ANSWER = 2

/**
 * Sends `ping` messages with a payload. Clients of graphql-ws echo it from the loop that hands results to the application, so
 * the echo says that all results before it were handed over. One question at a time: a client that never answers is asked once,
 * and its positions are given up.
 */
export const createAcknowledgements = ({ positions, send, heartbeats }: AcknowledgementsOptions): Acknowledgements => {
  const open = new Set<Tracked>()
  let isDirty = false
  let number = 0
  let asked: Asked | undefined
  let isSilent = false
  let isClosed = false

  const giveUp = (tracked: Tracked): void => {
    tracked.acknowledged = null
    tracked.held.acknowledge(null)
  }

  const acknowledge = (tracked: Tracked, revision: number): void => {
    tracked.acknowledged = revision
    tracked.held.acknowledge(revision)
  }

  const ask = (): void => {
    isDirty = false
    number += 1
    const revisions = [...open].flatMap((tracked) =>
      tracked.written === null || tracked.written === tracked.acknowledged ? [] : [[tracked, tracked.written] as const],
    )
    if (revisions.length === 0) return
    asked = { number, heartbeats: heartbeats(), revisions }
    send(JSON.stringify({ type: 'ping', payload: { ack: number } }))
  }

  const isLate = (question: Asked): boolean => heartbeats() - question.heartbeats >= HEARTBEATS_TO_ANSWER

  const track = (held: HeldPosition): Bookmark => {
    const { revision, isExpired } = held.start
    const tracked: Tracked = isExpired
      ? { held, written: null, acknowledged: null }
      : { held, written: revision, acknowledged: revision }
    open.add(tracked)
    if (isSilent) giveUp(tracked)
    return {
      start: held.start,
      wrote: (to) => {
        tracked.written = to
        isDirty = true
      },
      passed: (to) => {
        if (tracked.written === null) return
        const isAcknowledged = tracked.written === tracked.acknowledged
        tracked.written = to
        if (isAcknowledged) acknowledge(tracked, to)
      },
      expire: () => {
        tracked.written = null
        giveUp(tracked)
      },
      end: () => {
        if (open.delete(tracked)) held.forget()
      },
    }
  }

  const release = (): void => {
    for (const { held } of open) held.release()
    open.clear()
  }

  return {
    open: async (key, lane) => {
      const held = await positions.begin(key, lane)
      const bookmark = track(held)
      if (isClosed) release()
      return bookmark
    },
    beat: () => {
      if (!asked) {
        if (isDirty) ask()
      } else if (!isSilent && isLate(asked)) {
        isSilent = true
        for (const tracked of open) giveUp(tracked)
      }
    },
    pong: (payload) => {
      if (!asked || numberOf(payload) !== asked.number) return
      for (const [tracked, revision] of asked.revisions) if (open.has(tracked)) acknowledge(tracked, revision)
      asked = undefined
      // Those that were given up meanwhile are asked for again.
      isDirty ||= isSilent
      isSilent = false
    },
    close: () => {
      isClosed = true
      release()
    },
  }
}
