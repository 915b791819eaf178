import { setTimeout } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { type Backoff, backoffMs } from '../lib/backoff.ts'
import { inTurns } from '../lib/chunks.ts'
import { createPool } from '../lib/pool.ts'
import { isHeld } from './postgres-errors.ts'
import type { Tables } from './tables.ts'

/** How long a command tries to get rows that another transaction holds, in milliseconds. A holder that hangs loses its rows sooner. */
const MAX_WAIT_MS = 15_000
/** The waits do not grow. If they did, a newer command would overtake one that has waited long. */
const RETRY: Backoff = { firstMs: 130, maxMs: 130 }
/**
 * After a row was found held, for so many milliseconds commands first ask whether their stream is held. Else each would wait for it with a
 * connection.
 */
const TROUBLE_MS = 2_000

/** Runs a command, again when need be. `isStreamHeld` says whether another transaction holds the stream that it begins with. */
export type Persist = <Result>(attempt: () => Promise<Result>, isStreamHeld?: () => Promise<boolean>) => Promise<Result>

/**
 * Makes commands try again for as long as another transaction holds rows that they need. In between others have the connection, and only
 * `places` commands at a time try again. So however many wait, connections are left to those that do not need these rows. While nothing is
 * held, nothing extra is asked.
 */
export function createPersist(places: number): {
  readonly persist: Persist
  /** Notes that a row was found held, so that commands ask first for a while. */
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
    /** Resolves to undefined when another transaction holds what the command needs. */
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

/** Streams that are looked for with one statement. */
const STREAMS_PER_STATEMENT = 5_000

/** Which of these streams another transaction holds at this moment. Streams without a row are left out. */
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
