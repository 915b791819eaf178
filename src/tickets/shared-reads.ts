import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../lib/clock.ts'
import { readWithRetry } from '../lib/retry.ts'
import type { Storage } from '../storage/storage.ts'
import type { Audience } from './audience.ts'
import { type ReadsFound, readReads } from './reads.ts'
import { streamOf } from './ticket-streams.ts'

interface Deps {
  readonly storage: Storage
  readonly clock: Clock
}

/** The time from a change that was told to the next one, in milliseconds. */
const THROTTLE_MS = 1_000

/**
 * The reads of one ticket as one audience may know them, read once for all who follow them on this node. As long as nothing changes, it
 * finds the same object, so that followers know that there is nothing to tell.
 */
class SharedReads {
  readonly #read: () => Promise<ReadsFound>
  readonly #clock: Clock
  /** How many follow. */
  followers = 0
  #found: ReadsFound | undefined
  /** Whether something may have changed since the last reading began. */
  #isStale = true
  #changedAt = Number.NEGATIVE_INFINITY
  /** The next reading of the store, until it begins. */
  #next: Promise<ReadsFound> | undefined
  /** Ends the pause before it. */
  #hurry = Promise.withResolvers<void>()
  /** The reading that is under way. */
  #reading: Promise<ReadsFound> | undefined

  constructor({ storage, clock }: Deps, ticketId: string, audience: Audience) {
    this.#clock = clock
    this.#read = () =>
      readWithRetry(
        () => storage.read((tx) => readReads(tx, ticketId, audience)),
        () => this.followers === 0,
      )
  }

  /** Call it with each event that may have changed something, before `find`. */
  invalidate(): void {
    this.#isStale = true
  }

  /**
   * Resolves to what the store has after the last invalidation. When it has to be read, that waits until a second after the last change, and
   * is done once for all who wait. What finds no change takes no time from what follows.
   */
  async find(): Promise<ReadsFound> {
    const known = this.#isStale ? undefined : (this.#reading ?? this.#found)
    return known ?? this.#findNext()
  }

  /** `find` that reads the store in any case, and without waiting. */
  findNow(): Promise<ReadsFound> {
    const next = this.#findNext()
    this.#hurry.resolve()
    return next
  }

  #findNext(): Promise<ReadsFound> {
    this.#next ??= this.#begin()
    return this.#next
  }

  async #begin(): Promise<ReadsFound> {
    await this.#reading?.catch(() => {})
    const pauseMs = this.#changedAt + THROTTLE_MS - this.#clock.now()
    if (pauseMs > 0) {
      const cancel = this.#clock.after(pauseMs, this.#hurry.resolve)
      await this.#hurry.promise
      cancel()
    }
    this.#next = undefined
    this.#isStale = false
    this.#hurry = Promise.withResolvers()
    this.#reading = this.#read().then((found) => this.#keep(found))
    try {
      return await this.#reading
    } catch (error) {
      this.#isStale = true
      throw error
    } finally {
      this.#reading = undefined
    }
  }

  #keep({ reads, participants }: ReadsFound): ReadsFound {
    const isSame = isDeepStrictEqual(reads, this.#found?.reads)
    if (!isSame) this.#changedAt = this.#clock.now()
    this.#found = { reads: isSame && this.#found ? this.#found.reads : reads, participants }
    return this.#found
  }
}

/** What somebody who follows the reads of a ticket holds. */
export interface HeldReads extends Pick<SharedReads, 'invalidate' | 'find' | 'findNow'> {
  /** Lets go of it: call it once. */
  release(): void
}

/** Returns a function that gives what all followers of the reads of a ticket share on this node, and makes it for the first one. */
export function createHoldReads(deps: Deps) {
  const known = new Map<string, SharedReads>()
  return (ticketId: string, audience: Audience): HeldReads => {
    const key = streamOf(ticketId, audience)
    const shared = known.get(key) ?? new SharedReads(deps, ticketId, audience)
    known.set(key, shared)
    shared.followers += 1
    return {
      invalidate: () => shared.invalidate(),
      find: () => shared.find(),
      findNow: () => shared.findNow(),
      release: () => {
        shared.followers -= 1
        if (shared.followers === 0) known.delete(key)
      },
    }
  }
}
