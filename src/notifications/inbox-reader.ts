import type { LaneState } from '../storage/lanes.ts'
import { openLane } from '../storage/lanes.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { readCurrentLane } from './inbox.ts'
import { inboxLane } from './inbox-events.ts'
import type { TakeIn } from './taking-in.ts'

/** Reads one snapshot of an inbox that has taken in every announcement; the inbox is opened when there is none yet. */
export type ReadInbox = <Result>(userId: string, work: (tx: Tx, lane: LaneState) => Promise<Result>) => Promise<Result>

export interface ReadInboxDeps {
  readonly storage: Storage
  readonly takeIn: TakeIn
}

/** Makes the one way to read an inbox. It writes only when there is something to take in. */
export const createReadInbox =
  ({ storage, takeIn }: ReadInboxDeps): ReadInbox =>
  async (userId, work) => {
    for (;;) {
      const done = await storage.read(async (tx) => {
        const lane = await readCurrentLane(tx, userId)
        return lane && { result: await work(tx, lane) }
      })
      if (done) return done.result
      await storage.write((tx) => openLane(tx, inboxLane(userId)), inboxLane(userId))
      await takeIn([userId])
    }
  }
