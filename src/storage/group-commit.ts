import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Tx } from './storage.ts'

interface Command {
  readonly run: (tx: Tx) => Promise<unknown>
  /** The command need not wait for the disk; see `Storage.note`. */
  readonly isNote: boolean
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Runs work in one transaction and resolves to its result once that is on disk. With `isNote` it may resolve before. */
export type Transact = <Result>(work: (tx: Tx) => Promise<Result>, isNote?: boolean) => Promise<Result>

/** How a group commit runs its transactions. */
export interface GroupCommitDeps {
  readonly transact: Transact
  /** Whether an error ends the transaction for all commands in it. Other errors end only the command that threw them. */
  readonly isFatal?: (error: unknown) => boolean
  /** After so many milliseconds no further command begins in a transaction; the rest go into the next one. Left out: no limit. */
  readonly maxMs?: number
  /** Called each time that no command is waiting any more. */
  readonly onIdle?: () => void
}

/** The most commands that share a commit. The first of them is answered only after the last has run. */
const MAX_GROUP = 128

/**
 * Runs one command within a transaction of several. When it fails, only its own changes are undone. Returns a function that answers its
 * caller, for after the commit.
 */
async function runOne(
  tx: Tx,
  { run, resolve, reject }: Command,
  isFatal: (error: unknown) => boolean,
): Promise<() => void> {
  await sql`SAVEPOINT command`.execute(tx)
  try {
    const value = await run(tx)
    await sql`RELEASE SAVEPOINT command`.execute(tx)
    return () => resolve(value)
  } catch (error) {
    if (isFatal(error)) throw error
    // SQLite gives up the whole transaction when it finds the disk full; then there is no savepoint left, and no group.
    await sql`ROLLBACK TO SAVEPOINT command`.execute(tx).catch(() => Promise.reject(error))
    return () => reject(error)
  }
}

/**
 * Makes commands share commits. A commit waits for the disk, and only one transaction at a time can write to a stream. So commands that
 * come during a commit go into the next one together. Each still happens wholly or not at all, in the order of coming.
 *
 * It differs from `lib/batches.ts`: how many commands go together is found while the transaction runs, and one that fails lets the others
 * stand.
 */
export function createGroupCommit({ transact, isFatal = () => false, maxMs, onIdle }: GroupCommitDeps): Transact {
  const waiting: Command[] = []
  let isRunning = false

  /** Runs commands in one transaction. Those for which no time is left go back to the front of the line. */
  const runTogether = (group: Command[]): Promise<readonly (() => void)[]> =>
    transact(
      async (tx) => {
        const tell: (() => void)[] = []
        const began = performance.now()
        for (const command of [...group]) {
          if (maxMs !== undefined && tell.length > 0 && performance.now() - began > maxMs) break
          tell.push(await runOne(tx, command, isFatal))
        }
        waiting.unshift(...group.splice(tell.length))
        return tell
      },
      group.every(({ isNote }) => isNote),
    )

  const runAlone = async ({ run, isNote, resolve }: Command): Promise<readonly (() => void)[]> => {
    const value = await transact(run, isNote)
    return [() => resolve(value)]
  }

  const commit = async (group: Command[]): Promise<void> => {
    const [first] = group
    try {
      for (const settle of await (first && group.length === 1 ? runAlone(first) : runTogether(group))) settle()
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }

  const drain = async (): Promise<void> => {
    isRunning = true
    while (waiting.length > 0) {
      // A commit of SQLite blocks the process while it waits for the disk. Requests that came meanwhile get as far as here first.
      await setImmediate()
      await commit(waiting.splice(0, MAX_GROUP))
    }
    isRunning = false
    onIdle?.()
  }

  return <Result>(run: (tx: Tx) => Promise<Result>, isNote = false) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ run, isNote, resolve: resolve as (value: unknown) => void, reject })
      if (!isRunning) void drain()
    })
}

/** How the group commits of streams run their transactions, each of which begins with one stream. */
export interface StreamCommitDeps extends Pick<GroupCommitDeps, 'isFatal'> {
  readonly transact: <Result>(work: (tx: Tx) => Promise<Result>, stream: string) => Promise<Result>
}

/**
 * A group commit for each stream. Commands of different streams do not wait for each other. Those of one stream keep their order, and take
 * one connection together, however many they are.
 */
export function createStreamCommit({
  transact,
  isFatal,
}: StreamCommitDeps): <Result>(stream: string, run: (tx: Tx) => Promise<Result>) => Promise<Result> {
  const groups = new Map<string, Transact>()
  return (stream, run) => {
    const open = () =>
      createGroupCommit({
        transact: (work) => transact(work, stream),
        ...(isFatal && { isFatal }),
        onIdle: () => groups.delete(stream),
      })
    const group = groups.get(stream) ?? open()
    groups.set(stream, group)
    return group(run)
  }
}
