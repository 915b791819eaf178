import { goesOnFrom, lastTerm } from '../storage/lane-terms.ts'
import type { Tx } from '../storage/storage.ts'
import type { Gone, LanePosition, PositionEntry, PositionKey, Start, StoredPosition } from './positions.ts'

/** A subscription that begins. */
export interface Beginning {
  readonly key: PositionKey
  readonly lane: LanePosition
  /** What this node knows of it. */
  readonly known: PositionEntry | undefined
  /** That is newer than what is stored. */
  readonly isNewer: boolean
  /** It was over and begins anew: what is stored of it is not meant. */
  readonly isFresh: boolean
  /** This node gave up positions of the user, and that is not stored yet. */
  readonly isDoubted: boolean
}

/** A position with which a subscription begins, and where that is. */
export interface Begun extends StoredPosition {
  readonly start: Start
  /** False: it begins although nothing could be written. */
  readonly isStored: boolean
  /** Those who had it, too, before this node was restarted. */
  readonly gone?: readonly Gone[] | undefined
  /** The older sockets of this node are those of a client that came to other nodes since. */
  readonly isReplaced?: boolean
}

/** Where positions outlive their node. */
export interface PositionHome {
  /** How many are written in one go, about once a second. */
  readonly batchSize: number
  /** Decides where subscriptions begin and stores it, at most `batchSize` at a time, in their order. */
  begin(batch: readonly Beginning[]): Promise<readonly Begun[]>
  /** Stores positions, whether they are known there or not. */
  put(positions: readonly PositionEntry[]): Promise<void>
  /** Stores how far positions got. Only of those that are known there: who was erased in between stays erased. */
  move(positions: readonly PositionEntry[]): Promise<void>
  remove(keys: readonly PositionKey[]): Promise<void>
  /** Called about once a second: whatever is due. */
  tidy(): Promise<void>
  erase(tx: Tx, userId: string): Promise<void>
}

/** How long it is known of a position that it has expired; later its subscription looks like a new one. */
export const EXPIRED_KNOWN_MS = 24 * 60 * 60 * 1_000

/** Positions in use are written again after this part of their time, so that they last when their node dies. */
const REFRESHES_PER_TTL = 2

export const refreshAfter = (ttlMs: number): number => Math.max(ttlMs / REFRESHES_PER_TTL, 1_000)

/** How long a position lasts that is held now: after a crash as long as if its socket had gone then, at least. */
export const lastsWhileHeld = (ttlMs: number): number => ttlMs + 2 * refreshAfter(ttlMs)

/**
 * The key of a mark that says: positions of this user were given up within a day, because there were too many. A subscription
 * that is not known may be one of them.
 */
export const markOf = (userId: string): string => `~${userId}`

/** The mark as it is kept. */
export const markEntry = (userId: string, now: number): StoredPosition => ({
  key: markOf(userId),
  userId,
  epoch: '',
  term: '',
  revision: null,
  expiresAt: now,
  hasEchoed: true,
  isShared: false,
})

/** How many positions of a user are left when there were too many: some are made room for at once. */
export const keptOf = (perUser: number): number => Math.ceil((perUser * 7) / 8)

export interface Decision {
  readonly now: number
  /** Until when a position lasts that begins to be held now. */
  readonly liveUntil: number
  /** What is not known may have been forgotten. */
  readonly isDoubted: boolean
}

/** Whether the lane goes on from a position. What was deleted for good since is found when it is read. */
export const isPlaceIn = (lane: LanePosition, { epoch, term, revision }: StoredPosition): boolean =>
  revision !== null && goesOnFrom({ ...lane, pruned: 0 }, { epoch, term, revision })

/** Where a subscription to a lane goes on that is known, or begins that is not. */
export const decide = (
  { key, lane, known: own }: Beginning,
  known: StoredPosition | undefined,
  { now, liveUntil, isDoubted }: Decision,
): Begun => {
  const hasEchoed = known?.hasEchoed ?? false
  const place = { epoch: lane.epoch, term: lastTerm(lane.terms) }
  const isShared = known?.isShared ?? false
  const base = {
    key: key.hash,
    userId: key.userId,
    ...place,
    expiresAt: liveUntil,
    hasEchoed,
    isShared,
    isStored: true,
  }
  const begin = (at: number | null, start: Start): Begun => {
    const gone = isShared && !own ? [{ revision: at, until: liveUntil, heardAt: now }] : undefined
    return { ...base, revision: at, start, gone }
  }
  const { revision } = known ?? lane
  const { after } = lane
  const isFit = known ? isPlaceIn(lane, known) : !isDoubted && after === undefined
  const isContinuable = isFit && revision !== null && revision <= lane.revision
  if (isContinuable && (!known || known.expiresAt > now)) {
    return begin(revision, { revision, isExpired: false })
  }
  // What came after where its client began, it gets again: nothing is missed.
  if (after !== undefined && after !== null) return begin(after, { revision: after, isExpired: false })
  const expired = { revision: lane.revision, isExpired: true }
  return begin(null, isContinuable ? { ...expired, overdueAt: revision } : expired)
}
