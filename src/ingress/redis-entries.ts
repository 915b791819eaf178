import type { RedisCommands } from '../redis/redis-client.ts'

/** A command in the stream. */
export interface StreamEntry {
  readonly id: string
  /** Undefined when the entry has no such field. */
  readonly command: Buffer | undefined
  /** All of it as text, for those who look for what went wrong. */
  readonly text: string
  /** How often it was read, this time included. */
  readonly reads: number
}

/** The stream as the reader of the group sees it. */
export interface StreamEntries {
  /** Makes the group when there is none. It begins with the first entry, so that what was sent before is executed too. */
  prepare(): Promise<void>
  /** New entries, at most `count`; waits for some for at most `waitMs` milliseconds. */
  next(count: number, waitMs: number): Promise<readonly StreamEntry[]>
  /** The oldest entry that was read and not finished; undefined when there is none. */
  oldest(): Promise<StreamEntry | undefined>
  /** Takes an entry out. */
  finish(id: string): Promise<void>
}

export interface EntriesOptions {
  /** A connection of its own: it waits most of the time. */
  readonly reader: RedisCommands
  readonly client: RedisCommands
  readonly stream: string
}

/** Whoever holds the lease is the reader, so what one left unfinished is the next one's. */
const READER = ['GROUP', 'herald', 'reader'] as const
const [, GROUP] = READER

type RawEntry = readonly [id: Buffer, fields: readonly Buffer[] | null]
type RawReply = readonly (readonly [stream: Buffer, entries: readonly RawEntry[]])[] | null

function commandIn(fields: readonly Buffer[]): Buffer | undefined {
  return fields.find((_, index) => index % 2 === 1 && fields[index - 1]?.toString() === 'command')
}

/** Makes the entries of a stream. */
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
      // It was trimmed by others before it was finished.
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
