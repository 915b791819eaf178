import { createBatches } from '../lib/batches.ts'
import { createReadHead } from '../storage/lane-heads.ts'
import { advanceLanes, type LaneHead } from '../storage/lanes.ts'
import type { Storage } from '../storage/storage.ts'
import { EVERYONE, LAST_ANNOUNCEMENT, NO_FACTS } from './inbox.ts'
import { inboxLane } from './inbox-events.ts'
import type { ReadInbox } from './inbox-reader.ts'

/** Where an inbox stands that has taken in every announcement; it is opened when there is none yet. */
export type ReadCurrentLane = (userId: string) => Promise<LaneHead>

/** Inboxes that are opened together. */
const MAX_BATCH = 1_000

/**
 * Makes the way in which following an inbox begins. Many begin in one moment, after a restart all: what they have in common is
 * one statement to read the lanes, and one to open those of newcomers.
 */
export const createReadCurrentLane = ({
  storage,
  readInbox,
}: {
  readonly storage: Storage
  readonly readInbox: ReadInbox
}): ReadCurrentLane => {
  const readHead = createReadHead(storage)
  const open = createBatches<string, LaneHead>({
    max: MAX_BATCH,
    rests: true,
    run: async (lanes) => {
      const opened = await storage.note(async (tx) => advanceLanes(tx, lanes, NO_FACTS, LAST_ANNOUNCEMENT))
      return lanes.map((lane) => opened.get(lane) ?? new Error(`The lane ${lane} was not opened`))
    },
  })

  return async (userId) => {
    const lane = inboxLane(userId)
    const [everyone, own] = await Promise.all([readHead(EVERYONE), readHead(lane)])
    const current = own ?? (await open(lane))
    return current.announced >= (everyone?.revision ?? 0) ? current : readInbox(userId, async (_, taken) => taken)
  }
}
