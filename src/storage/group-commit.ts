import { setImmediate } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import type { Tx } from './storage.ts'
import type { Tables } from './tables.ts'

interface Command {
  readonly run: (tx: Tx) => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Runs a command in a transaction and resolves when that is on disk. */
export type Commit = <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>

/** Commands that share a commit; the last of them waits for all others to run. */
const MAX_GROUP = 128

/** Runs one command of several in a transaction; when it fails, the others stand. Returns how to tell its caller. */
const runOne = async (tx: Tx, { run, resolve, reject }: Command): Promise<() => void> => {
  await sql`SAVEPOINT command`.execute(tx)
  try {
    const value = await run(tx)
    await sql`RELEASE command`.execute(tx)
    return () => resolve(value)
  } catch (error) {
    // SQLite gives up the whole transaction when it finds the disk full; then there is no savepoint left, and no group.
    await sql`ROLLBACK TO command`.execute(tx).catch(() => Promise.reject(error))
    return () => reject(error)
  }
}

/**
 * A commit waits for the disk, and SQLite has one writer: so commands that have come while another commit was under way
 * share the next one. Each still happens wholly or not at all, in the order of coming.
 */
export const createGroupCommit = (db: Kysely<Tables>): Commit => {
  const waiting: Command[] = []
  let isRunning = false

  const commit = async (group: readonly Command[]): Promise<void> => {
    try {
      const tell: (() => void)[] = []
      await db.transaction().execute(async (tx) => {
        for (const command of group) tell.push(await runOne(tx, command))
      })
      for (const settle of tell) settle()
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }

  const drain = async (): Promise<void> => {
    isRunning = true
    while (waiting.length > 0) {
      // A commit blocks the process while it waits for the disk. Requests that came meanwhile get as far as here first.
      await setImmediate()
      await commit(waiting.splice(0, MAX_GROUP))
    }
    isRunning = false
  }

  return <Result>(run: (tx: Tx) => Promise<Result>) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ run, resolve: resolve as (value: unknown) => void, reject })
      if (!isRunning) void drain()
    })
}
