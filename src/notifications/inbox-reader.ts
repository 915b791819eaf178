import { createBatches, FOR_CROWDS } from '../lib/batches.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { ReadHead } from '../storage/stream-heads.ts'
import { advanceStreams, openStream, readStream, type StreamHead, streamColumns } from '../storage/streams.ts'
import { type Expire, hasExpired } from './expiry.ts'
import { inboxStream } from './inbox-events.ts'
import { ANNOUNCEMENTS, LAST_ANNOUNCEMENT, NO_FACTS } from './inbox-rows.ts'
import type { MaterialiseOne } from './materialise.ts'

/**
 * Reads the stream of an inbox in which every announcement is materialised. Undefined when one is not, or when the inbox was never opened.
 */
async function findCurrentStream(tx: Tx, userId: string): Promise<StreamHead | undefined> {
  const rows = await tx
    .selectFrom('streams')
    .select('stream')
    .select(streamColumns)
    .where('stream', 'in', [ANNOUNCEMENTS, inboxStream(userId)])
    .execute()
  const announced = rows.find(({ stream }) => stream === ANNOUNCEMENTS)?.revision ?? 0
  const own = rows.find(({ stream }) => stream !== ANNOUNCEMENTS)
  return own && own.announced >= announced ? own : undefined
}

/**
 * Reads one snapshot of an inbox. In it every announcement is materialised, and what had expired at `now` is removed. The inbox is opened
 * when there is none yet.
 */
export type ReadInbox = <Result>(
  userId: string,
  work: (tx: Tx, stream: StreamHead, now: number) => Promise<Result>,
) => Promise<Result>

export interface ReadInboxDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  readonly materialise: MaterialiseOne
  readonly expire: Expire
}

/**
 * Creates the one function that reads inboxes. It writes only to open an inbox, to materialise an announcement, or to remove what has
 * expired.
 */
export function createReadInbox({ storage, clock, log, materialise, expire }: ReadInboxDeps): ReadInbox {
  /** Removes what has expired, if that can be written now. Otherwise it is removed later: a count that is late is better than none. */
  const tryToExpire = (userId: string): Promise<unknown> =>
    expire(userId).catch((err: unknown) => log.warn({ err }, 'could not remove what has expired from an inbox'))

  return async (userId, work) => {
    for (let mayExpire = true; ; ) {
      const now = clock.now()
      const found = await storage.read(async (tx) => {
        const stream = await findCurrentStream(tx, userId)
        if (!stream) return (await readStream(tx, inboxStream(userId))) ? ('behind' as const) : ('missing' as const)
        if (mayExpire && (await hasExpired(tx, userId, now))) return 'expired' as const
        return { result: await work(tx, stream, now) }
      })
      if (typeof found === 'object') return found.result
      if (found === 'expired') {
        mayExpire = false
        await tryToExpire(userId)
      } else if (found === 'behind') await materialise(userId)
      else {
        const stream = inboxStream(userId)
        await storage.write(async (tx) => openStream(tx, stream, LAST_ANNOUNCEMENT), stream)
      }
    }
  }
}

/** Resolves to where an inbox stands in which every announcement is materialised. The inbox is opened when there is none yet. */
export type ReadCurrentStream = (userId: string) => Promise<StreamHead>

/** Inboxes that are opened together. */
const MAX_BATCH = 1_000

export interface ReadCurrentStreamDeps {
  readonly storage: Storage
  readonly readHead: ReadHead
  readonly readInbox: ReadInbox
}

/**
 * Creates the function with which following an inbox begins. Many users can begin in one moment, after a restart all of them. So one
 * statement reads the streams of many, and one opens those of new users.
 */
export function createReadCurrentStream({ storage, readHead, readInbox }: ReadCurrentStreamDeps): ReadCurrentStream {
  const open = createBatches<string, StreamHead>({
    max: MAX_BATCH,
    rest: FOR_CROWDS,
    run: async (streams) => {
      const opened = await storage.note(async (tx) => advanceStreams(tx, streams, NO_FACTS, LAST_ANNOUNCEMENT))
      return streams.map((stream) => opened.get(stream) ?? new Error(`The stream ${stream} was not opened`))
    },
  })

  return async (userId) => {
    const stream = inboxStream(userId)
    const [everyone, own] = await Promise.all([readHead(ANNOUNCEMENTS), readHead(stream)])
    const current = own ?? (await open(stream))
    return current.announced >= (everyone?.revision ?? 0) ? current : readInbox(userId, async (_, stream) => stream)
  }
}
