import type { HeldPosition, Start } from './positions.ts'

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

/** What was written for a subscription, and how much of it its client has. */
export interface Tracked {
  readonly held: HeldPosition
  /** Null until a client that has missed something is told so. */
  written: number | null
  /** Null: the position cannot be continued. */
  acknowledged: number | null
}

/** Begins where the position is held. */
export const track = (held: HeldPosition): Tracked => {
  const { revision, isExpired } = held.start
  return isExpired ? { held, written: null, acknowledged: null } : { held, written: revision, acknowledged: revision }
}

/** The client has everything up to a revision. */
export const acknowledge = (tracked: Tracked, revision: number): void => {
  tracked.acknowledged = revision
  tracked.held.acknowledge(revision)
}

/** The subscription cannot be continued, unless its client acknowledges something later. */
export const giveUp = (tracked: Tracked): void => {
  tracked.acknowledged = null
  tracked.held.acknowledge(null)
}

/** Lets the group of a subscription say how far it got. */
export const createBookmark = (
  tracked: Tracked,
  { onWrote, onEnd }: { readonly onWrote: () => void; readonly onEnd: () => void },
): Bookmark => ({
  start: tracked.held.start,
  wrote: (to) => {
    tracked.written = to
    onWrote()
  },
  passed: (to) => {
    if (tracked.written === null) return
    const isAcknowledged = tracked.written === tracked.acknowledged
    tracked.written = to
    // The client need not be asked about what it was never sent.
    if (isAcknowledged) acknowledge(tracked, to)
  },
  expire: () => {
    tracked.written = null
    giveUp(tracked)
  },
  end: onEnd,
})
