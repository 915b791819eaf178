import { type Acknowledgements, type Asked, acknowledge, type Bookmark, createBookmark } from './bookmark.ts'
import { frameText, type SharedMessage } from './frame.ts'
import type { LanePosition, PositionKey, Positions } from './positions.ts'

/** With so many heartbeats since it was asked, a client has certainly read the question, unless it sleeps. */
const HEARTBEATS_TO_ANSWER = 2

/**
 * Learns from the client of one socket what it has got, without its knowing: by `ping` messages with a payload. Clients of
 * graphql-ws echo it from the loop that hands results to the application, so the echo says that all results before it were handed
 * over. One question at a time, about one a second, more when subscriptions begin with what was missed, and where possible in
 * one write with results, behind them. A client of which nobody knows whether it answers is asked within a second: one that never does is not asked
 * again, and what it is sent is given up. Who has answered ever, and is silent now, is a page that sleeps.
 */
export const createAcknowledgements = (positions: Positions): Acknowledgements => ({
  positions,
  open: [],
  isDirty: false,
  due: 1,
  question: 0,
  asked: undefined,
  echoes: false,
  isSilent: false,
  isClosed: false,
})

const release = (owner: Acknowledgements, isDead = false): void => {
  for (const { held } of owner.open) owner.positions.release(held, isDead)
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
  owner.echoes ||= bookmark.held.entry.hasEchoed
  if (bookmark.held.start.revision < lane.revision) owner.due += 1
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

const ask = (owner: Acknowledgements, revisions: Asked['revisions']): SharedMessage => {
  owner.question = (owner.question + 1) % NUMBERS
  owner.asked = { heartbeats: undefined, revisions }
  return messageOf(owner.question)
}

const isAcknowledged = ({ written, acknowledged }: Bookmark): boolean => written === null || written === acknowledged

const askForWritten = (owner: Acknowledgements): SharedMessage | undefined => {
  owner.isDirty = false
  const revisions = owner.open.flatMap((bookmark) =>
    bookmark.written === null || isAcknowledged(bookmark) ? [] : [[bookmark, bookmark.written] as const],
  )
  if (revisions.length === 0) return undefined
  owner.due -= 1
  return ask(owner, revisions)
}

/** Results are about to be written; returns what is to be sent behind them, in the same write. */
export const askAlong = (owner: Acknowledgements): SharedMessage | undefined =>
  owner.isDirty && owner.due > 0 && !owner.asked ? askForWritten(owner) : undefined

const isLate = (asked: Asked, heartbeats: number): boolean => {
  asked.heartbeats ??= heartbeats
  return heartbeats - asked.heartbeats >= HEARTBEATS_TO_ANSWER
}

/** What was sent to a client that never answers: nobody knows what it has. What was never sent, it has not missed. */
const giveUp = (owner: Acknowledgements): void => {
  owner.isSilent = true
  for (const bookmark of owner.open) {
    if (bookmark.acknowledged !== null && !isAcknowledged(bookmark)) acknowledge(bookmark, null)
  }
}

/**
 * Call it about once a second with the number of pings of the WebSocket itself that the client has answered. Returns the question
 * to send when there is something to acknowledge that no later result took along, or when nobody knows yet whether it answers.
 */
export const beatAcknowledgements = (owner: Acknowledgements, heartbeats: number): SharedMessage | undefined => {
  const { asked, due, isDirty, echoes, open } = owner
  if (asked) {
    if (!echoes && isLate(asked, heartbeats)) giveUp(owner)
    return undefined
  }
  owner.due = Math.max(due, 1)
  const question = due > 0 && isDirty ? askForWritten(owner) : undefined
  // So that it is known when it falls asleep before its first result.
  const isUnknown = !question && !echoes && open.length > 0
  return isUnknown ? ask(owner, []) : question
}

const numberOf = (payload: unknown): unknown =>
  typeof payload === 'object' && payload !== null && 'ack' in payload ? payload.ack : undefined

/** The client answered a ping of the protocol; returns the next question. What was not asked for changes nothing. */
export const takePong = (owner: Acknowledgements, payload: unknown): SharedMessage | undefined => {
  const { asked, open, question } = owner
  if (!asked || numberOf(payload) !== question) return undefined
  for (const [bookmark, revision] of asked.revisions) if (open.includes(bookmark)) acknowledge(bookmark, revision)
  owner.asked = undefined
  owner.echoes = true
  for (const { held } of open) {
    held.entry.hasEchoed = true
    owner.positions.hear(held)
  }
  // Those that were given up meanwhile are asked for again.
  owner.isDirty ||= owner.isSilent
  owner.isSilent = false
  return askAlong(owner)
}

/** The client of a socket gave a sign of life that needs no page to be awake. */
export const hearOf = ({ open, positions }: Acknowledgements): void => {
  for (const { held } of open) positions.hear(held)
}

/** Whether others have come under the key of one of its subscriptions, so that its client is to give a sign of life. */
export const isDoubted = ({ open }: Acknowledgements): boolean => open.some(({ held }) => !held.isProven)

/** The socket has gone: call it before subscriptions are ended for that. `isDead`: it was found to answer nothing any more. */
export const closeAcknowledgements = (owner: Acknowledgements, isDead: boolean): void => {
  owner.isClosed = true
  release(owner, isDead)
}
