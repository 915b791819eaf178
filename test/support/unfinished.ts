import { AppError } from '../../src/lib/errors.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { finishTasks, TaskKind } from '../../src/storage/tasks.ts'

/** A storage that takes two writes and refuses all further ones, as for a process that ends in the midst of its work. */
export function endingAfterTwoWrites(
  storage: Storage,
  error: Error = new AppError('SERVICE_UNAVAILABLE', 'Away.'),
): Storage {
  let writes = 0
  return {
    ...storage,
    write: (work, stream) => {
      writes += 1
      return writes > 2 ? Promise.reject(error) : storage.write(work, stream)
    },
  }
}

/** Lets all tasks be old, as those of a process that has ended long ago. */
export async function abandonTasks(storage: Storage): Promise<void> {
  await storage.write((tx) => tx.updateTable('tasks').set({ renewed_at: 0 }).execute())
}

/** What finishes tasks of some kinds. Of others there are none. */
export function finishing(
  some: Partial<Record<TaskKind, (subject: string) => Promise<unknown>>>,
): Parameters<typeof finishTasks>[1] {
  const none = () => Promise.reject(new Error('There is no such task'))
  return { erase: none, retract: none, update: none, 'delete-ticket': none, ...some }
}
