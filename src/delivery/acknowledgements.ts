import { acknowledge, type Bookmark, createBookmark, giveUp, type Tracked, track } from './bookmark.ts'
import type { HeldPosition, LanePosition, PositionKey, Positions } from './positions.ts'

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

  const take = (held: HeldPosition): Bookmark => {
    const tracked = track(held)
    open.add(tracked)
    if (isSilent) giveUp(tracked)
    const onWrote = (): void => {
      isDirty = true
    }
    const onEnd = (): void => {
      if (open.delete(tracked)) held.forget()
    }
    return createBookmark(tracked, { onWrote, onEnd })
  }

  const release = (): void => {
    for (const { held } of open) held.release()
    open.clear()
  }

  return {
    open: async (key, lane) => {
      const held = await positions.begin(key, lane)
      const bookmark = take(held)
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
