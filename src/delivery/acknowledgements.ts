import { type Acknowledgements, type Asked, acknowledge, type Bookmark, createBookmark } from './bookmark.ts'
import { frameText, type SharedMessage } from './frame.ts'
import type { LanePosition, PositionKey, Positions } from './positions.ts'

/** With so many heartbeats since it was asked, a client has certainly read the question. */
const HEARTBEATS_TO_ANSWER = 2

/**
 * Learns from the client of one socket what it has got, without its knowing: by `ping` messages with a payload. Clients of
 * graphql-ws echo it from the loop that hands results to the application, so the echo says that all results before it were handed
 * over. One question at a time, about one a second, and where possible in one write with a result: a client that never answers is
 * asked once, and its positions are given up.
 */
export const createAcknowledgements = (positions: Positions): Acknowledgements => ({
  positions,
  open: [],
  isDirty: false,
  isDue: true,
  question: 0,
  asked: undefined,
  isSilent: false,
  isClosed: false,
})

const release = ({ open, positions }: Acknowledgements): void => {
  for (const { held } of open.splice(0)) positions.release(held)
}

/** Takes up a subscription to a lane where its client left it. */
export const openBookmark = async (
  owner: Acknowledgements,
  key: PositionKey,
  lane: LanePosition,
): Promise<Bookmark> => {
  const bookmark = createBookmark(owner, await owner.positions.begin(key, lane))
  owner.open.push(bookmark)
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
  owner.isDue = false
  owner.question = (owner.question + 1) % NUMBERS
  owner.asked = { heartbeats: undefined, revisions }
  return messageOf(owner.question)
}

/** A result was written; returns what is to be sent behind it, in the same write. */
export const askAlong = ({ owner }: Bookmark): SharedMessage | undefined =>
  owner.isDue && !owner.asked ? ask(owner) : undefined

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
  const { asked, isDue, isDirty, isSilent } = owner
  if (asked) {
    if (!isSilent && isLate(asked, heartbeats)) giveUp(owner)
    return undefined
  }
  owner.isDue = true
  return isDue && isDirty ? ask(owner) : undefined
}

const numberOf = (payload: unknown): unknown =>
  typeof payload === 'object' && payload !== null && 'ack' in payload ? payload.ack : undefined

/** The client answered a ping of the protocol. What was not asked for changes nothing. */
export const takePong = (owner: Acknowledgements, payload: unknown): void => {
  const { asked, open, question } = owner
  if (!asked || numberOf(payload) !== question) return
  for (const [bookmark, revision] of asked.revisions) if (open.includes(bookmark)) acknowledge(bookmark, revision)
  owner.asked = undefined
  // Those that were given up meanwhile are asked for again.
  owner.isDirty ||= owner.isSilent
  owner.isSilent = false
}

/** The socket has gone: call it before subscriptions are ended for that. */
export const closeAcknowledgements = (owner: Acknowledgements): void => {
  owner.isClosed = true
  release(owner)
}
