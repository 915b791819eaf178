import { type Acknowledgements, type Asked, acknowledge, type Bookmark, createBookmark } from './bookmark.ts'
import { frameText, type SharedMessage } from './frame.ts'
import type { LanePosition, PositionKey, Positions } from './positions.ts'

/** With so many heartbeats since it was asked, a client has certainly read the question. */
const HEARTBEATS_TO_ANSWER = 2

/**
 * Learns from the client of one socket what it has got, without its knowing: by `ping` messages with a payload. Clients of
 * graphql-ws echo it from the loop that hands results to the application, so the echo says that all results before it were handed
 * over. One question at a time, about one a second, more when subscriptions begin with what was missed, and where possible in
 * one write with results, behind them: a client that never answers is asked once, and its positions are given up.
 */
export const createAcknowledgements = (positions: Positions): Acknowledgements => ({
  positions,
  open: [],
  isDirty: false,
  due: 1,
  question: 0,
  asked: undefined,
  isSilent: false,
  isClosed: false,
})

const release = (owner: Acknowledgements): void => {
  for (const { held } of owner.open) owner.positions.release(held)
  owner.open = []
}

/** Takes up a subscription to a lane where its client left it. */
export const openBookmark = async (
  owner: Acknowledgements,
  key: PositionKey,
  lane: LanePosition,
): Promise<Bookmark> => {
  const bookmark = createBookmark(owner, await owner.positions.begin(key, lane))
  owner.open = owner.open.concat(bookmark)
  if (bookmark.held.start.revision < lane.revision) owner.due += 1
  if (owner.isSilent) acknowledge(bookmark, null)
  if (owner.isClosed) release(owner)
  return bookmark
}

/** Numbers are used again: all that matters is that no answer is taken for that to another question. */
const NUMBERS = 256
const messages: SharedMessage[] = []

const messageOf = (number: number): SharedMessage => {
  messages[number] ??= frameText(JSON.stringify({ type: 'ping', payload: { ack: number } }))
  return messages[number]
}

const ask = (owner: Acknowledgements): SharedMessage | undefined => {
  owner.isDirty = false
  const revisions = owner.open.flatMap((bookmark) =>
    bookmark.written === null || bookmark.written === bookmark.acknowledged
      ? []
      : [[bookmark, bookmark.written] as const],
  )
  if (revisions.length === 0) return undefined
  owner.due -= 1
  owner.question = (owner.question + 1) % NUMBERS
  owner.asked = { heartbeats: undefined, revisions }
  return messageOf(owner.question)
}

/** Results are about to be written; returns what is to be sent behind them, in the same write. */
export const askAlong = (owner: Acknowledgements): SharedMessage | undefined =>
  owner.isDirty && owner.due > 0 && !owner.asked ? ask(owner) : undefined

const isLate = (asked: Asked, heartbeats: number): boolean => {
  asked.heartbeats ??= heartbeats
  return heartbeats - asked.heartbeats >= HEARTBEATS_TO_ANSWER
}

const giveUp = (owner: Acknowledgements): void => {
  owner.isSilent = true
  for (const bookmark of owner.open) acknowledge(bookmark, null)
}

/**
 * Call it about once a second with the number of pings of the WebSocket itself that the client has answered. Returns the question
 * to send when there is something to acknowledge that no later result took along.
 */
export const beatAcknowledgements = (owner: Acknowledgements, heartbeats: number): SharedMessage | undefined => {
  const { asked, due, isDirty, isSilent } = owner
  if (asked) {
    if (!isSilent && isLate(asked, heartbeats)) giveUp(owner)
    return undefined
  }
  owner.due = Math.max(due, 1)
  return due > 0 && isDirty ? ask(owner) : undefined
}

const numberOf = (payload: unknown): unknown =>
  typeof payload === 'object' && payload !== null && 'ack' in payload ? payload.ack : undefined

/** The client answered a ping of the protocol; returns the next question. What was not asked for changes nothing. */
export const takePong = (owner: Acknowledgements, payload: unknown): SharedMessage | undefined => {
  const { asked, open, question } = owner
  if (!asked || numberOf(payload) !== question) return undefined
  for (const [bookmark, revision] of asked.revisions) if (open.includes(bookmark)) acknowledge(bookmark, revision)
  owner.asked = undefined
  // Those that were given up meanwhile are asked for again.
  owner.isDirty ||= owner.isSilent
  owner.isSilent = false
  return askAlong(owner)
}

/** The socket has gone: call it before subscriptions are ended for that. */
export const closeAcknowledgements = (owner: Acknowledgements): void => {
  owner.isClosed = true
  release(owner)
}
