import { sql } from 'kysely'
import type { Storage, Tx } from './storage.ts'

/**
 * A kind of task. A task is long work in many transactions: to erase a user, to retract a notification, to tell of its new content, or to
 * delete a ticket. It is stored with the first of them, so that it is finished even if its process ends.
 */
export type TaskKind = 'erase' | 'retract' | 'update' | 'delete-ticket'

/** Several tasks of one kind. */
export interface Tasks {
  readonly kind: TaskKind
  /** The ids of the users to erase, of the notifications to retract, or of the tickets to delete; or the names of updates. At most 1,000. */
  readonly subjects: readonly string[]
}

/** A task that was not renewed for so long is left over from a process that has ended, in milliseconds. */
const LEFT_OVER_MS = 30_000
/** How often a process renews the task that it works on, in milliseconds. */
const RENEWAL_MS = 5_000
/** Left-over tasks that are read at a time. */
const TASKS = 100

/** Stores that tasks have begun, or go on. Runs in the transaction that begins them. */
export async function beginTasks(tx: Tx, { now }: Storage, { kind, subjects }: Tasks): Promise<void> {
  await tx
    .insertInto('tasks')
    .values(subjects.map((subject) => ({ kind, subject, renewed_at: now })))
    .onConflict((conflict) => conflict.columns(['kind', 'subject']).doUpdateSet({ renewed_at: now }))
    .execute()
}

/** Deletes tasks that are done. Runs in the last transaction of the tasks. */
export async function endTasks(tx: Tx, { kind, subjects }: Tasks): Promise<void> {
  await tx.deleteFrom('tasks').where('kind', '=', kind).where('subject', 'in', subjects).execute()
}

/**
 * Returns a function that a process calls in each step of its tasks. It renews them every few seconds, so that no other process takes them
 * up.
 */
export function createRenewal({ now }: Storage, { kind, subjects }: Tasks): (tx: Tx) => Promise<void> {
  let renewed = performance.now()
  return async (tx) => {
    if (performance.now() - renewed < RENEWAL_MS) return
    await tx
      .updateTable('tasks')
      .set({ renewed_at: now })
      .where('kind', '=', kind)
      .where('subject', 'in', subjects)
      .execute()
    renewed = performance.now()
  }
}

/**
 * Renews tasks, and keeps others from ending them until the transaction ends. Resolves to false when they were ended: another process has done
 * the work.
 */
export async function holdTasks(tx: Tx, { now }: Storage, { kind, subjects }: Tasks): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('tasks')
    .set({ renewed_at: now })
    .where('kind', '=', kind)
    .where('subject', 'in', subjects)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

function leftOver({ now }: Storage) {
  return sql<number>`${now} - ${sql.lit(LEFT_OVER_MS)}`
}

/** Takes a left-over task for this node. Resolves to false when another node has it now. */
function takeTask(storage: Storage, kind: TaskKind, subject: string): Promise<boolean> {
  return storage.note(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('tasks')
      .set({ renewed_at: storage.now })
      .where('kind', '=', kind)
      .where('subject', '=', subject)
      .where('renewed_at', '<', leftOver(storage))
      .executeTakeFirst()
    return numUpdatedRows > 0n
  })
}

/**
 * Finishes tasks that were left over by processes which have ended, at most 100. Resolves to how many. Rejects when one of them fails; that
 * one is tried again later.
 */
export async function finishTasks(
  storage: Storage,
  finish: Readonly<Record<TaskKind, (subject: string) => Promise<unknown>>>,
): Promise<number> {
  const tasks = await storage.readOne((db) =>
    db
      .selectFrom('tasks')
      .select(['kind', 'subject'])
      .where('renewed_at', '<', leftOver(storage))
      .limit(TASKS)
      .execute(),
  )
  let finished = 0
  for (const { kind, subject } of tasks) {
    if (!(await takeTask(storage, kind, subject))) continue
    await finish[kind](subject)
    finished += 1
  }
  return finished
}
