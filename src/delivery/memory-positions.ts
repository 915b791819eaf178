import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { repeat } from '../lib/repeat.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { HeldPosition, LanePosition, PositionKey, Positions, Start } from './positions.ts'
import {
  erasePositions,
  movePositions,
  putPositions,
  ROWS_PER_STATEMENT,
  readPositions,
  removePositions,
  type StoredPosition,
  sweepPositions,
} from './stored-positions.ts'

export interface MemoryPositionsOptions {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  /** How long a position is kept after its socket has gone, in milliseconds. */
  readonly ttlMs: number
}

/** A position that is held by a socket, or not stored yet. */
interface Entry extends StoredPosition {
  revision: number | null
  expiresAt: number
  /** Sockets that follow it: a new one can come before the old one is found dead. */
  holders: number
}

interface Beginning {
  readonly key: PositionKey
  readonly lane: LanePosition
  readonly resolve: (held: HeldPosition) => void
  readonly reject: (error: unknown) => void
}

type Decided = StoredPosition & { readonly start: Start }

const STORE_MS = 1_000
const SWEEP_MS = 60_000
/** How long it is known of a position that it has expired; later its subscription looks like a new one. */
const EXPIRED_KNOWN_MS = 24 * 60 * 60 * 1_000
/** What is written here is written in order. */
const LANE = 'positions'

/**
 * Positions of one node: in memory while a socket holds them, written to the database about once a second, and read from
 * there when a client comes back. A crash costs at most what was acknowledged since, which then comes again.
 */
export const openMemoryPositions = ({ storage, clock, log, ttlMs }: MemoryPositionsOptions): Positions => {
  const entries = new Map<string, Entry>()
  const beginnings: Beginning[] = []
  // In the order of their first change, so that with too many for one second each has its turn.
  let moved = new Set<Entry>()
  const forgotten = new Set<string>()
  let isBeginning = false
  const refreshMs = Math.max(ttlMs / 2, STORE_MS)
  let refreshAt = clock.now() + refreshMs
  let sweepAt = clock.now()

  /** Of a position in use: after a crash it must last as long as if its socket had gone then. */
  const liveUntil = (): number => clock.now() + ttlMs + 2 * refreshMs

  const decide = ({ key, lane }: Beginning, known: StoredPosition | undefined): Decided => {
    const base = { key: key.hash, userId: key.userId, epoch: lane.epoch, expiresAt: liveUntil() }
    if (!known) return { ...base, revision: lane.revision, start: { revision: lane.revision, isExpired: false } }
    const { epoch, revision, expiresAt } = known
    const isFit = epoch === lane.epoch && expiresAt > clock.now()
    if (isFit && revision !== null && revision <= lane.revision) {
      return { ...base, revision, start: { revision, isExpired: false } }
    }
    return { ...base, revision: null, start: { revision: lane.revision, isExpired: true } }
  }

  const decideAll = async (tx: Tx, batch: readonly Beginning[]): Promise<readonly Decided[]> => {
    const stored = await readPositions(
      tx,
      batch.map(({ key }) => key.hash),
    )
    return batch.map((beginning) => {
      const { hash } = beginning.key
      return decide(beginning, forgotten.has(hash) ? undefined : (entries.get(hash) ?? stored.get(hash)))
    })
  }

  const decideAndStore = (batch: readonly Beginning[]): Promise<readonly Decided[]> =>
    storage.write(async (tx) => {
      const decided = await decideAll(tx, batch)
      // One client under one id twice at a time begins alike.
      await putPositions(tx, [...new Map(decided.map((position) => [position.key, position])).values()])
      return decided
    }, LANE)

  const hold = ({ start, ...position }: Decided): HeldPosition => {
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

  const beginTogether = async (batch: readonly Beginning[]): Promise<void> => {
    try {
      const decided = await decideAndStore(batch).catch((err: unknown) => {
        log.warn({ err }, 'could not store where subscriptions begin')
        return storage.read((tx) => decideAll(tx, batch))
      })
      for (const [index, { resolve }] of batch.entries()) resolve(hold(decided[index] as Decided))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  /** Whoever comes while one batch is being stored shares the next one. */
  const beginAll = async (): Promise<void> => {
    isBeginning = true
    while (beginnings.length > 0) await beginTogether(beginnings.splice(0, ROWS_PER_STATEMENT))
    isBeginning = false
  }

  const write = (rows: readonly StoredPosition[], gone: readonly string[], isSweepDue: boolean): Promise<void> =>
    storage.write(async (tx) => {
      if (rows.length > 0) await movePositions(tx, rows)
      if (gone.length > 0) await removePositions(tx, gone)
      if (isSweepDue) await sweepPositions(tx, clock.now() - EXPIRED_KNOWN_MS)
    }, LANE)

  /** One statement of each kind at most, so that a busy second does not hold up the process. */
  const storeSome = async (): Promise<void> => {
    const batch = [...moved].slice(0, ROWS_PER_STATEMENT)
    const gone = [...forgotten].slice(0, ROWS_PER_STATEMENT)
    const isSweepDue = clock.now() >= sweepAt
    if (batch.length === 0 && gone.length === 0 && !isSweepDue) return
    for (const entry of batch) {
      moved.delete(entry)
      if (entry.holders > 0) entry.expiresAt = liveUntil()
    }
    try {
      await write(batch, gone, isSweepDue)
    } catch (error) {
      for (const entry of batch) if (entries.get(entry.key) === entry) moved.add(entry)
      throw error
    }
    for (const key of gone) forgotten.delete(key)
    for (const entry of batch) {
      const isDone = entry.holders === 0 && !moved.has(entry) && entries.get(entry.key) === entry
      if (isDone) entries.delete(entry.key)
    }
    if (isSweepDue) sweepAt = clock.now() + SWEEP_MS
  }

  let storing: Promise<void> = Promise.resolve()
  const storeNext = (): Promise<void> => {
    storing = storing.catch(() => {}).then(storeSome)
    return storing
  }

  const store = async (): Promise<void> => {
    do await storeNext()
    while (moved.size > 0 || forgotten.size > 0)
  }

  const pass = async (): Promise<void> => {
    if (clock.now() >= refreshAt) {
      refreshAt = clock.now() + refreshMs
      for (const entry of entries.values()) moved.add(entry)
    }
    await storeNext()
  }

  const cancel = repeat(clock, STORE_MS, pass, (err) => log.warn({ err }, 'could not store positions'))

  return {
    begin: (key, lane) =>
      new Promise((resolve, reject) => {
        beginnings.push({ key, lane, resolve, reject })
        if (!isBeginning) void beginAll()
      }),
    store,
    erase: async (tx, userId) => {
      for (const [key, entry] of entries) if (entry.userId === userId) entries.delete(key)
      moved = new Set([...moved].filter((entry) => entry.userId !== userId))
      await erasePositions(tx, userId)
    },
    close: async () => {
      cancel()
      await store()
    },
  }
}
