import { goesOnFrom, lastTerm } from '../storage/stream-terms.ts'
import type { CheckpointKey } from './checkpoint-key.ts'

/** Where a stream stands when a subscription to it begins, with its terms. */
export interface SubscriptionHead {
  readonly epoch: string
  readonly revision: number
  readonly terms: string
  /** The revision of the argument `after`, for when there is no good checkpoint. Null: its cursor is refused. Left out: none given. */
  readonly after?: number | null
}

/** The revision after which a subscription begins. */
export interface Start {
  readonly revision: number
  /** Whether the subscription cannot be continued, and so may have missed something. */
  readonly isExpired: boolean
  /** The acknowledged revision, when only its time was over. Reading on from there shows whether it has missed something. */
  readonly overdueAt?: number
}

/** How far a subscription got. With several clients, it is the lowest revision that one of them has acknowledged. */
export interface Checkpoint {
  readonly key: string
  readonly userId: string
  readonly epoch: string
  /** The last term of the stream that the client knows. */
  readonly term: string
  /** The acknowledged revision. Null: the subscription cannot be continued. */
  readonly revision: number | null
  readonly expiresAt: number
  /** Whether a client has answered an acknowledgement ping, on this or an earlier socket. Then a silent client only cannot answer now. */
  readonly hasEchoed: boolean
  /** Whether several clients use this key. */
  readonly isShared: boolean
}

/**
 * A checkpoint as it is stored: one row for each node that has had the subscription, which only that node moves. All times are those of
 * the database, in milliseconds.
 */
export interface Place extends Checkpoint {
  /** The id of the node. Empty for rows of earlier versions, and for marks, which belong to no node. */
  readonly node: string
  /** Whether a socket of the node has the subscription. */
  readonly isHeld: boolean
  /** When a client last came to the node. */
  readonly cameAt: number
  /** When a client of the node was last certainly there. */
  readonly aliveAt: number
  /** When a client came to another node, which may be the client of this node; 0 when none has since a client came here. */
  readonly doubtedAt: number
}

/** A checkpoint in the memory of the node on which its subscription begins again. */
export interface Known extends Checkpoint {
  /** Whether its time is not over, by the clock of the node. */
  readonly isLasting: boolean
  readonly isHeld: boolean
  /** Whether it has changed since it was stored. */
  readonly isNewer: boolean
  /** How many milliseconds ago one of its clients was certainly there. */
  readonly silence: number
}

/** A subscription that begins. */
export interface Beginning {
  readonly key: CheckpointKey
  readonly head: SubscriptionHead
  readonly known: Known | undefined
  /** Whether it was over on this node, and begins as a new one. A row of this node is then from before, and does not count. */
  readonly isFresh: boolean
  /** Whether checkpoints may have been lost or given up, so that an unknown subscription need not be new. */
  readonly isDoubted: boolean
}

/** The node, and the time, of a decision. */
export interface Circumstances {
  readonly node: string
  /** The time of the database. */
  readonly now: number
  /** How long a checkpoint lasts whose socket is open now, in milliseconds. */
  readonly liveMs: number
}

/** The result of `decide`: where a subscription begins, and what has to be stored. */
export interface Decision {
  readonly start: Start
  /** The row of this node. */
  readonly own: Place
  /** Rows of other nodes that have changed. */
  readonly changed: readonly Place[]
  /** Rows that no longer count, and are deleted. */
  readonly over: readonly Place[]
  /** Whether the row of this node is of a client that it no longer has in memory, and that may come back. */
  readonly hasForgotten: boolean
  /** Whether the sockets of this node are older ones of a client that has gone to another node since. */
  readonly isReplaced: boolean
}

/**
 * When another socket has taken up a subscription, a socket that gives no sign of life for this long counts as an older one of the same
 * client. A second of it is for sending the ping, and the rest for the answer. A client that answers later counts again.
 */
export const SILENT_MS = 3_000

/** Whether the stream goes on from a checkpoint. That changes were deleted for good since is only found when it is read. */
function isFit(head: SubscriptionHead, { epoch, term, revision }: Checkpoint): boolean {
  return revision !== null && revision <= head.revision && goesOnFrom({ ...head, pruned: 0 }, { epoch, term, revision })
}

function leastOf(revisions: readonly number[]): number | undefined {
  return revisions.length > 0 ? Math.min(...revisions) : undefined
}

/** When the clients of a place were in doubt, and when they gave a sign of life. */
type Signs = Pick<Place, 'doubtedAt' | 'aliveAt' | 'isHeld'>

function isProven({ doubtedAt, aliveAt }: Signs): boolean {
  return doubtedAt === 0 || aliveAt > doubtedAt
}

/** Whether a client gave a sign of life after another one came elsewhere: then there are two clients. */
function isAnother(signs: Signs): boolean {
  return signs.doubtedAt > 0 && isProven(signs)
}

/** Whether a place may be of another client than the one that comes now: it is proven, or still has time to give a sign of life. */
function isLive(signs: Signs, now: number): boolean {
  return isProven(signs) || (signs.isHeld && now <= signs.doubtedAt + SILENT_MS)
}

/** The signs of this node's own clients. When their row is gone, a client has come to another node, which has deleted it. */
function ownSigns(known: Known, stored: Place | undefined, others: readonly Place[], now: number): Signs {
  return {
    isHeld: known.isHeld,
    aliveAt: Math.max(stored?.aliveAt ?? 0, now - known.silence),
    doubtedAt: stored ? stored.doubtedAt : Math.max(0, ...others.map(({ cameAt }) => cameAt)),
  }
}

/** The places of a subscription, sorted for a decision. */
interface Counted {
  /** Places from which another client than the one that comes now may continue. */
  readonly live: readonly Place[]
  readonly over: readonly Place[]
  /** The lowest revision of the places whose time is over. */
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
  // A row of this node without a checkpoint in memory is of a client that has gone.
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

/** The lowest revision of all clients: `at`, or `overdueAt` when the time of all is over. Neither when one of them cannot be continued. */
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
  // The client gets again what came after `after`, so nothing is missed.
  if (typeof after === 'number') return { revision: after, isExpired: false }
  return { revision, isExpired: true, ...(overdueAt !== undefined && { overdueAt }) }
}

/**
 * Decides where a subscription begins: at the lowest place that counts, so that no client misses anything. Until it is shared, the client
 * that comes counts as the one that had the subscription before. Its other sockets have to give a sign of life, and count until they have
 * been silent for `SILENT_MS`. `places` are the rows of all nodes.
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
