import type { HeldPosition, Positions } from './positions.ts'

/** What the client of one socket has still to say. */
export interface Acknowledgements {
  readonly positions: Positions
  /** Its subscriptions to logs. */
  open: readonly Bookmark[]
  /** Something was written since it was asked. */
  isDirty: boolean
  /** How many questions may go along with results before the next beat: one, and one for each subscription that missed something. */
  due: number
  /** The number of the last question. */
  question: number
  /** The question that it has not answered yet. */
  asked: Asked | undefined
  /** Its client is known to answer: it did so here, or in a subscription of an earlier socket. When it is silent, it only cannot answer now. */
  echoes: boolean
  /** It has never answered, although it reads. */
  isSilent: boolean
  isClosed: boolean
}

/** A question to a client. */
export interface Asked {
  /** How many pings of the WebSocket the client had answered at the beat after the question. */
  heartbeats: number | undefined
  revisions: readonly (readonly [bookmark: Bookmark, revision: number])[]
}

/** How far one subscription got on its socket, and how much of it its client has. */
export interface Bookmark {
  readonly owner: Acknowledgements
  readonly held: HeldPosition
  /** Null until a client that has missed something is told so. */
  written: number | null
  /** Null: the position cannot be continued. */
  acknowledged: number | null
}

/** Begins where the position is held. */
export const createBookmark = (owner: Acknowledgements, held: HeldPosition): Bookmark => {
  const { revision, isExpired } = held.start
  return isExpired
    ? { owner, held, written: null, acknowledged: null }
    : { owner, held, written: revision, acknowledged: revision }
}

/** The client has everything up to a revision; null: it will not say, so that the subscription cannot be continued. */
export const acknowledge = (bookmark: Bookmark, revision: number | null): void => {
  bookmark.acknowledged = revision
  bookmark.owner.positions.acknowledge(bookmark.held, revision)
}

/** Everything up to this revision was handed to the socket. */
export const wrote = (bookmark: Bookmark, revision: number): void => {
  bookmark.written = revision
  bookmark.owner.isDirty = true
}

/** Nothing up to this revision concerned the subscription. */
export const passed = (bookmark: Bookmark, revision: number): void => {
  if (bookmark.written === null) return
  const isAcknowledged = bookmark.written === bookmark.acknowledged
  bookmark.written = revision
  // The client need not be asked about what it was never sent.
  if (isAcknowledged) acknowledge(bookmark, revision)
}

/** It cannot be continued after all: something is missed before the next result. What its client was asked about it counts no more. */
export const expire = (bookmark: Bookmark): void => {
  const { asked } = bookmark.owner
  if (asked) asked.revisions = asked.revisions.filter(([one]) => one !== bookmark)
  bookmark.written = null
  acknowledge(bookmark, null)
}

/** It can be continued after all: nothing was missed up to a revision. */
export const unexpire = (bookmark: Bookmark, revision: number): void => {
  bookmark.written = revision
  acknowledge(bookmark, revision)
}

/** The subscription is over. When its socket has gone first, the position is kept. */
export const endBookmark = (bookmark: Bookmark): void => {
  const { owner, held } = bookmark
  if (!owner.open.includes(bookmark)) return
  owner.open = owner.open.filter((one) => one !== bookmark)
  owner.positions.forget(held)
}
