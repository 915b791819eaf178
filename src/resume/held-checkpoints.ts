import type { Clock } from '../lib/clock.ts'
import { createCounts } from '../lib/counter.ts'
import type { Decision } from './checkpoint.ts'
import type { CheckpointKey } from './checkpoint-key.ts'
import { keptOf, markFor, markOf } from './checkpoint-rows.ts'
import {
  addGone,
  counts,
  doubt,
  type Gone,
  type HeldCheckpoint,
  type OpenCheckpoint,
  prove,
  replace,
  settle,
} from './clients.ts'

const NONE: readonly never[] = []

/** The checkpoints in the memory of a node. */
export interface OpenCheckpoints {
  /** Checkpoints that have changed since they were stored. */
  readonly moved: Set<OpenCheckpoint>
  /** Checkpoints that are over on this node, by the hash of their key, until they are deleted from the database. */
  readonly forgotten: Map<string, CheckpointKey>
  /** The checkpoint with this hash of a key. */
  get(key: string): OpenCheckpoint | undefined
  /** Adds a checkpoint as the newest. When its user has too many, the oldest are removed, and the user is marked (see `markOf`). */
  add(checkpoint: OpenCheckpoint): void
  /** Removes a checkpoint from memory, without storing it. */
  remove(checkpoint: OpenCheckpoint): void
  /** All checkpoints, the oldest first. */
  all(): Iterable<OpenCheckpoint>
}

/** An empty memory of checkpoints, which keeps at most `perUser` of a user. */
export function createOpenCheckpoints({ now }: Pick<Clock, 'now'>, perUser: number): OpenCheckpoints {
  const byKey = new Map<string, OpenCheckpoint>()
  const counts = createCounts()
  // In the order of their first change, so that each is written some time, even with too many for one second.
  const moved = new Set<OpenCheckpoint>()

  const remove = (checkpoint: OpenCheckpoint): void => {
    moved.delete(checkpoint)
    if (byKey.get(checkpoint.key) !== checkpoint) return
    byKey.delete(checkpoint.key)
    counts.add(checkpoint.userId, -1)
  }

  /**
   * Removes the oldest checkpoints of a user, those without a socket first. It removes more than needed, because it goes through the
   * checkpoints of all users each time.
   */
  const giveUpOldest = (userId: string): void => {
    const own = byKey.values().filter((one) => one.userId === userId && one.key !== markOf(userId))
    const oldest = [...own].sort((a, b) => Math.sign(a.holders.length) - Math.sign(b.holders.length))
    for (const one of oldest.slice(0, oldest.length - keptOf(perUser))) remove(one)
    put({ ...markFor(userId, now()), holders: NONE, gone: NONE, isStored: false })
  }

  const put = (checkpoint: OpenCheckpoint): void => {
    const known = byKey.get(checkpoint.key)
    if (!known) counts.add(checkpoint.userId, 1)
    else if (known !== checkpoint) moved.delete(known)
    byKey.delete(checkpoint.key)
    byKey.set(checkpoint.key, checkpoint)
    if (!checkpoint.isStored) moved.add(checkpoint)
  }

  return {
    moved,
    forgotten: new Map(),
    get: (key) => byKey.get(key),
    remove,
    all: () => byKey.values(),
    add: (checkpoint) => {
      put(checkpoint)
      if (counts.of(checkpoint.userId) > perUser) giveUpOldest(checkpoint.userId)
    },
  }
}

/** A decision where a subscription begins, and whether it is stored. A subscription also begins while the database takes no writes. */
export type Begun = Pick<Decision, 'start' | 'own' | 'hasForgotten' | 'isReplaced'> & { readonly isStored: boolean }

/** The checkpoint of a decision. Its fields are written out, because an object made by spreading takes more memory. */
function toOpen({ own, isStored }: Begun): OpenCheckpoint {
  return {
    key: own.key,
    userId: own.userId,
    epoch: own.epoch,
    term: own.term,
    revision: own.revision,
    expiresAt: own.expiresAt,
    hasEchoed: own.hasEchoed,
    isShared: own.isShared,
    isStored,
    holders: NONE,
    gone: NONE,
  }
}

/** The gone clients of a shared checkpoint that may still come back, after a client has come. */
function goneBehind(
  known: OpenCheckpoint | undefined,
  { own: { epoch, term, revision, expiresAt }, hasForgotten }: Begun,
  now: number,
): readonly Gone[] {
  if (!known) return hasForgotten ? [{ revision, until: expiresAt, aliveAt: now }] : NONE
  const last = known.gone.at(-1)
  // A revision of a history or term that has been lost means nothing any more.
  if (last && (known.epoch !== epoch || known.term !== term)) return [{ ...last, revision }]
  return known.gone
}

function hold<Owner>(
  open: OpenCheckpoints,
  begun: Begun,
  { owner, now }: { readonly owner: Owner; readonly now: number },
): HeldCheckpoint<Owner> {
  const { own, start, isReplaced } = begun
  const known = open.get(own.key)
  const checkpoint = known?.epoch === own.epoch ? known : toOpen(begun)
  const held = {
    owner,
    start,
    checkpoint,
    written: own.revision,
    revision: own.revision,
    confirmed: own.revision,
    listener: undefined,
    isProven: true,
    aliveAt: now,
    since: now,
  }
  checkpoint.isShared ||= own.isShared || (known?.isShared ?? false)
  doubt(checkpoint, now)
  if (isReplaced) replace(checkpoint)
  // When it is not shared, the client that has gone is the one that is back.
  checkpoint.gone = checkpoint.isShared ? goneBehind(known, begun, now) : NONE
  checkpoint.holders = checkpoint.holders.concat(held)
  checkpoint.hasEchoed ||= own.hasEchoed
  checkpoint.revision = own.revision
  checkpoint.term = own.term
  open.add(checkpoint)
  open.forgotten.delete(own.key)
  return held
}

/** The methods of `Checkpoints` that change only the memory of the node, and `hold`, which adds a socket to a checkpoint. */
export interface Holding {
  hold<Owner>(begun: Begun, owner: Owner): HeldCheckpoint<Owner>
  acknowledge(held: HeldCheckpoint, revision: number | null): void
  markAlive(held: HeldCheckpoint): void
  release(held: HeldCheckpoint, isDead?: boolean): void
  forget(held: HeldCheckpoint): void
}

/** A `Holding` over the open checkpoints of a node. A checkpoint is good for `ttlMs` after its last socket has released it. */
export function createHolding(
  open: OpenCheckpoints,
  { clock, ttlMs }: { readonly clock: Clock; readonly ttlMs: number },
): Holding {
  const { moved, forgotten } = open
  /** False when the checkpoint was given up or replaced while a socket still had it. */
  const isCurrent = (checkpoint: OpenCheckpoint): boolean => open.get(checkpoint.key) === checkpoint
  return {
    hold: (begun, owner) => hold(open, begun, { owner, now: clock.now() }),
    acknowledge: (held, revision) => {
      const { checkpoint } = held
      held.revision = revision === null ? null : Math.max(revision, held.revision ?? 0)
      if (!isCurrent(checkpoint)) return
      settle(checkpoint, clock.now())
      moved.add(checkpoint)
    },
    markAlive: (held) => {
      if (prove(held, clock.now()) && isCurrent(held.checkpoint)) moved.add(held.checkpoint)
    },
    release: (held, isDead = false) => {
      const { checkpoint, revision } = held
      const now = clock.now()
      checkpoint.holders = checkpoint.holders.filter((other) => other !== held)
      if (!isCurrent(checkpoint)) return
      // A client that closes its socket was there until now. When a dead client was last there, is not known.
      const mayReturn = isDead ? held.isProven || checkpoint.isShared : counts(held, now)
      if (mayReturn && !held.isProven) checkpoint.isShared = true
      const aliveAt = isDead ? held.aliveAt : now + 1
      if (mayReturn) checkpoint.gone = addGone(checkpoint.gone, { revision, until: now + ttlMs, aliveAt })
      settle(checkpoint, now)
      if (checkpoint.holders.length === 0) checkpoint.expiresAt = now + ttlMs
      moved.add(checkpoint)
    },
    forget: (held) => {
      const { checkpoint } = held
      checkpoint.holders = checkpoint.holders.filter((other) => other !== held)
      if (!isCurrent(checkpoint)) return
      settle(checkpoint, clock.now())
      // Another client still has the checkpoint.
      if (checkpoint.holders.length + checkpoint.gone.length > 0) {
        if (checkpoint.holders.length === 0)
          checkpoint.expiresAt = Math.max(...checkpoint.gone.map(({ until }) => until))
        moved.add(checkpoint)
        return
      }
      open.remove(checkpoint)
      forgotten.set(checkpoint.key, { userId: checkpoint.userId, hash: checkpoint.key })
    },
  }
}
