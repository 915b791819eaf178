import type { Clock } from '../lib/clock.ts'
import { createCounts } from '../lib/counts.ts'
import { type Begun, keptOf, markEntry, markOf } from './position-home.ts'
import { addGone, counts, doubt, prove, replace, settle } from './position-places.ts'
import type { Gone, HeldPosition, PositionEntry, PositionKey, Positions } from './positions.ts'

const NONE: readonly never[] = []

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
  const counts = createCounts()
  // In the order of their first change, so that with too many for one second each has its turn.
  const moved = new Set<PositionEntry>()

  const remove = (entry: PositionEntry): void => {
    moved.delete(entry)
    if (entries.get(entry.key) !== entry) return
    entries.delete(entry.key)
    counts.add(entry.userId, -1)
  }

  /** Gives up the oldest of a user, those without a socket first; some more than needed, since it looks at everybody's. */
  const giveUpOldest = (userId: string): void => {
    const own = entries.values().filter((entry) => entry.userId === userId && entry.key !== markOf(userId))
    const oldest = [...own].sort((a, b) => Math.sign(a.holders.length) - Math.sign(b.holders.length))
    for (const entry of oldest.slice(0, oldest.length - keptOf(perUser))) remove(entry)
    put({ ...markEntry(userId, now()), holders: NONE, gone: NONE, isStored: false })
  }

  const put = (entry: PositionEntry): void => {
    const known = entries.get(entry.key)
    if (!known) counts.add(entry.userId, 1)
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
      if (counts.of(entry.userId) > perUser) giveUpOldest(entry.userId)
    },
  }
}

/** Written out, since there is one per subscription: what is spread takes more room. */
const toEntry = ({
  key,
  userId,
  epoch,
  term,
  revision,
  expiresAt,
  hasEchoed,
  isShared,
  isStored,
}: Begun): PositionEntry => ({
  key,
  userId,
  epoch,
  term,
  revision,
  expiresAt,
  hasEchoed,
  isShared,
  isStored,
  holders: NONE,
  gone: NONE,
})

/** Who has gone and may still come back, when somebody has come. */
const goneBehind = (
  known: PositionEntry | undefined,
  { epoch, term, revision, gone = NONE }: Begun,
): readonly Gone[] => {
  if (!known) return gone
  const last = known.gone.at(-1)
  // Where it got in a history or term that is lost since counts no more.
  if (last && (known.epoch !== epoch || known.term !== term)) return [{ ...last, revision }]
  return known.gone
}

const hold = (memory: PositionMemory, begun: Begun, now: number): HeldPosition => {
  const { key, epoch, term, revision, hasEchoed, start, isShared, isReplaced = false } = begun
  const known = memory.get(key)
  const entry = known?.epoch === epoch ? known : toEntry(begun)
  const held = { start, entry, revision, isProven: true, heardAt: now, since: now }
  entry.isShared ||= isShared || (known?.isShared ?? false)
  doubt(entry, now)
  if (isReplaced) replace(entry)
  // Of a single client, whoever has gone is back.
  entry.gone = entry.isShared ? goneBehind(known, begun) : NONE
  entry.holders = entry.holders.concat(held)
  entry.hasEchoed ||= hasEchoed
  entry.revision = revision
  entry.term = term
  memory.add(entry)
  memory.forgotten.delete(key)
  return held
}

/** What sockets do with the positions of a node. One is kept for `ttlMs` after the last of its sockets has released it. */
export const createHolding = (
  memory: PositionMemory,
  { clock, ttlMs }: { readonly clock: Clock; readonly ttlMs: number },
): Pick<Positions, 'acknowledge' | 'hear' | 'release' | 'forget'> & { hold(begun: Begun): HeldPosition } => {
  const { moved, forgotten } = memory
  /** It may have been given up, or begun anew, behind the back of its socket. */
  const isCurrent = (entry: PositionEntry): boolean => memory.get(entry.key) === entry
  return {
    hold: (begun) => hold(memory, begun, clock.now()),
    acknowledge: (held, revision) => {
      const { entry } = held
      held.revision = revision === null ? null : Math.max(revision, held.revision ?? 0)
      if (!isCurrent(entry)) return
      settle(entry, clock.now())
      moved.add(entry)
    },
    hear: (held) => {
      if (prove(held, clock.now()) && isCurrent(held.entry)) moved.add(held.entry)
    },
    release: (held, isDead = false) => {
      const { entry, revision } = held
      const now = clock.now()
      entry.holders = entry.holders.filter((other) => other !== held)
      if (!isCurrent(entry)) return
      // Whoever says farewell was there until now; of a dead one, nobody knows since when it is.
      const mayReturn = isDead ? held.isProven || entry.isShared : counts(held, now)
      if (mayReturn && !held.isProven) entry.isShared = true
      const heardAt = isDead ? held.heardAt : now + 1
      if (mayReturn) entry.gone = addGone(entry.gone, { revision, until: now + ttlMs, heardAt })
      settle(entry, now)
      if (entry.holders.length === 0) entry.expiresAt = now + ttlMs
      moved.add(entry)
    },
    forget: (held) => {
      const { entry } = held
      entry.holders = entry.holders.filter((other) => other !== held)
      if (!isCurrent(entry)) return
      settle(entry, clock.now())
      // It is over for this client; another one goes on with it.
      if (entry.holders.length + entry.gone.length > 0) {
        if (entry.holders.length === 0) entry.expiresAt = Math.max(...entry.gone.map(({ until }) => until))
        moved.add(entry)
        return
      }
      memory.remove(entry)
      forgotten.set(entry.key, { userId: entry.userId, hash: entry.key })
    },
  }
}

/** A client came to another node under this key, some milliseconds ago: those of this one are to give a sign of life. */
export const doubtHolders = (memory: PositionMemory, key: string, now: number, ago: number): void => {
  const entry = memory.get(key)
  if (entry) doubt(entry, now, ago)
}

/** Forgets a user. */
export const eraseHeldPositions = (memory: PositionMemory, userId: string): void => {
  for (const entry of [...memory.all(), ...memory.moved]) if (entry.userId === userId) memory.remove(entry)
}
