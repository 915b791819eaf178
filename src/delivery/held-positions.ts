import type { Clock } from '../lib/clock.ts'
import { type Begun, keptOf, markEntry, markOf } from './position-home.ts'
import type { HeldPosition, PositionEntry, PositionKey, Positions } from './positions.ts'

/** What a node knows of positions before anybody else does. */
export interface PositionMemory {
  readonly moved: Set<PositionEntry>
  readonly forgotten: Map<string, PositionKey>
  get(key: string): PositionEntry | undefined
  /** Adds one as the newest. With too many of one user, the oldest go, and a mark says so. */
  add(entry: PositionEntry): void
  remove(entry: PositionEntry): void
  /** The oldest first. */
  all(): Iterable<PositionEntry>
}

/** Starts without any; keeps at most `perUser` of a user. */
export const createPositionMemory = ({ now }: Pick<Clock, 'now'>, perUser: number): PositionMemory => {
  const entries = new Map<string, PositionEntry>()
  const counts = new Map<string, number>()
  // In the order of their first change, so that with too many for one second each has its turn.
  const moved = new Set<PositionEntry>()

  const count = (userId: string, change: 1 | -1): number => {
    const changed = (counts.get(userId) ?? 0) + change
    if (changed > 0) counts.set(userId, changed)
    else counts.delete(userId)
    return changed
  }

  const remove = (entry: PositionEntry): void => {
    moved.delete(entry)
    if (entries.get(entry.key) !== entry) return
    entries.delete(entry.key)
    count(entry.userId, -1)
  }

  /** Gives up the oldest of a user, those without a socket first; some more than needed, since it looks at everybody's. */
  const giveUpOldest = (userId: string): void => {
    const own = entries.values().filter((entry) => entry.userId === userId && entry.key !== markOf(userId))
    const oldest = [...own].sort((a, b) => Math.sign(a.holders) - Math.sign(b.holders))
    for (const entry of oldest.slice(0, oldest.length - keptOf(perUser))) remove(entry)
    put({ ...markEntry(userId, now()), holders: 0, isStored: false })
  }

  const put = (entry: PositionEntry): void => {
    const known = entries.get(entry.key)
    if (!known) count(entry.userId, 1)
    else if (known !== entry) moved.delete(known)
    entries.delete(entry.key)
    entries.set(entry.key, entry)
    if (!entry.isStored) moved.add(entry)
  }

  return {
    moved,
    forgotten: new Map(),
    get: (key) => entries.get(key),
    remove,
    all: () => entries.values(),
    add: (entry) => {
      put(entry)
      if ((counts.get(entry.userId) ?? 0) > perUser) giveUpOldest(entry.userId)
    },
  }
}

/** Written out, since there is one per subscription: what is spread takes more room. */
const toEntry = ({ key, userId, epoch, term, revision, expiresAt, hasEchoed, isStored }: Begun): PositionEntry => ({
  key,
  userId,
  epoch,
  term,
  revision,
  expiresAt,
  hasEchoed,
  isStored,
  holders: 0,
})

const hold = (memory: PositionMemory, begun: Begun): HeldPosition => {
  const { key, epoch, term, revision, hasEchoed, start } = begun
  const known = memory.get(key)
  const entry = known?.epoch === epoch ? known : toEntry(begun)
  entry.holders += 1
  entry.hasEchoed ||= hasEchoed
  // Where it got in a term that is lost since was further than the lane is now.
  const held = entry.term === term ? (entry.revision ?? 0) : 0
  entry.revision = revision === null ? null : Math.max(revision, held)
  entry.term = term
  memory.add(entry)
  memory.forgotten.delete(key)
  return { start, entry }
}

/** What sockets do with the positions of a node. One is kept for `ttlMs` after the last of its sockets has released it. */
export const createHolding = (
  memory: PositionMemory,
  { clock, ttlMs }: { readonly clock: Clock; readonly ttlMs: number },
): Pick<Positions, 'acknowledge' | 'release' | 'forget'> & { hold(begun: Begun): HeldPosition } => {
  const { moved, forgotten } = memory
  /** It may have been given up, or begun anew, behind the back of its socket. */
  const isCurrent = (entry: PositionEntry): boolean => memory.get(entry.key) === entry
  return {
    hold: (begun) => hold(memory, begun),
    acknowledge: ({ entry }, revision) => {
      if (!isCurrent(entry)) return
      entry.revision = revision === null ? null : Math.max(revision, entry.revision ?? 0)
      moved.add(entry)
    },
    release: ({ entry }) => {
      entry.holders -= 1
      if (entry.holders > 0 || !isCurrent(entry)) return
      entry.expiresAt = clock.now() + ttlMs
      moved.add(entry)
    },
    forget: ({ entry }) => {
      if (!isCurrent(entry)) return
      memory.remove(entry)
      forgotten.set(entry.key, { userId: entry.userId, hash: entry.key })
    },
  }
}

/** Forgets a user. */
export const eraseHeldPositions = (memory: PositionMemory, userId: string): void => {
  for (const entry of [...memory.all(), ...memory.moved]) if (entry.userId === userId) memory.remove(entry)
}
