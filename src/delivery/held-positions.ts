import type { Clock } from '../lib/clock.ts'
import type { StoredPosition } from './position-rows.ts'
import type { HeldPosition, Start } from './positions.ts'

/** A position that is held by a socket, or not stored yet. */
export interface Entry extends StoredPosition {
  revision: number | null
  expiresAt: number
  /** Sockets that follow it: a new one can come before the old one is found dead. */
  holders: number
}

/** What a node knows of positions before the database does. */
export interface PositionMemory {
  readonly entries: Map<string, Entry>
  /** In the order of their first change, so that with too many for one second each has its turn. */
  readonly moved: Set<Entry>
  readonly forgotten: Set<string>
}

/** A position with which a subscription begins, and where that is. */
export type Begun = StoredPosition & { readonly start: Start }

/** Holds a position for a socket. It is kept for `ttlMs` after the last one has released it. */
export const holdPosition = (
  { entries, moved, forgotten }: PositionMemory,
  { start, ...position }: Begun,
  { clock, ttlMs }: { readonly clock: Clock; readonly ttlMs: number },
): HeldPosition => {
  const known = entries.get(position.key)
  const entry = known?.epoch === position.epoch ? known : { ...position, holders: 0 }
  entry.holders += 1
  entries.set(position.key, entry)
  forgotten.delete(position.key)
  const isCurrent = (): boolean => entries.get(entry.key) === entry
  return {
    start,
    acknowledge: (revision) => {
      if (!isCurrent()) return
      entry.revision = revision === null ? null : Math.max(revision, entry.revision ?? 0)
      moved.add(entry)
    },
    release: () => {
      entry.holders -= 1
      if (entry.holders > 0 || !isCurrent()) return
      entry.expiresAt = clock.now() + ttlMs
      moved.add(entry)
    },
    forget: () => {
      if (!isCurrent()) return
      entries.delete(entry.key)
      moved.delete(entry)
      forgotten.add(entry.key)
    },
  }
}

/** Forgets a user. */
export const eraseHeldPositions = ({ entries, moved }: PositionMemory, userId: string): void => {
  for (const entry of [...entries.values(), ...moved]) {
    if (entry.userId !== userId) continue
    entries.delete(entry.key)
    moved.delete(entry)
  }
}
