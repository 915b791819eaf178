import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { createBus } from '../../src/bus/bus.ts'
import { AppError } from '../../src/lib/errors.ts'
import type { Place, Start } from '../../src/resume/checkpoint.ts'
import { type CheckpointKey, checkpointKey } from '../../src/resume/checkpoint-key.ts'
import { type Checkpoints, openCheckpoints } from '../../src/resume/checkpoints.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createManualClock } from './clock.ts'
import { silentLog } from './embedded.ts'
import { openJsonLink } from './json-link.ts'
import { prepareStorage } from './storage.ts'

/** How long a checkpoint is kept after it was released. */
export const TTL_MS = 60_000
/** How many checkpoints of a user are kept. */
export const PER_USER = 40

/** A node. */
export interface CheckpointNode {
  readonly checkpoints: Checkpoints
  /** Its database, for a look behind its back. */
  readonly storage: Storage
  /** Lets nothing that it does reach the database any more. */
  kill(): void
  /** Lets it write nothing, or write again. */
  setWritable(isSo: boolean): void
}

/** Nodes that share a database. */
export interface CheckpointNodes {
  start(): Promise<CheckpointNode>
  /** Lets time pass, and what is due happen. */
  pass(ms: number): Promise<void>
  /** Lets so little time pass that nothing is due. */
  wait(ms: number): void
  now(): number
}

/** A way to the database that can be cut. */
function openWay(storage: Storage) {
  let [canRead, canWrite] = [true, true]
  const away = async (): Promise<never> => {
    throw new AppError('SERVICE_UNAVAILABLE', 'The database is away.')
  }
  const way: Storage = {
    ...storage,
    read: (work) => (canRead ? storage.read(work) : away()),
    write: (work, stream) => (canWrite ? storage.write(work, stream) : away()),
    note: (work) => (canWrite ? storage.note(work) : away()),
  }
  return {
    way,
    kill: () => {
      canRead = false
      canWrite = false
    },
    setWritable: (isSo: boolean) => {
      canWrite = isSo
    },
  }
}

/** Makes nodes, whose checkpoints last longer than they do. */
export function openCheckpointNodes(open = prepareStorage()): CheckpointNodes {
  const clock = createManualClock()
  const bus = createBus({ openLink: openJsonLink, clock, log: silentLog() })
  onTestFinished(bus.close)
  const nodes: Checkpoints[] = []
  return {
    wait: clock.advance,
    now: clock.now,
    start: async () => {
      const storage = await open()
      const { way, ...how } = openWay(storage)
      const options = { bus, clock, log: silentLog(), ttlMs: TTL_MS, perUser: PER_USER, readTime: clock.now }
      const checkpoints = openCheckpoints({ storage: way, ...options })
      nodes.push(checkpoints)
      return { storage, ...how, checkpoints }
    },
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        clock.advance(1_000)
        await setImmediate()
        // What was begun to be stored before is stored now; of nodes that were killed, nothing is.
        for (const checkpoints of nodes) await checkpoints.store().catch(() => {})
      }
    },
  }
}

/** The key of a subscription that nobody has begun yet. */
export function newKey(userId = 'ada'): CheckpointKey {
  return checkpointKey({ userId, operationId: randomUUID(), query: 'subscription { a }' })!
}

/** Where a stream stands. */
export function head(revision: number, epoch = 'first', terms = '') {
  return { epoch, revision, terms }
}

/** Begins, and says where. */
export async function startOf(
  checkpoints: Checkpoints,
  key: CheckpointKey,
  at: ReturnType<typeof head>,
): Promise<Start> {
  return (await checkpoints.begin(key, at)).start
}

/** A checkpoint as a node stores it whose client was received of a moment ago, and that lasts for a minute. */
export function placeOf({ hash: key, userId }: CheckpointKey, now: number): Place {
  return {
    key,
    userId,
    node: 'some',
    epoch: 'first',
    term: '',
    revision: 3,
    expiresAt: now + TTL_MS,
    hasEchoed: true,
    isShared: false,
    isHeld: true,
    cameAt: now - 50_000,
    aliveAt: now - 1_000,
    doubtedAt: 0,
  }
}
