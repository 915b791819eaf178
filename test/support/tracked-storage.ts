import { setImmediate } from 'node:timers/promises'
import type { Storage } from '../../src/storage/storage.ts'

/** A storage that knows when nobody is using it. */
export interface TrackedStorage {
  readonly storage: Storage
  /** Resolves when nothing that asked the database is under way, and what that set off has been done. */
  settled(): Promise<void>
}

/** Keeps an eye on a storage. */
export function tracked(storage: Storage): TrackedStorage {
  const pending = new Set<Promise<unknown>>()
  const track = <Result>(result: Promise<Result>): Promise<Result> => {
    pending.add(result)
    const forget = () => pending.delete(result)
    result.then(forget, forget)
    return result
  }
  return {
    storage: {
      ...storage,
      read: (work) => track(storage.read(work)),
      readOne: (work) => track(storage.readOne(work)),
      readForWrite: (work) => track(storage.readForWrite(work)),
      write: (work, stream) => track(storage.write(work, stream)),
      note: (work) => track(storage.note(work)),
    },
    settled: async () => {
      do {
        await Promise.allSettled(pending)
        await setImmediate()
      } while (pending.size > 0)
    },
  }
}
