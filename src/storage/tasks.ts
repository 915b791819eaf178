import { sql } from 'kysely'
import type { Storage, Tx } from './storage.ts'

/** A long work in many transactions. It is noted with the first of them, so that it is finished whatever happens to its process. */
export type TaskKind = 'erase' | 'retract'

/** Tasks of a kind. */
export interface Tasks {
  readonly kind: TaskKind
  /** The ids of what it is done to, at most 1,000. */
  readonly subjects: readonly string[]
}

/** A task that nobody has renewed for so long is left over from a process that has ended, in milliseconds. */
const LEFT_OVER_MS = 30_000
/** How often whoever works on a task says so, in milliseconds. */
const RENEWAL_MS = 5_000
/** Tasks that are looked at together. */
const TASKS = 100

/** Notes tasks as begun, or as gone on with. Part of the transaction that begins them. */
export async function beginTasks(tx: Tx, { now }: Storage, { kind, subjects }: Tasks): Promise<void> {
  await tx
    .insertInto('tasks')
    .values(subjects.map((subject) => ({ kind, subject, renewed_at: now })))
    .onConflict((conflict) => conflict.columns(['kind', 'subject']).doUpdateSet({ renewed_at: now }))
    .execute()
}

/** Forgets tasks that are done. Part of their last transaction. */
export async function endTasks(tx: Tx, { kind, subjects }: Tasks): Promise<void> {
  await tx.deleteFrom('tasks').where('kind', '=', kind).where('subject', 'in', subjects).execute()
}

/** Makes what whoever works on tasks calls with each step, so that nobody else takes them up. */
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

function leftOver({ now }: Storage) {
  return sql<number>`${now} - ${sql.lit(LEFT_OVER_MS)}`
}

/** Takes a task for this node; false: another one has it now. */
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

/** Finishes tasks that processes which ended have left over; returns how many. Rejects when one of them fails; it is tried again later. */
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
