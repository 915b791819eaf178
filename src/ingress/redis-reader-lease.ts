import type { Clock } from '../lib/clock.ts'
import { newEpoch } from '../lib/ids.ts'
import { pollEvery } from '../lib/poller.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { createRunScript, readScript } from '../redis/redis-scripts.ts'

/** The right to read the stream of commands. One node has it at a time, so that commands are executed in their order. */
export interface ReaderLease {
  /** Takes or renews the lease. Resolves to whether this node has it now. Rejects when Redis does not answer. */
  hold(): Promise<boolean>
  /** Gives the lease back, so that another node can take it at once. */
  release(): Promise<void>
}

export interface ReaderLeaseOptions {
  readonly client: RedisCommands
  readonly prefix: string
  /** Whether the prefix belongs to the database of this node. Only then the lease is renewed. */
  readonly isOurs: () => boolean
  readonly clock: Clock
  /** Milliseconds after which another node may take the lease when it was not renewed. */
  readonly leaseMs: number
}

const HOLD = readScript(import.meta.dirname, 'hold-reader-lease')
const RELEASE = readScript(import.meta.dirname, 'release-reader-lease')

const RENEWALS_PER_LEASE = 3

/** The lease of this node. Once held, it is renewed three times in `leaseMs`, until it is released. */
export function openReaderLease({ client, prefix, isOurs, clock, leaseMs }: ReaderLeaseOptions): ReaderLease {
  const node = newEpoch()
  const run = createRunScript(client, [`${prefix}commands:reader`], 'Who reads commands')
  let isHeld = false

  const hold = async (): Promise<boolean> => {
    isHeld = (await run(HOLD, [node, leaseMs])) === 1
    return isHeld
  }

  // It is renewed by a timer, since a command may take longer than the lease.
  const stopRenewing = pollEvery(clock, leaseMs / RENEWALS_PER_LEASE, async () => {
    if (isHeld && isOurs()) await hold()
  })

  return {
    hold,
    release: async () => {
      stopRenewing()
      if (isHeld) await run(RELEASE, [node])
    },
  }
}
