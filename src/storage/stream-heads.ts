import { createBatches, FOR_CROWDS } from '../lib/batches.ts'
import type { Storage } from './storage.ts'
import { type StreamHead, streamColumns } from './streams.ts'

/**
 * Reads where a stream stands now; undefined when nothing was ever written to it. Streams that are asked for at about the same time are
 * read with one statement. So ten thousand clients that come at once do not cause ten thousand queries.
 */
export type ReadHead = (stream: string) => Promise<StreamHead | undefined>

/** Streams that are read with one statement. SQLite binds at most 32,766 values in it. */
const STREAMS_PER_STATEMENT = 5_000

/** Creates a function that reads the heads of streams in batches. */
export function createReadHead(storage: Storage): ReadHead {
  return createBatches<string, StreamHead | undefined>({
    max: STREAMS_PER_STATEMENT,
    rest: FOR_CROWDS,
    run: async (streams) => {
      const rows = await storage.readOne((db) =>
        db
          .selectFrom('streams')
          .select('stream')
          .select(streamColumns)
          .where('stream', 'in', [...new Set(streams)])
          .execute(),
      )
      const heads = new Map(rows.map(({ stream, ...head }) => [stream, head]))
      return streams.map((stream) => heads.get(stream))
    },
  })
}
