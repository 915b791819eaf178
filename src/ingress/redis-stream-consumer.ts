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
  /** Whether what is in the stream is for the database of this node. */
  readonly isOurs: () => boolean
  readonly executor: Executor
  readonly letters: DeadLetters
  readonly counter: Counter
  readonly clock: Clock
  readonly log: Log
}

/** Commands that are kept until they were executed. */
export interface StreamConsumer {
  /** Reads nothing more; resolves when what was read is finished or left to another node. */
  close(): Promise<void>
}

/** Commands read at a time. */
const BATCH = 32
/** Commands under way at a time; with so many nothing more is read. */
const MAX_UNDER_WAY = 128
/** After this, what takes longer goes on by itself, and the next commands are read: nobody waits for another one's big work. */
const SLOW_MS = 1_000
/** A command that was begun so often and never finished ends the process that executes it. */
const MAX_READS = 10
/** How long a read waits for commands; the connection is given up when it says nothing for twice as long. */
const WAIT_MS = 1_000
/** How often a node without the lease asks for it. */
const STANDBY_MS = 1_000

/** Makes what brings an entry to its end. It rejects when Redis does not answer, and is then called again for the entry. */
function createSettle({ stream, entries, executor, letters, clock, log }: StreamConsumerOptions) {
  const once = createOnceAMinute(clock, log)
  /** At their end, but Redis does not know it yet. */
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

/** Makes the settling of several entries, each once at a time, which waits for the slow ones only when there are many. */
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
      // When nobody waits for it any more.
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
 * Reads the stream while this node holds the lease. An entry is taken out when its command was executed, and committed, or
 * was put to the dead letters; until then whoever holds the lease executes it, the oldest first.
 */
export function openStreamConsumer(options: StreamConsumerOptions): StreamConsumer {
  const { entries, lease, isOurs, counter, clock, log } = options
  const settle = createSettleMany(options, () => {
    mustLookBack = true
  })
  let mustLookBack = true
  let isClosed = false

  const settleAll = async (all: readonly StreamEntry[]): Promise<void> => {
    // Reading takes its time, and what was read is kept until it is settled.
    if (!isOurs()) throw new Error('The stream belongs to nodes with another database.')
    await settle.many(all)
  }

  /** Finishes what was begun, one by one, so that a command that ends the process takes no others with it. */
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
