import type { Clock } from '../lib/clock.ts'
import { newEpoch } from '../lib/ids.ts'
import { pollEvery } from '../lib/poller.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { createRunScript, readScript } from '../redis/redis-scripts.ts'

/** The right to read commands, which one node has at a time, so that they are executed in their order. */
export interface ReaderLease {
  /** Takes it or keeps it; resolves to whether this node has it now. Rejects when Redis does not answer. */
  hold(): Promise<boolean>
  /** Lets another node have it at once. */
  release(): Promise<void>
}

export interface ReaderLeaseOptions {
  readonly client: RedisCommands
  readonly prefix: string
  /** Only while this is so, the lease is renewed. */
  readonly isOurs: () => boolean
  readonly clock: Clock
  /** Milliseconds after which another node may have it when this one says nothing. */
  readonly leaseMs: number
}

const HOLD = readScript(import.meta.dirname, 'hold-reader-lease')
const RELEASE = readScript(import.meta.dirname, 'release-reader-lease')

const RENEWALS_PER_LEASE = 3

/** Makes the lease of this node, which keeps what it holds until it is released. */
export function openReaderLease({ client, prefix, isOurs, clock, leaseMs }: ReaderLeaseOptions): ReaderLease {
  const node = newEpoch()
  const run = createRunScript(client, [`${prefix}commands:reader`], 'Who reads commands')
  let isHeld = false

  const hold = async (): Promise<boolean> => {
    isHeld = (await run(HOLD, [node, leaseMs])) === 1
    return isHeld
  }

  // A command may take longer than the lease.
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
