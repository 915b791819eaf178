import { goesOnFrom, lastTerm } from '../storage/stream-terms.ts'
import type { CheckpointKey } from './checkpoint-key.ts'

/** Where a stream stands when a subscription to it begins, and which term wrote what in it. */
export interface SubscriptionHead {
  readonly epoch: string
  readonly revision: number
  readonly terms: string
  /** Where a subscription begins that is not known, or cannot be continued; null: nowhere. When left out, where the stream stands. */
  readonly after?: number | null
}

/** Where a subscription begins. */
export interface Start {
  readonly revision: number
  /** It was known, but cannot be continued: it may have missed something. */
  readonly isExpired: boolean
  /** It expired only because its time was over: whether it has missed something is seen by reading on from here. */
  readonly overdueAt?: number
}

/** How far a subscription got: the least that one of its clients has. */
export interface Checkpoint {
  readonly key: string
  readonly userId: string
  readonly epoch: string
  /** The last term of the stream that is known. */
  readonly term: string
  /** Null: this subscription cannot be continued. */
  readonly revision: number | null
  readonly expiresAt: number
  /** Its client has answered an acknowledgement ping, on this socket or an earlier one: when it is silent, it only cannot answer now. */
  readonly hasEchoed: boolean
  /** Several clients follow it under this key. */
  readonly isShared: boolean
}

/**
 * A checkpoint as it is stored: one row for each node that has had the subscription, which only that node moves. All times are those of
 * the database, in milliseconds.
 */
export interface Place extends Checkpoint {
  /** The node; empty for what earlier versions stored, and for what is of no node. */
  readonly node: string
  /** A socket of the node has it. */
  readonly isHeld: boolean
  /** When a client came to the node last. */
  readonly cameAt: number
  /** When a client of the node was last certainly there. */
  readonly aliveAt: number
  /** When somebody came to another node, who may be the client of this one; 0: never since a client came here. */
  readonly doubtedAt: number
}

/** What a node knows of a checkpoint that a subscription wants to continue from. */
export interface Known extends Checkpoint {
  /** It is not past its time, by the clock of the node. */
  readonly isLasting: boolean
  readonly isHeld: boolean
  /** It has changed since it was stored. */
  readonly isNewer: boolean
  /** How long ago one of its clients was certainly there, in milliseconds. */
  readonly silence: number
}

/** A subscription that begins. */
export interface Beginning {
  readonly key: CheckpointKey
  readonly head: SubscriptionHead
  readonly known: Known | undefined
  /** It was over on this node and begins anew: what is stored of the node is not meant. */
  readonly isFresh: boolean
  /** What nobody knows may have been forgotten. */
  readonly isDoubted: boolean
}

/** When and where a subscription begins. */
export interface Circumstances {
  readonly node: string
  /** The time of the database. */
  readonly now: number
  /** How long a checkpoint lasts that begins to be held now. */
  readonly liveMs: number
}

/** Where a subscription begins, and what follows from that. */
export interface Decision {
  readonly start: Start
  /** What is stored for this node from now on. */
  readonly own: Place
  /** What has changed in the places of other nodes. */
  readonly changed: readonly Place[]
  /** Places that count no more. */
  readonly over: readonly Place[]
  /** Somebody had it on this node whom it does not know any more, and who may come back. */
  readonly hasForgotten: boolean
  /** What this node had are older sockets of a client that came to other nodes since. */
  readonly isReplaced: boolean
}

/**
 * After so many milliseconds without a sign of life since another socket took the subscription up, a socket is taken for the older one
 * of the same client. Its client has a second to be asked, and the rest to answer; who answers later counts again.
 */
export const SILENT_MS = 3_000

/** Whether the stream goes on from a checkpoint. What was deleted for good since is found when it is read. */
function isFit(head: SubscriptionHead, { epoch, term, revision }: Checkpoint): boolean {
  return revision !== null && revision <= head.revision && goesOnFrom({ ...head, pruned: 0 }, { epoch, term, revision })
}

function leastOf(revisions: readonly number[]): number | undefined {
  return revisions.length > 0 ? Math.min(...revisions) : undefined
}

/** How the clients of a node are doing. */
type Signs = Pick<Place, 'doubtedAt' | 'aliveAt' | 'isHeld'>

function isProven({ doubtedAt, aliveAt }: Signs): boolean {
  return doubtedAt === 0 || aliveAt > doubtedAt
}

/** Who gave a sign of life since somebody came to another node is a client of its own. */
function isAnother(signs: Signs): boolean {
  return signs.doubtedAt > 0 && isProven(signs)
}

/** Where another client may be than the one to which all belong that have gone or are silent. */
function isLive(signs: Signs, now: number): boolean {
  return isProven(signs) || (signs.isHeld && now <= signs.doubtedAt + SILENT_MS)
}

/** What this node knows of its own clients; where nothing is stored of them, somebody has come to another node since. */
function ownSigns(known: Known, stored: Place | undefined, others: readonly Place[], now: number): Signs {
  return {
    isHeld: known.isHeld,
    aliveAt: Math.max(stored?.aliveAt ?? 0, now - known.silence),
    doubtedAt: stored ? stored.doubtedAt : Math.max(0, ...others.map(({ cameAt }) => cameAt)),
  }
}

/** Places as they count for a decision. */
interface Counted {
  /** Somebody else than who comes now may go on from there. */
  readonly live: readonly Place[]
  readonly over: readonly Place[]
  /** Where the least of those was whose time is over. */
  readonly overdueAt: number | undefined
  readonly isShared: boolean
  readonly isReplaced: boolean
}

function count(
  { key: _, head, known, isFresh }: Beginning,
  places: readonly Place[],
  { node, now }: Circumstances,
): Counted {
  const stored = places.find((place) => place.node === node)
  const others = places.filter((place) => place.node !== node)
  const own = known && ownSigns(known, stored, others, now)
  // What this node does not know any more is of somebody who has gone.
  const forgotten = stored && !known && !isFresh ? [{ ...stored, isHeld: false }] : []
  const [lasting, expired] = [true, false].map((isSo) =>
    [...others, ...forgotten].filter(({ expiresAt }) => expiresAt > now === isSo),
  ) as [Place[], Place[]]
  const isShared =
    (known?.isShared ?? false) ||
    places.some((place) => place.isShared) ||
    [...lasting, ...(own ? [own] : [])].some(isAnother)
  const overdue = expired.filter((place) => isFit(head, place)).map(({ revision }) => revision as number)
  return {
    live: isShared ? lasting : lasting.filter((place) => isLive(place, now)),
    over: [...expired, ...(isShared ? [] : lasting.filter((place) => !place.isHeld))].filter(
      (place) => place.node !== node,
    ),
    overdueAt: leastOf(overdue),
    isShared,
    isReplaced: own !== undefined && !isShared && !isLive(own, now),
  }
}

/** Where the least of all clients is; undefined where one of them cannot be continued, or there is none. */
function whereTheLeastIs(
  { head, known }: Beginning,
  { live, overdueAt, isReplaced }: Counted,
): { readonly at?: number | undefined; readonly overdueAt?: number | undefined } {
  const own = known && !isReplaced ? known : undefined
  const canContinue = own !== undefined && isFit(head, own)
  const isBroken = own !== undefined && !canContinue && (own.isHeld || own.isNewer)
  if (isBroken || !live.every((place) => isFit(head, place))) return {}
  const at = leastOf(
    [...live, ...(canContinue && own.isLasting ? [own] : [])].map(({ revision }) => revision as number),
  )
  if (at !== undefined) return { at }
  return {
    overdueAt: canContinue ? Math.min(own.revision as number, overdueAt ?? (own.revision as number)) : overdueAt,
  }
}

function startOf(beginning: Beginning, places: readonly Place[], counted: Counted): Start {
  const { head, known, isFresh, isDoubted } = beginning
  const { revision, after } = head
  const isNew = isFresh || (places.length === 0 && !known && !isDoubted)
  const { at, overdueAt } = isFresh ? {} : whereTheLeastIs(beginning, counted)
  const from = at ?? (isNew && after === undefined ? revision : undefined)
  if (from !== undefined) return { revision: from, isExpired: false }
  // What came after where its client began, it gets again: nothing is missed.
  if (typeof after === 'number') return { revision: after, isExpired: false }
  return { revision, isExpired: true, ...(overdueAt !== undefined && { overdueAt }) }
}

/**
 * Decides where a subscription begins, from what is stored of it and what its node knows: where the client is that has the least, so that
 * none misses anything. Until it is known that several clients have it under one key, whoever comes is the one who has gone, or whose
 * older sockets the others are; those are asked for a sign of life, and count until they have been silent for `SILENT_MS`.
 */
export function decide(beginning: Beginning, places: readonly Place[], moment: Circumstances): Decision {
  const { key, head, known, isFresh } = beginning
  const { node, now, liveMs } = moment
  const counted = count(beginning, places, moment)
  const others = counted.live.filter((place) => place.node !== node)
  const hasForgotten = others.length < counted.live.length
  const isShared = counted.isShared && (counted.live.length > 0 || (known?.isShared ?? false))
  const start = startOf(beginning, places, counted)
  return {
    start,
    own: {
      key: key.hash,
      userId: key.userId,
      node,
      epoch: head.epoch,
      term: lastTerm(head.terms),
      revision: start.isExpired ? null : start.revision,
      expiresAt: now + liveMs,
      hasEchoed: (known?.hasEchoed ?? false) || places.some((place) => place.hasEchoed),
      isShared,
      isHeld: true,
      cameAt: now,
      aliveAt: now,
      doubtedAt: 0,
    },
    changed: counted.isShared
      ? others.filter((place) => !place.isShared).map((place) => ({ ...place, isShared }))
      : others.filter((place) => place.isHeld && isProven(place)).map((place) => ({ ...place, doubtedAt: now })),
    over: counted.over,
    hasForgotten: hasForgotten && isShared && !isFresh,
    isReplaced: counted.isReplaced,
  }
}
