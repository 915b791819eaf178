import { setTimeout } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { type Backoff, backoffMs } from '../lib/backoff.ts'
import { inTurns } from '../lib/chunks.ts'
import { createPool } from '../lib/pool.ts'
import { isHeld } from './postgres-errors.ts'
import type { Tables } from './tables.ts'

/** How long a command tries to get rows that somebody else holds; longer than a holder that hangs is let live. */
const MAX_WAIT_MS = 15_000
/** Always as soon: were the waits longer for those who have waited long, others would overtake them. */
const RETRY: Backoff = { firstMs: 130, maxMs: 130 }
/** After somebody had to wait, it is looked first whether a stream is held, rather than waited for it with a connection. */
const TROUBLE_MS = 2_000

/** Attempts a command; `isHeld` says whether somebody else holds the stream that it begins with. */
export type Persist = <Result>(attempt: () => Promise<Result>, isStreamHeld?: () => Promise<boolean>) => Promise<Result>

/**
 * Tries again for as long as somebody else holds rows that are needed. In between others have the connection, and only `places` at a
 * time try again: so however many wait for rows, connections are left to those who do not need them. While all is well nothing is asked
 * that a command would not ask anyway.
 */
export function createPersist(places: number): {
  readonly persist: Persist /** Somebody found a row held. */
  readonly noteTrouble: () => void
} {
  const pool = createPool([...Array(places).keys()])
  let troubledUntil = 0
  const noteTrouble = (): void => {
    troubledUntil = performance.now() + TROUBLE_MS
  }

  const persist: Persist = async (attempt, isStreamHeld = async () => false) => {
    const began = performance.now()
    type Done = Awaited<ReturnType<typeof attempt>>
    /** Undefined: somebody else holds what it needs. */
    const tryOnce = async (mustLook: boolean): Promise<{ readonly value: Done } | undefined> => {
      const isOver = performance.now() - began > MAX_WAIT_MS
      if (mustLook && !isOver && (await isStreamHeld())) return undefined
      try {
        return { value: await attempt() }
      } catch (error) {
        if (!isHeld(error) || isOver) throw error
        noteTrouble()
        return undefined
      }
    }
    let done = await tryOnce(performance.now() < troubledUntil)
    while (!done) {
      await setTimeout(backoffMs(RETRY))
      done = await pool.use(() => tryOnce(true))
    }
    return done.value
  }
  return { persist, noteTrouble }
}

/** Streams of one statement. */
const STREAMS_PER_STATEMENT = 5_000

/** Which of these streams another transaction holds at this moment. Those that are not there yet are left out. */
export async function findHeld(db: Kysely<Tables>, streams: readonly string[]): Promise<ReadonlySet<string>> {
  const held = new Set<string>()
  await inTurns(streams, STREAMS_PER_STATEMENT, async (some) => {
    const named = sql.join(some)
    const { rows } = await sql<{ stream: string }>`
      WITH free AS (SELECT stream FROM streams WHERE stream IN (${named}) FOR NO KEY UPDATE SKIP LOCKED)
      SELECT stream FROM streams WHERE stream IN (${named}) AND stream NOT IN (SELECT stream FROM free)
    `.execute(db)
    for (const { stream } of rows) held.add(stream)
  })
  return held
}
