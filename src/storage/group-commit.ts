import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Tx } from './storage.ts'

interface Command {
  readonly run: (tx: Tx) => Promise<unknown>
  /** See `Storage.note`. */
  readonly isNote: boolean
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Runs work in a transaction and resolves when that is on disk; a note need not wait for the disk. */
export type Transact = <Result>(work: (tx: Tx) => Promise<Result>, isNote?: boolean) => Promise<Result>

export interface GroupCommitDeps {
  readonly transact: Transact
  /** The error ends the transaction for all commands in it, rather than for the one that met it. */
  readonly isFatal?: (error: unknown) => boolean
  /** Commands that have not begun after so many milliseconds go with the next transaction; left out: none. */
  readonly maxMs?: number
  /** No command is waiting any more. */
  readonly onIdle?: () => void
}

/** Commands that share a commit; the last of them waits for all others to run. */
const MAX_GROUP = 128

/** Runs one command of several in a transaction; when it fails, the others stand. Returns how to tell its caller. */
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
 * A commit waits for the disk, and only one transaction at a time can write to a stream: so commands that have come while
 * another commit was under way share the next one. Each still happens wholly or not at all, in the order of coming.
 *
 * These are no batches (`lib/batches.ts`): how many go together is found while the transaction runs, and one that fails lets the others stand.
 */
export function createGroupCommit({ transact, isFatal = () => false, maxMs, onIdle }: GroupCommitDeps): Transact {
  const waiting: Command[] = []
  let isRunning = false

  /** Runs commands of the front of the line, and leaves there what would take too long. */
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

export interface StreamCommitDeps extends Pick<GroupCommitDeps, 'isFatal'> {
  readonly transact: <Result>(work: (tx: Tx) => Promise<Result>, stream: string) => Promise<Result>
}

/**
 * A group commit for each stream. Commands of different streams do not wait for each other; those of one stream keep their order
 * and take one connection together, however many they are.
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
