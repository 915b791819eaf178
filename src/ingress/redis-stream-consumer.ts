import type { Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import type { Log } from '../lib/log.ts'
import { createOnceAMinute } from '../lib/once-a-minute.ts'
import { openPoller } from '../lib/poller.ts'
import { placeKeyOf } from '../storage/idempotency.ts'
import type { CommandOutcome, Executor } from './executor.ts'
import type { DeadLetters } from './redis-dead-letters.ts'
import type { StreamEntries, StreamEntry } from './redis-entries.ts'
import type { ReaderLease } from './redis-reader-lease.ts'
import { reportRejected } from './rejects.ts'

export interface StreamConsumerOptions {
  readonly stream: string
  readonly entries: StreamEntries
  readonly lease: ReaderLease
  /** Whether commands in the stream are for the database of this node. */
  readonly isOurs: () => boolean
  readonly executor: Executor
  readonly letters: DeadLetters
  readonly counter: Counter
  readonly clock: Clock
  readonly log: Log
}

/** Executes commands from a Redis stream. Each stays in the stream until it was executed or rejected. */
export interface StreamConsumer {
  /** Reads no more commands. Resolves when those that were read are finished, or left to another node. */
  close(): Promise<void>
}

/** The most commands of one read. */
const BATCH = 32
/** The most commands under way at a time. With so many, no more are read. */
const MAX_UNDER_WAY = 128
/** How long the next read waits for the commands of a batch, in milliseconds. Slower ones go on meanwhile, so that they hold up nobody. */
const SLOW_MS = 1_000
/** A command that was begun more often and never finished is rejected: it probably ends the process that executes it. */
const MAX_READS = 10
/** How long a read waits for commands, in milliseconds. A connection that does not answer for twice as long is given up. */
const WAIT_MS = 1_000
/** How often a node without the lease tries to take it, in milliseconds. */
const STANDBY_MS = 1_000

/**
 * Returns a function that executes an entry and then deletes it. It rejects when Redis does not answer, and can then be called again for
 * it.
 */
function createSettle({ stream, entries, executor, letters, clock, log }: StreamConsumerOptions) {
  const once = createOnceAMinute(clock, log)
  /** The ids of entries that are executed or rejected, but not deleted from the stream yet. */
  const settled = new Set<string>()

  const execute = async ({ id, command, reads }: StreamEntry): Promise<CommandOutcome> => {
    const reason = `It was begun ${reads - 1} times and never finished.`
    if (reads > MAX_READS) return { is: 'rejected', code: 'INTERNAL_SERVER_ERROR', reason }
    const nothing = { code: 'BAD_USER_INPUT', reason: 'The entry has no field "command".' } as const
    return executor.execute(command ? executor.read(command) : nothing, placeKeyOf(stream, id))
  }

  return async (entry: StreamEntry): Promise<void> => {
    const { id, command, text } = entry
    if (!settled.has(id)) {
      const outcome = await execute(entry)
      if (outcome.is === 'abandoned') return
      if (outcome.is === 'rejected') {
        const { type } = executor.names(command ?? Buffer.of())
        reportRejected(once, { ...outcome, from: 'stream', entry: id, type })
        await letters.add({ ...outcome, from: 'stream', entry: id, command: command ?? Buffer.from(text) })
      }
      settled.add(id)
    }
    await entries.finish(id)
    settled.delete(id)
  }
}

/** Settles entries side by side, but each only once at a time. It waits for slow ones only when many are under way. */
function createSettleMany(options: StreamConsumerOptions, onLateFailure: () => void) {
  const settle = createSettle(options)
  const underWay = new Map<string, Promise<void>>()

  const settleOnce = (entry: StreamEntry): Promise<void> => {
    const known = underWay.get(entry.id)
    if (known) return known
    const settling = settle(entry).finally(() => underWay.delete(entry.id))
    underWay.set(entry.id, settling)
    return settling
  }
  const pass = async (all: Promise<unknown>): Promise<void> => {
    const slow = Promise.withResolvers<void>()
    const cancel = options.clock.after(SLOW_MS, slow.resolve)
    await Promise.race([all, slow.promise]).finally(cancel)
  }

  return {
    one: settleOnce,
    many: async (entries: readonly StreamEntry[]): Promise<void> => {
      const all = Promise.all(entries.map(settleOnce))
      // Slow entries may fail when nobody waits for them any more.
      all.catch(onLateFailure)
      await pass(all)
      while (underWay.size >= MAX_UNDER_WAY) await Promise.race(underWay.values())
    },
    ended: async (): Promise<void> => {
      await Promise.allSettled(underWay.values())
    },
  }
}

/**
 * Reads the stream while this node holds the lease. An entry is deleted when its command is executed and committed, or is stored as a dead
 * letter. Until then, the node that holds the lease executes it, the oldest first.
 */
export function openStreamConsumer(options: StreamConsumerOptions): StreamConsumer {
  const { entries, lease, isOurs, counter, clock, log } = options
  const settle = createSettleMany(options, () => {
    mustLookBack = true
  })
  let mustLookBack = true
  let isClosed = false

  const settleAll = async (all: readonly StreamEntry[]): Promise<void> => {
    // The prefix may have been lost during the read. The entries stay in the stream.
    if (!isOurs()) throw new Error('The stream belongs to nodes with another database.')
    await settle.many(all)
  }

  /** Settles the entries that were begun before, one by one, so that a command that ends the process does not affect others. */
  const lookBack = async (): Promise<void> => {
    await entries.prepare()
    for (let entry = await entries.oldest(); entry; entry = await entries.oldest()) {
      counter.add('reclaimed')
      await settle.one(entry)
      if (isClosed) return
    }
    mustLookBack = false
  }

  const round = async (): Promise<number> => {
    const isReader = isOurs() && (await lease.hold())
    if (isReader && mustLookBack) await lookBack()
    else if (isReader) await settleAll(await entries.next(BATCH, WAIT_MS))
    else mustLookBack = true
    return isReader ? 0 : STANDBY_MS
  }

  const reading = openPoller({
    clock,
    poll: () =>
      round().catch((error: unknown) => {
        mustLookBack = true
        throw error
      }),
    onFailure: (err) => {
      if (!isClosed) log.warn({ err }, 'commands cannot be read from Redis now')
    },
  })

  return {
    close: async () => {
      isClosed = true
      await reading.close()
      await settle.ended()
      await lease.release().catch(() => {})
    },
  }
}
