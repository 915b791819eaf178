import { createBatches, FOR_CROWDS } from '../lib/batches.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { ReadHead } from '../storage/lane-heads.ts'
import { advanceLanes, type LaneHead, laneColumns, openLane, readLane } from '../storage/lanes.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type Expire, hasExpired } from './expiry.ts'
import { inboxLane } from './inbox-events.ts'
import { ANNOUNCEMENTS, LAST_ANNOUNCEMENT, NO_FACTS } from './inbox-rows.ts'
import type { MaterialiseOne } from './materialise.ts'

/**
 * The lane of an inbox in which every announcement is materialised; undefined when one is not, or when the inbox was never
 * opened.
 */
async function findCurrentLane(tx: Tx, userId: string): Promise<LaneHead | undefined> {
  const rows = await tx
    .selectFrom('lanes')
    .select('lane')
    .select(laneColumns)
    .where('lane', 'in', [ANNOUNCEMENTS, inboxLane(userId)])
    .execute()
  const announced = rows.find(({ lane }) => lane === ANNOUNCEMENTS)?.revision ?? 0
  const own = rows.find(({ lane }) => lane !== ANNOUNCEMENTS)
  return own && own.announced >= announced ? own : undefined
}

/**
 * Reads one snapshot of an inbox in which every announcement is materialised, and from which everything that has expired
 * `now` was removed. The inbox is opened when there is none yet.
 */
export type ReadInbox = <Result>(
  userId: string,
  work: (tx: Tx, lane: LaneHead, now: number) => Promise<Result>,
) => Promise<Result>

export interface ReadInboxDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  readonly materialise: MaterialiseOne
  readonly expire: Expire
}

/** The one way to read an inbox. It writes only when an announcement is to be materialised or something has expired. */
export function createReadInbox({ storage, clock, log, materialise, expire }: ReadInboxDeps): ReadInbox {
  /** A count that is late is better than none: when nothing can be written, what has expired is removed later. */
  const tryToExpire = (userId: string): Promise<unknown> =>
    expire(userId).catch((err: unknown) => log.warn({ err }, 'could not remove what has expired from an inbox'))

  return async (userId, work) => {
    for (let mayExpire = true; ; ) {
      const now = clock.now()
      const found = await storage.read(async (tx) => {
        const lane = await findCurrentLane(tx, userId)
        if (!lane) return (await readLane(tx, inboxLane(userId))) ? ('behind' as const) : ('missing' as const)
        if (mayExpire && (await hasExpired(tx, userId, now))) return 'expired' as const
        return { result: await work(tx, lane, now) }
      })
      if (typeof found === 'object') return found.result
      if (found === 'expired') {
        mayExpire = false
        await tryToExpire(userId)
      } else if (found === 'behind') await materialise(userId)
      else {
        const lane = inboxLane(userId)
        await storage.write(async (tx) => openLane(tx, lane, LAST_ANNOUNCEMENT), lane)
      }
    }
  }
}

/** Where an inbox stands in which every announcement is materialised; it is opened when there is none yet. */
export type ReadCurrentLane = (userId: string) => Promise<LaneHead>

/** Inboxes that are opened together. */
const MAX_BATCH = 1_000

export interface ReadCurrentLaneDeps {
  readonly storage: Storage
  readonly readHead: ReadHead
  readonly readInbox: ReadInbox
}

/**
 * How following an inbox begins. Many users begin in one moment, after a restart all of them: one statement reads their
 * lanes, and one opens those of newcomers.
 */
export function createReadCurrentLane({ storage, readHead, readInbox }: ReadCurrentLaneDeps): ReadCurrentLane {
  const open = createBatches<string, LaneHead>({
    max: MAX_BATCH,
    rest: FOR_CROWDS,
    run: async (lanes) => {
      const opened = await storage.note(async (tx) => advanceLanes(tx, lanes, NO_FACTS, LAST_ANNOUNCEMENT))
      return lanes.map((lane) => opened.get(lane) ?? new Error(`The lane ${lane} was not opened`))
    },
  })

  return async (userId) => {
    const lane = inboxLane(userId)
    const [everyone, own] = await Promise.all([readHead(ANNOUNCEMENTS), readHead(lane)])
    const current = own ?? (await open(lane))
    return current.announced >= (everyone?.revision ?? 0) ? current : readInbox(userId, async (_, lane) => lane)
  }
}
