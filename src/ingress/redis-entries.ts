import type { RedisCommands } from '../redis/redis-client.ts'

/** A command in the stream. */
export interface StreamEntry {
  readonly id: string
  /** The field `command` of the entry; undefined when it has none. */
  readonly command: Buffer | undefined
  /** All fields and values of the entry as text, for operators. */
  readonly text: string
  /** How often the entry was read, this time included. */
  readonly reads: number
}

/** Reads the stream of commands through its consumer group `herald`. */
export interface StreamEntries {
  /** Creates the consumer group when there is none. It begins with the first entry, so that commands sent before are executed, too. */
  prepare(): Promise<void>
  /** Resolves to new entries, at most `count`. Waits at most `waitMs` milliseconds for the first one, and then resolves to none. */
  next(count: number, waitMs: number): Promise<readonly StreamEntry[]>
  /** The oldest entry that was read and not finished; undefined when there is none. */
  oldest(): Promise<StreamEntry | undefined>
  /** Acknowledges an entry, and deletes it from the stream. */
  finish(id: string): Promise<void>
}

export interface EntriesOptions {
  /** A connection for reading only, which is blocked most of the time. */
  readonly reader: RedisCommands
  readonly client: RedisCommands
  readonly stream: string
}

/**
 * All nodes read as the same consumer, one at a time (`ReaderLease`). So a node that takes over gets the unfinished entries of the one
 * before.
 */
const READER = ['GROUP', 'herald', 'reader'] as const
const [, GROUP] = READER

type RawEntry = readonly [id: Buffer, fields: readonly Buffer[] | null]
type RawReply = readonly (readonly [stream: Buffer, entries: readonly RawEntry[]])[] | null

function commandIn(fields: readonly Buffer[]): Buffer | undefined {
  return fields.find((_, index) => index % 2 === 1 && fields[index - 1]?.toString() === 'command')
}

/** The entries of a stream of commands. Its methods reject when Redis does not answer. */
export function createStreamEntries({ reader, client, stream }: EntriesOptions): StreamEntries {
  const finish = async (id: string): Promise<void> => {
    const replies = await client.multi().xack(stream, GROUP, id).xdel(stream, id).exec()
    for (const [error] of replies ?? []) if (error) throw error
  }

  const toEntries = async (reply: RawReply): Promise<readonly StreamEntry[]> => {
    const entries: StreamEntry[] = []
    for (const [rawId, fields] of reply?.[0]?.[1] ?? []) {
      const id = rawId.toString()
      if (fields) entries.push({ id, command: commandIn(fields), text: fields.join(' '), reads: 1 })
      // The entry was deleted from the stream by others before it was finished.
      else await finish(id)
    }
    return entries
  }

  return {
    prepare: async () => {
      await client.xgroup('CREATE', stream, GROUP, '0', 'MKSTREAM').catch((error: unknown) => {
        if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error
      })
    },
    next: async (count, waitMs) =>
      toEntries(await reader.xreadgroupBuffer(...READER, 'COUNT', count, 'BLOCK', waitMs, 'STREAMS', stream, '>')),
    oldest: async () => {
      for (;;) {
        const reply: RawReply = await reader.xreadgroupBuffer(...READER, 'COUNT', 1, 'STREAMS', stream, '0')
        if (!reply?.[0]?.[1].length) return undefined
        const [entry] = await toEntries(reply)
        if (!entry) continue
        const [pending] = await client.xpending(stream, GROUP, entry.id, entry.id, 1)
        return { ...entry, reads: Number((pending as readonly unknown[])[3]) }
      }
    },
    finish,
  }
}
